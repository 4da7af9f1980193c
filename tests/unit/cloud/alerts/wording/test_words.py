"""The words themselves: plain, short, calm, and never the name of an illness."""

import re
from collections.abc import Callable, Iterator

from cloud.alerts.wording.language import Language, language

ENGLISH, CHINESE = language("en"), language("zh")
EVERYBODYS, LAY = (
    ("title", "summary", "patient", "caregiver", "clinician"),
    ("summary", "patient", "caregiver"),
)
JARGON = re.compile(
    r"arrhythm|fibrillat|tachycard|bradycard|atrial|\bAF\b|\bQRS\b|\bRR\b|P wave|RMSSD|entropy|gateway"
    r"|Bluetooth|alarm|threshold|probabilit|algorithm"
    r"|emergency|danger|fatal|death|signal quality|\bMAC\b|outbox|!",
    re.IGNORECASE,
)
CHINESE_JARGON = re.compile(r"颤动|室颤|房颤|QRS|RR间期|算法|阈值|概率|蓝牙|死亡|致命|危险|报警|心动过|！")
SIXTH_GRADE = 6.9
LONGEST_CHINESE_SENTENCE = 42
"""Characters: what is read in one breath, at the four to five a second of reading aloud."""
_FILLED = {"value": "142", "limit": "131"}
FILLED = {
    "en": _FILLED
    | {"unit": "/min", "hold": "4 minutes", "reason": "the home box was off"}
    | {"kind": "heart rate", "Kind": "Heart rate", "name": "Heart rate"},
    "zh": _FILLED
    | {"unit": "次/分", "hold": "4分钟", "reason": "家庭网关已关机"}
    | {"kind": "心率", "Kind": "心率", "name": "心率"},
}


def said(words: Language, *parts: str) -> Iterator[tuple[str, str]]:
    """What a language says of each condition, filled in; those without words of their own, too."""
    generic = {f"generic-{name}": getattr(words.generic, name) for name in ("above", "below", "other")}
    filled = FILLED["en" if words is ENGLISH else "zh"]
    for key, texts in (words.conditions | generic).items():
        for part in parts:
            yield f"{key}-{part}", getattr(texts, part).format_map(filled)


def english_for_all() -> Iterator[tuple[str, str]]:
    """Everything English that somebody without training reads."""
    yield from said(ENGLISH, *LAY)
    for name, feature in ENGLISH.features.items():
        yield f"{name}-feature", f"{feature.name}. {feature.says}"
    for reason, why in ENGLISH.gaps.items():
        yield f"{reason}-gap", f"Some readings are missing: {why}."
    for reason, why in ENGLISH.left_out.items():
        yield f"{reason}-left-out", f"Some values are left out: {why}."


def offending(texts: Iterator[tuple[str, str]], offends: Callable[[str], object]) -> dict[str, str]:
    """Those texts that offend, by where they stand."""
    return {name: text for name, text in texts if offends(text)}


def test_no_text_claims_to_name_an_illness() -> None:
    claim = re.compile(r"diagnos|you have (?!chest)|suffer", re.IGNORECASE)
    assert offending(said(ENGLISH, *EVERYBODYS), claim.search) == {}


def test_lay_text_has_no_jargon_and_does_not_frighten() -> None:
    assert offending(english_for_all(), JARGON.search) == {}


def test_lay_text_reads_at_twelve() -> None:
    assert offending(english_for_all(), lambda text: reading_grade(text) > SIXTH_GRADE) == {}


def test_no_chinese_text_claims_to_name_an_illness() -> None:
    claim = re.compile(r"诊断为|确诊|您患|患有|您得了|^(?!.*可能).*(心房颤动|房颤|室颤)")
    assert offending(said(CHINESE, *EVERYBODYS), claim.search) == {}


def test_chinese_lay_text_has_no_jargon_and_does_not_frighten() -> None:
    assert offending(said(CHINESE, *LAY), CHINESE_JARGON.search) == {}


def test_chinese_sentences_are_short() -> None:
    texts = said(CHINESE, *LAY)
    assert offending(texts, lambda text: longest_sentence(text) > LONGEST_CHINESE_SENTENCE) == {}


def longest_sentence(text: str) -> int:
    return max(map(len, re.split(r"[。；]", text)))


def test_a_chinese_patient_is_addressed_with_respect() -> None:
    texts = said(CHINESE, "patient")
    assert offending(texts, lambda text: "你" in text or not re.search(r"您|请|医护人员", text)) == {}


def test_a_title_fits_the_subject_of_a_message() -> None:
    assert offending(said(ENGLISH, "title"), lambda text: len(text) > 60) == {}
    assert offending(said(CHINESE, "title"), lambda text: len(text) > 24) == {}


def test_a_text_is_read_at_a_glance() -> None:
    assert offending(said(ENGLISH, *EVERYBODYS), lambda text: len(text) > 240) == {}
    assert offending(said(CHINESE, *EVERYBODYS), lambda text: len(text) > 90) == {}


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


def test_an_offending_text_is_found() -> None:
    texts = iter([("fine", "Sit down and rest."), ("hard", "Immediate evaluation necessitates hospital!")])
    assert offending(texts, JARGON.search).keys() == {"hard"}
