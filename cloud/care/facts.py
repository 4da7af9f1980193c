"""From what people said of a patient to what holds now; remembered, since every evaluation asks."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from cloud.ports import FactBook, FactNote, Facts
from vitals.errors import ValidationError
from vitals.scores.news2 import CURRENT_FOR_MS, Spo2Scale
from vitals.scores.tables import Consciousness

__all__ = ["BIRTH_DATE", "FACTS", "FactRow", "FactsRemembered", "facts_at", "value_of"]

BIRTH_DATE: Final = "birth_date"
_DAYS_A_YEAR: Final = 365.2425
_EARLIEST: Final = date(1890, 1, 1)
_REVIEWED_MS: Final = 3_600_000
"""How long facts are believed without being worked out anew: ages grow, and notes begin and end."""
_MOST_REMEMBERED: Final = 4_096
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{1,30}")
_LONGEST_PREGNANCY_MS: Final = 42 * 7 * 86_400_000
"""From 42 weeks on it is past its term (ICD-10 O48): nobody is left without NEWS2 for good by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One fact that can be said: how its JSON value is read, what may be said, whether it changes by itself.

    What changes by itself is an observation: unless said until when it holds, it ages from when it was made.
    Nothing can be said for longer than `longest_ms`; what `ends_after_ms` ends then unless said otherwise.
    """

    name: str
    field: str
    read: Callable[[object], object]
    may_be: str
    changes_by_itself: bool = False
    longest_ms: int | None = None
    ends_after_ms: int | None = None


def _birth(value: object) -> date:
    born = date.fromisoformat(_text(value))
    if born < _EARLIEST:
        raise ValueError(value)
    return born


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _phone(value: object) -> str:
    number = _text(value).strip()
    if not _PHONE.fullmatch(number):
        raise ValueError(value)
    return number


_ROWS: Final = (
    FactRow(name=BIRTH_DATE, field="age_years", read=_birth, may_be="a date from 1890 on, as 1948-03-21"),
    FactRow(
        name="is_pregnant",
        field="is_pregnant",
        read=_yes_or_no,
        may_be="true or false",
        longest_ms=_LONGEST_PREGNANCY_MS,
        ends_after_ms=_LONGEST_PREGNANCY_MS,
    ),
    FactRow(
        name="spo2_scale",
        field="spo2_scale",
        read=lambda value: Spo2Scale(_text(value)),
        may_be='"1", or "2" where a clinician prescribed a target of 88 to 92 %',
    ),
    FactRow(
        name="consciousness",
        field="consciousness",
        read=lambda value: Consciousness[_text(value).upper()],
        may_be='"alert", "confused", "voice", "pain" or "unresponsive"',
        changes_by_itself=True,
        longest_ms=CURRENT_FOR_MS,
    ),
    FactRow(
        name="on_oxygen",
        field="on_oxygen",
        read=_yes_or_no,
        may_be="true or false",
        changes_by_itself=True,
    ),
    FactRow(name="phone", field="phone", read=_phone, may_be="a telephone number, as +49 30 1234567"),
    FactRow(
        name="emergency_phone",
        field="emergency_phone",
        read=_phone,
        may_be="the number to call in an emergency where they live, as 112",
    ),
)

FACTS: Final[Mapping[str, FactRow]] = MappingProxyType({row.name: row for row in _ROWS})


def value_of(name: str, value: object) -> object:
    """Read a fact's JSON value.

    Raises
    ------
    ValidationError
        If there is no such fact or it cannot have this value; it names what may be said.
    """
    row = FACTS.get(name)
    if row is None:
        raise ValidationError(f"there is no fact of this name: say one of {', '.join(FACTS)}")
    try:
        return row.read(value)
    except (KeyError, TypeError, ValueError) as error:
        raise ValidationError(f"{name} cannot be that: say {row.may_be}, or null to take it back") from error


def facts_at(notes: Sequence[FactNote], now_ms: int) -> Facts:
    """Return what holds at a moment by notes in the order they were made: the last one in force counts."""
    holding = {note.name: note for note in notes if _is_in_force(note, now_ms) and note.name in FACTS}
    said = {name: note for name, note in holding.items() if note.value is not None}
    values = {name: FACTS[name].read(note.value) for name, note in said.items()}
    born = values.pop(BIRTH_DATE, None)
    return Facts(
        **values,  # type: ignore[arg-type]  # each row's field is of the type its `read` returns
        age_years=_years_since(born, now_ms) if isinstance(born, date) else None,
        said_ms={
            name: note.from_ms
            for name, note in said.items()
            if FACTS[name].changes_by_itself and note.until_ms is None
        },
    )


def _is_in_force(note: FactNote, now_ms: int) -> bool:
    return note.from_ms <= now_ms and (note.until_ms is None or now_ms < note.until_ms)


def _years_since(born: date, now_ms: int) -> float:
    """Return whole years, as birthdays count them, and the share of the one under way."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    last_birthday = _in_year(born, born.year + years)
    return max(0.0, years + min((today - last_birthday).days / _DAYS_A_YEAR, 0.999))


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:  # the 29th of February
        return date(year, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    notes: Sequence[FactNote]
    facts: Facts
    from_ms: int
    until_ms: int


@dataclass(slots=True, kw_only=True)
class FactsRemembered:
    """What holds now of each patient, read again when the book says that anything was added."""

    book: FactBook
    _revision: int = -1
    _known: dict[str, _Known] = field(default_factory=dict)

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Facts]:
        """Return the facts of each.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        revision = self.book.revision()
        if revision != self._revision or len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
            self._revision = revision
        unknown = [each for each in patient_ids if each not in self._known]
        notes = self.book.of(unknown) if unknown else {}
        for each in unknown:
            self._known[each] = _worked_out(notes.get(each, ()), now_ms)
        return {each: self._current(each, now_ms) for each in patient_ids}

    def _current(self, patient_id: str, now_ms: int) -> Facts:
        known = self._known[patient_id]
        if known.notes and not known.from_ms <= now_ms < known.until_ms:
            known = self._known[patient_id] = _worked_out(known.notes, now_ms)
        return known.facts


def _worked_out(notes: Sequence[FactNote], now_ms: int) -> _Known:
    turns = {edge for note in notes for edge in (note.from_ms, note.until_ms) if edge is not None}
    next_ms = min((edge for edge in turns if edge > now_ms), default=now_ms + _REVIEWED_MS)
    return _Known(
        notes=notes,
        facts=facts_at(notes, now_ms),
        from_ms=now_ms,
        until_ms=min(next_ms, now_ms + _REVIEWED_MS),
    )
