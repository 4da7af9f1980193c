"""Every alert can say why, in few and plain words."""

import json
import math
import re
from collections.abc import Iterator

import msgspec
import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import Rule
from cloud.alerts.wording.explanation import MAX_EXPLANATION_BYTES, Finding, explain
from cloud.alerts.wording.words import FEATURE_WORDS, REASON_WORDS, WORDS
from tests.fakes.alert_material import STRAP, T0, evidence
from vitals.records import Evidence, Feature, GapReason, Prototype

KEYS = {"summary", "value", "limit", "unit", "quality", "contributors", "model", "advice"}
MORE_KEYS = {"title", "median_beat", "beat", "prototypes", "strip", "history", "devices"}
RULE = pytest.mark.parametrize("rule", list(RULES.values()), ids=lambda rule: rule.key)
TACHYCARDIA, AF = RULES["tachycardia"], RULES["atrial-fibrillation"]
FULL = Finding(
    devices=(STRAP,),
    value=142.0,
    limit=131.0,
    unit="/min",
    quality=0.9,
    kind="heart_rate",
    hold_s=60,
    reason="the home box was off",
    history=tuple((T0 + 5_000 * n, 100.0 + n) for n in range(120)),
)


def widest() -> Evidence:
    features = [
        Feature(name="a_feature_" * 40, value=1 / 3, unit="u" * 200, usual_low=1 / 7, usual_high=2 / 7)
        for _ in range(50)
    ]
    return evidence(features, beat_points=20_000)


@RULE
@pytest.mark.parametrize("finding", [FULL, Finding(devices=())], ids=["all", "nothing"])
def test_every_rule_explains_itself_with_the_promised_keys(rule: Rule, finding: Finding) -> None:
    explanation = explain(rule, finding)
    assert explanation.keys() == KEYS | MORE_KEYS
    assert explanation["advice"].keys() == {"patient", "caregiver", "clinician"}  # type: ignore[attr-defined]
    assert not re.search(r"[{}]", str(explanation["summary"]) + str(list(explanation["advice"].values())))  # type: ignore[attr-defined]


@RULE
def test_what_does_not_apply_is_null(rule: Rule) -> None:
    explanation = explain(rule, Finding(devices=()))
    assert [explanation[key] for key in ("value", "limit", "unit", "quality", "model", "median_beat")] == [
        None
    ] * 6
    assert explanation["contributors"] == explanation["history"] == []


@RULE
def test_an_explanation_stays_under_8_kb_whatever_it_is_given(rule: Rule) -> None:
    history = tuple((T0 + n, 1 / 3 + n) for n in range(5_000))
    finding = Finding(
        devices=(STRAP,) * 20,
        value=1 / 3,
        limit=1 / 7,
        quality=1 / 9,
        reason="x" * 9_000,
        evidence=widest(),
        history=history,
    )
    assert len(msgspec.json.encode(explain(rule, finding))) < MAX_EXPLANATION_BYTES


def test_a_usual_explanation_keeps_its_whole_history_and_beat() -> None:
    finding = Finding(devices=(STRAP,), quality=0.9, evidence=evidence(), history=FULL.history)
    explanation = explain(AF, finding)
    assert len(explanation["history"]) == 120  # type: ignore[arg-type]
    assert explanation["median_beat"] == {"rate_hz": 100.0, "uv": list(range(90))}


def test_history_too_long_for_the_rest_is_thinned_and_keeps_its_newest_point() -> None:
    history = tuple((T0 + 5_000 * n, 1 / 3 + n) for n in range(120))
    explanation = explain(AF, Finding(devices=(STRAP,), evidence=widest(), history=history))
    kept = explanation["history"]
    assert isinstance(kept, list)
    assert 0 < len(kept) < 120
    assert kept[-1] == list(history[-1])


def drawn() -> Evidence:
    """Evidence with everything that can be drawn, each as long as it may be."""
    beat = Prototype(label="V", distance=0.5, beat_uv=list(range(240)))
    return msgspec.structs.replace(
        evidence(),
        beat_uv=list(range(240)),
        prototypes=[beat] * 8,
        strip_uv=list(range(1_000)),
        strip_rate_hz=50.0,
    )


def test_the_beat_the_labelled_ones_and_the_strip_are_drawn_each_at_its_rate() -> None:
    told = explain(AF, Finding(devices=(), evidence=drawn()))
    assert told["beat"] == {"rate_hz": 100.0, "uv": list(range(240))}
    assert told["strip"] == {"rate_hz": pytest.approx(50 / 3), "uv": list(range(0, 1_000, 3))}
    assert (
        told["prototypes"]
        == [
            {
                "label": "Beat from a ventricle",
                "distance": 0.5,
                "beat": {"rate_hz": 100.0, "uv": list(range(240))},
            }
        ]
        * 3
    )


def test_what_people_labelled_gives_way_before_the_beat_itself() -> None:
    long_words = [
        Feature(
            name=f"a_long_feature_{n}_" * 5, value=1 / 3, unit="u" * 80, usual_low=1 / 7, usual_high=2 / 7
        )
        for n in range(10)
    ]
    full = msgspec.structs.replace(drawn(), features=long_words, beat_uv=[-1_234_567] * 240)
    told = explain(AF, Finding(devices=(STRAP,), evidence=full, history=FULL.history))
    assert len(msgspec.json.encode(told)) < MAX_EXPLANATION_BYTES
    assert (told["prototypes"], told["history"]) == ([], [])
    assert told["beat"] is not None


def test_a_rule_names_no_model_and_says_no_probability() -> None:
    ruled = msgspec.structs.replace(evidence(), probability=None, threshold=None)
    assert explain(AF, Finding(devices=(), evidence=ruled))["model"] is None


def test_a_long_beat_is_thinned_with_its_rate() -> None:
    beat = explain(AF, Finding(devices=(), evidence=evidence(beat_points=480)))["median_beat"]
    assert beat == {"rate_hz": 50.0, "uv": list(range(0, 480, 2))}


def test_the_value_and_its_limit_are_in_the_sentence() -> None:
    summary = explain(TACHYCARDIA, FULL)["summary"]
    assert summary == "The heart rate is 142 a minute. It has stayed at 131 or more for a minute."


def test_a_limits_contributor_is_the_reading_itself() -> None:
    assert explain(TACHYCARDIA, FULL)["contributors"] == [
        {
            "name": "Heart rate",
            "value": 142.0,
            "unit": "/min",
            "usual_low": None,
            "usual_high": None,
            "says": "The limit is 131.",
        }
    ]


def test_features_speak_plainly_and_the_unusual_come_first() -> None:
    contributors = explain(AF, Finding(devices=(), evidence=evidence()))["contributors"]
    assert isinstance(contributors, list)
    assert [one["name"] for one in contributors] == [
        "Heart rate",
        "How hard the next beat is to guess",
        "Change from beat to beat",
    ]
    assert contributors[0]["says"].endswith("It is higher than usual.")
    assert contributors[2]["says"].endswith("It is as usual.")
    assert contributors[1]["unit"] == ""


def contributor(feature: Feature) -> dict[str, object]:
    found = explain(AF, Finding(devices=(), evidence=evidence([feature])))["contributors"]
    assert isinstance(found, list)
    return dict(found[0])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (50.9, "It is lower than usual."),
        (51.0, "It is as usual."),
        (90.0, "It is as usual."),
        (90.1, "It is higher than usual."),
    ],
)
def test_a_feature_at_its_usual_limit_is_usual(value: float, says: str) -> None:
    feature = Feature(name="mean_heart_rate", value=value, unit="/min", usual_low=51.0, usual_high=90.0)
    only = contributor(feature)
    assert str(only["says"]).endswith(says)


def test_a_feature_nobody_has_named_yet_is_still_readable() -> None:
    feature = Feature(name="st_slope-left", value=1.0, unit="mV")
    only = contributor(feature)
    assert (only["name"], only["says"]) == ("St slope left", "")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_feature_that_is_no_number_is_null_as_every_store_and_page_needs_it(value: float) -> None:
    feature = Feature(name="mean_heart_rate", value=value, unit="/min", usual_low=value, usual_high=90.0)
    told = explain(
        AF,
        Finding(
            devices=(),
            evidence=msgspec.structs.replace(evidence(), features=[feature], median_beat_rate_hz=value),
        ),
    )
    json.dumps(told, allow_nan=False)
    assert told["median_beat"] is None
    only = contributor(feature)
    assert (only["value"], only["usual_low"], only["usual_high"]) == (None, None, 90.0)
    assert "usual" not in str(only["says"])


def test_the_model_says_which_it_was_and_how_sure() -> None:
    assert explain(AF, Finding(devices=(), evidence=evidence()))["model"] == {
        "name": "rhythm",
        "version": 3,
        "probability": 0.93,
        "threshold": 0.5,
    }


def test_every_reason_for_a_gap_has_words() -> None:
    assert set(REASON_WORDS) == set(GapReason)


# --- The words themselves -------------------------------------------------------------------

JARGON = re.compile(
    r"arrhythm|fibrillat|tachycard|bradycard|atrial|\bAF\b|\bQRS\b|\bRR\b|P wave|RMSSD|entropy|gateway"
    r"|Bluetooth|alarm|threshold|probabilit|algorithm"
    r"|emergency|danger|fatal|death|signal quality|\bMAC\b|outbox",
    re.IGNORECASE,
)
SIXTH_GRADE = 6.9


def lay_texts() -> Iterator[tuple[str, str]]:
    for key, words in WORDS.items():
        for part in ("summary", "patient", "caregiver"):
            yield (
                f"{key}-{part}",
                getattr(words, part).format(
                    value="142",
                    limit="131",
                    unit="/min",
                    kind="Heart rate",
                    hold="4 minutes",
                    reason="the home box was off",
                ),
            )
    for name, feature in FEATURE_WORDS.items():
        yield f"{name}-feature", f"{feature.name}. {feature.says}"
    for reason, said in REASON_WORDS.items():
        yield f"{reason}-reason", f"Some readings are missing: {said}."


def every_text() -> Iterator[tuple[str, str]]:
    yield from lay_texts()
    yield from ((f"{key}-clinician", words.clinician) for key, words in WORDS.items())
    yield from ((f"{key}-title", rule.display) for key, rule in RULES.items())


LAY = pytest.mark.parametrize(
    "text", [text for _, text in lay_texts()], ids=[name for name, _ in lay_texts()]
)


@pytest.mark.parametrize("text", [text for _, text in every_text()], ids=[name for name, _ in every_text()])
def test_no_text_claims_to_name_an_illness(text: str) -> None:
    assert not re.search(r"diagnos|you have (?!chest)|suffer", text, re.IGNORECASE)


@LAY
def test_lay_text_has_no_jargon_and_does_not_frighten(text: str) -> None:
    assert not JARGON.search(text)
    assert "!" not in text


@LAY
def test_lay_text_reads_at_twelve(text: str) -> None:
    assert reading_grade(text) <= SIXTH_GRADE


def reading_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade (1975); grade 6 is an age of eleven to twelve."""
    sentences = max(1, len(re.findall(r"[.?!:;]+(?:\s|$)", text)))
    words = re.findall(r"[A-Za-z']+|\d+", text)
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    groups = re.findall(
        r"[aeiouy]+",
        re.sub(r"(?:(?<=[^aeiouyl])e|(?<=[^aeiouytd])ed|(?<=[^aeiouysxz])es)$", "", word.lower()),
    )
    return max(1, len(groups))


def test_the_reading_grade_tells_hard_from_easy() -> None:
    hard = "Paroxysmal supraventricular irregularities necessitate immediate electrocardiographic evaluation."
    easy = "Sit down and rest. Call for help now."
    assert reading_grade(easy) < 3 < SIXTH_GRADE < reading_grade(hard)
