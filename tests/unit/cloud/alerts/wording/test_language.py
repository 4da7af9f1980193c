"""Every language is whole: whatever can be said at all can be said in it."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Formatter

import msgspec
import pytest

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.alerts.judging.chart import SkipReason
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.telling.stages import HoldReason
from cloud.alerts.wording.language import (
    DEFAULT_LANGUAGE,
    Language,
    accepted,
    chosen,
    language,
    languages,
)
from cloud.ports import AlertState, Asker, Channel, Family, Occasion, Priority
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import GapReason
from vitals.scores.mews import MEWS_ROWS
from vitals.scores.news2 import NEWS2_ROWS

EVERY = pytest.mark.parametrize("tag", list(languages()))
OTHERS = pytest.mark.parametrize("tag", sorted(set(languages()) - {DEFAULT_LANGUAGE}))
ENGLISH = language(DEFAULT_LANGUAGE)


def texts(given: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a language with its path, such as `conditions.fall.title`."""
    if isinstance(given, str):
        yield path, given
    elif isinstance(given, msgspec.Struct):
        yield from texts(msgspec.structs.asdict(given), path)
    elif isinstance(given, Mapping):
        for key, value in given.items():
            yield from texts(value, f"{path}.{key}".lstrip("."))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_english_and_chinese_are_there() -> None:
    assert {"en", "zh"} <= languages().keys()


@EVERY
class TestIsWhole:
    def test_every_condition_has_words_and_no_words_are_left_without_one(self, tag: str) -> None:
        assert set(language(tag).conditions) == set(RULES)

    def test_every_word_that_the_program_has_a_name_for(self, tag: str) -> None:
        words = language(tag)
        assert set(words.states) == set(AlertState)
        assert set(words.occasions) == set(Occasion)
        assert set(words.channels) == set(Channel)
        assert set(words.gaps) == set(GapReason)
        assert set(words.askers) == set(Asker)
        assert set(words.acknowledgements) == set(AcknowledgeReason)
        assert set(words.holds) == set(HoldReason)
        assert set(words.left_out) == set(SkipReason)
        assert set(words.priorities) == set(Family)
        assert all(set(by) == set(Priority) for by in words.priorities.values())

    def test_everything_measured_or_scored_has_a_name_and_its_unit_a_word(self, tag: str) -> None:
        words = language(tag)
        scored = {row.key for row in (*NEWS2_ROWS, *MEWS_ROWS)}
        assert set(words.kinds) >= set(OBSERVATION_KINDS) | scored
        assert set(words.units) >= {kind.ucum for kind in OBSERVATION_KINDS.values()} | {"mmol/L", "min"}

    def test_no_text_is_empty_but_what_a_feature_need_not_say(self, tag: str) -> None:
        empty = {path for path, text in texts(language(tag)) if not text.strip()}
        assert {path for path in empty if not re.match(r"features\.\w+\.says|units|style", path)} == set()


@OTHERS
class TestSaysWhatEnglishSays:
    def test_of_the_same_things(self, tag: str) -> None:
        assert {path for path, _ in texts(language(tag))} == {path for path, _ in texts(ENGLISH)}

    def test_with_the_same_values_filled_in(self, tag: str) -> None:
        english = dict(texts(ENGLISH))
        strange = {
            path: places(text) ^ places(english[path])
            for path, text in texts(language(tag))
            if not re.match(r"durations", path)
            and {one.lower() for one in places(text)} != {one.lower() for one in places(english[path])}
        }
        assert strange == {}


def test_the_english_title_is_the_rows_own() -> None:
    assert {key: words.title for key, words in ENGLISH.conditions.items()} == {
        key: rule.display for key, rule in RULES.items()
    }


@EVERY
def test_a_duration_of_many_says_how_many(tag: str) -> None:
    durations = language(tag).durations
    for counted in (durations.second, durations.minute, durations.hour, durations.day):
        assert places(counted.other) == {"n"}


CHINESE_MAY_KEEP = re.compile(r"Carewire|AED|QRS|RR|NEWS|MEWS|ACVPU|mmHg|mg/dL|mmol/L|kg/m|\bg\b")
"""A name, and what Chinese clinicians themselves write in Latin letters."""


def test_no_english_is_left_in_chinese() -> None:
    assert [path for path, text in texts(language("zh")) if is_foreign(path, text)] == []


def is_foreign(path: str, text: str) -> bool:
    """Whether a text is not Chinese, or has a mark of another script between Chinese."""
    said = CHINESE_MAY_KEEP.sub("", re.sub(r"\{\w+\}", "", text))
    has_words = not text or path.startswith(("units", "style")) or re.search(r"[一-鿿]|\{", text)
    return not has_words or bool(re.search(r"[A-Za-z,;:?!]|[一-鿿] [一-鿿]|[一-鿿]\.", said))


@pytest.mark.parametrize("text", ["Low oxygen", "血氧很低 Low", "血氧很低,", "血氧 很低", "血氧很低."])
def test_what_is_left_of_another_language_is_seen(text: str) -> None:
    assert is_foreign("conditions.x.title", text)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["zh"], "zh"),
        (["zh-CN"], "zh"),
        (["ZH-Hant-TW"], "zh"),
        (["fr", "zh", "en"], "zh"),
        (["en-GB"], "en"),
        (["fr"], "en"),
        ([""], "en"),
        (["../en"], "en"),
        ([], "en"),
    ],
)
def test_the_nearest_language_there_is_is_chosen_and_english_if_none_is_near(
    wanted: list[str], given: str
) -> None:
    assert chosen(wanted) == given


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", ["zh-CN", "zh", "en"]),
        ("en;q=0.2, zh", ["zh", "en"]),
        ("fr;q=0, en", ["en"]),
        ("zh;q=nonsense,en;q=0.1", ["en"]),
        ("", []),
        (",;,;q=1", []),
    ],
)
def test_a_browser_says_what_it_likes_best(header: str, tags: list[str]) -> None:
    assert accepted(header) == tags


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content.replace("[states]", "[estates]"), "states"),
        (lambda content: content.replace('name = "English"', "name = 7"), "name"),
        (lambda content: content + "\n[", "languages/xx.toml"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_and_named(damage, said, monkeypatch, tmp_path) -> None:
    whole = (files("cloud.alerts.wording") / "languages/en.toml").read_text(encoding="utf-8")
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages/xx.toml").write_text(damage(whole), encoding="utf-8")
    monkeypatch.setattr("cloud.alerts.wording.language.files", lambda _: tmp_path)
    languages.cache_clear()
    try:
        with pytest.raises(ValueError, match=said) as refused:
            languages()
        assert "wording/languages/xx.toml" in str(refused.value)
    finally:
        languages.cache_clear()


def test_a_language_is_what_its_file_holds() -> None:
    assert isinstance(language("zh"), Language)
    assert language("zh").conditions["fall"].title == "可能跌倒"
