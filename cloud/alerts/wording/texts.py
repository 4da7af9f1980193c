"""What an alert's explanation says to a reader: made when it is read, from what was kept and his words.

An older program kept sentences: they are shown as they were written. What a newer one raised, for which
there are no words here, is said by its limit, or at least by its name.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from cloud.alerts.rules.rows import Direction, Rule
from cloud.alerts.wording.language import ConditionWords, FeatureWords, Language
from cloud.alerts.wording.quantities import (
    UNKNOWN,
    Reader,
    capital,
    counted,
    lasting,
    number,
    quantity,
    unit_words,
)
from cloud.ports import Alert, Role
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["advice_of", "explained_to", "kind_name", "texts_of", "title_of", "title_of_rule", "usual_of"]

_LONGEST_NAME: Final = 80
_Stored = Mapping[str, object]


def title_of(alert: Alert, reader: Reader) -> str:
    """Return what the condition is called."""
    return texts_of(alert, reader).title


def title_of_rule(row: Rule, reader: Reader) -> str:
    """Return what the condition is called that a row of the rules watches for."""
    words = reader.words
    stored = {"kind": getattr(row, "kind", ""), "limit": getattr(row, "limit", None)}
    sided = stored | {"direction": str(getattr(row, "direction", ""))}
    kind = kind_name(_text(stored["kind"]), words)
    template = words.conditions.get(row.key) or _generic(words, sided)
    return template.title.format_map({"name": row.display, "kind": kind, "Kind": capital(kind)})


def texts_of(alert: Alert, reader: Reader) -> ConditionWords:
    """Return what is said of an alert to everybody and to each, with nothing left to fill in."""
    stored, words = alert.explanation, reader.words
    known = words.conditions.get(alert.condition)
    if isinstance(stored.get("summary"), str):
        return _as_written(alert, known)
    filled = _fillings(alert, reader)
    template = known or _generic(words, stored)
    return ConditionWords(
        title=template.title.format_map(filled),
        summary=template.summary.format_map(filled),
        patient=template.patient.format_map(filled),
        caregiver=template.caregiver.format_map(filled),
        clinician=template.clinician.format_map(filled),
    )


def advice_of(texts: ConditionWords, role: Role) -> str:
    """Return the advice to a role; who looks after the system reads the caregiver's."""
    return {Role.PATIENT: texts.patient, Role.CLINICIAN: texts.clinician}.get(role, texts.caregiver)


def explained_to(alert: Alert, reader: Reader) -> dict[str, object]:
    """Return the explanation, JSON-ready, with what was kept and every sentence in the reader's language."""
    stored, texts = alert.explanation, texts_of(alert, reader)
    return stored | {
        "title": texts.title,
        "summary": texts.summary,
        "advice": {"patient": texts.patient, "caregiver": texts.caregiver, "clinician": texts.clinician},
        "usual": usual_of(stored, reader),
        "left_out_says": _left_out(stored.get("left_out"), reader.words),
        "contributors": [_contributor(row, stored, reader) for row in _rows(stored.get("contributors"))],
        "prototypes": [_prototype(row, reader.words) for row in _rows(stored.get("prototypes"))],
    }


def usual_of(stored: _Stored, reader: Reader) -> str | None:
    """Return what is usual for the patient at this time of day, in a sentence; None if it is not known."""
    filled = _usual_fillings(stored.get("baseline"), reader)
    return None if filled is None else reader.words.messages.usual.format_map(filled)


def kind_name(key: str, words: Language) -> str:
    """Return what is measured, as it stands in a sentence."""
    return words.kinds.get(key) or _plain(key)


def _as_written(alert: Alert, known: ConditionWords | None) -> ConditionWords:
    stored, advice = alert.explanation, alert.explanation.get("advice")
    given = advice if isinstance(advice, Mapping) else {}
    return ConditionWords(
        title=known.title if known else _text(stored.get("title")) or _plain(alert.condition),
        summary=_text(stored.get("summary")),
        patient=_text(given.get("patient")),
        caregiver=_text(given.get("caregiver")),
        clinician=_text(given.get("clinician")),
    )


def _generic(words: Language, stored: _Stored) -> ConditionWords:
    if not _text(stored.get("kind")) or _finite(stored.get("limit")) is None:
        return words.generic.other
    sides = {Direction.ABOVE.value: words.generic.above, Direction.BELOW.value: words.generic.below}
    return sides.get(_text(stored.get("direction")), words.generic.other)


def _fillings(alert: Alert, reader: Reader) -> dict[str, str]:
    stored, words = alert.explanation, reader.words
    unit = _text(stored.get("unit"))
    kind = kind_name(_text(stored.get("kind")), words)
    return {
        "name": _text(stored.get("title")) or _plain(alert.condition),
        "value": quantity(_finite(stored.get("value")), unit, reader),
        "limit": quantity(_finite(stored.get("limit")), unit, reader),
        "unit": unit_words(unit, reader),
        "hold": lasting(_finite(stored.get("hold_s")) or 0, words),
        "reason": _reason(_text(stored.get("reason")), words),
        "kind": kind,
        "Kind": capital(kind),
    }


def _reason(code: str, words: Language) -> str:
    said = (*words.gaps.items(), *words.askers.items())
    return next((text for each, text in said if each == code), code)


def _left_out(given: object, words: Language) -> list[str]:
    counts = given if isinstance(given, Mapping) else {}
    return [
        counted(int(count), words.messages.left_out, reason=words.left_out.get(str(reason), str(reason)))
        for reason, count in counts.items()
        if isinstance(count, int)
    ]


def _usual_fillings(baseline: object, reader: Reader) -> dict[str, str] | None:
    if not isinstance(baseline, Mapping):
        return None
    key = _text(baseline.get("kind"))
    known = OBSERVATION_KINDS.get(key)
    unit = known.ucum if known else ""
    return {
        "kind": kind_name(key, reader.words),
        "low": quantity(_finite(baseline.get("low")), unit, reader),
        "high": quantity(_finite(baseline.get("high")), unit, reader),
        "unit": unit_words(unit, reader),
        "days": number(_finite(baseline.get("days"))),
    }


def _contributor(row: _Stored, stored: _Stored, reader: Reader) -> dict[str, object]:
    """Return a reason with its name and what it says; one that an older program wrote has both already."""
    words = reader.words
    if "feature" in row:
        named = words.features.get(_text(row["feature"])) or FeatureWords(
            name=_plain(_text(row["feature"])), says=""
        )
        says = [named.says, _against_usual(row, words)]
        return {**row, "name": named.name, "says": words.style.sentences.join(filter(None, says))}
    if "kind" in row:
        name = capital(kind_name(_text(row["kind"]), words))
        points = _finite(row.get("points"))
        if points is not None:
            return {**row, "name": name, "says": counted(int(points), words.messages.points)}
        return {**row, "name": name, "says": _limit(row, _own(row, stored), reader)}
    return dict(row)


def _own(row: _Stored, stored: _Stored) -> _Stored:
    """Return what the limit of a reason is said by: its own, where several were beyond theirs together."""
    if "limit" not in row:
        return stored
    return {"limit": row["limit"], "unit": row.get("ucum")}


def _limit(row: _Stored, stored: _Stored, reader: Reader) -> str:
    messages, unit = reader.words.messages, _text(stored.get("unit"))
    limit = quantity(_finite(stored.get("limit")), unit, reader)
    usual = None if row.get("usual_low") is None else _usual_fillings(stored.get("baseline"), reader)
    if usual is None:
        return messages.limit.format(limit=limit, unit=unit_words(unit, reader))
    return messages.limit_and_usual.format(limit=limit, **usual)


def _against_usual(row: _Stored, words: Language) -> str:
    value, low, high = (_finite(row.get(key)) for key in ("value", "usual_low", "usual_high"))
    if value is None or (low is None and high is None):
        return ""
    if low is not None and value < low:
        return words.messages.lower_than_usual
    if high is not None and value > high:
        return words.messages.higher_than_usual
    return words.messages.as_usual


def _prototype(row: _Stored, words: Language) -> dict[str, object]:
    code = _text(row.get("code"))
    return {**row, "label": capital(words.prototypes.get(code, _plain(code)))} if code else dict(row)


def _rows(given: object) -> list[_Stored]:
    rows = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
    return [row for row in rows if isinstance(row, Mapping)]


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().capitalize()[:_LONGEST_NAME] or UNKNOWN


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


def _finite(given: object) -> float | None:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None
