"""Where people say what no wearable tells, and read what was said: checked before it is written down."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from cloud.care.facts import BIRTH_DATE, FACTS, FactRow, facts_at, value_of
from cloud.ports import FactBook, FactNote, Facts
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["FactDesk", "Said"]

_AHEAD_MS: Final = 300_000
"""How far a clock of who says something may be ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A fact as somebody says it: without a beginning from now on, without an end until further notice."""

    name: str
    value: object
    from_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactDesk:
    """Writes facts into the book, and reads them from it."""

    book: FactBook
    clock: Clock

    def now(self, patient_id: str) -> Facts:
        """Return what holds of a patient now.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        return self.now_of_each([patient_id])[patient_id]

    def now_of_each(self, patient_ids: Collection[str]) -> Mapping[str, Facts]:
        """Return what holds of each of these patients now.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        notes, now_ms = self.book.of(patient_ids), self.clock.wall_ms()
        return {each: facts_at(notes.get(each, ()), now_ms) for each in patient_ids}

    def history(self, patient_id: str) -> Sequence[FactNote]:
        """Return all that was ever said of a patient, newest first.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        return self.book.of([patient_id]).get(patient_id, ())[::-1]

    def say(self, patient_id: str, said: Said, *, by: str) -> FactNote:
        """Write down what a person, `by` id, says of a patient; return it as it was kept.

        Raises
        ------
        ValidationError
            If it cannot be so, naming what may be said.
        StorageError
            If it cannot be written: nothing was said.
        """
        return self.book.note(self._checked(patient_id, said, by))

    def say_all(self, patient_id: str, each: Sequence[Said], *, by: str) -> None:
        """Write down what one form says, once all of it can be.

        Raises
        ------
        ValidationError
            If one of them cannot be so: nothing was said.
        StorageError
            If it cannot be written: what was said before it is.
        """
        for note in [self._checked(patient_id, said, by) for said in each]:
            self.book.note(note)

    def _checked(self, patient_id: str, said: Said, by: str) -> FactNote:
        now_ms = self.clock.wall_ms()
        value = None if said.value is None else value_of(said.name, said.value)
        row = FACTS.get(said.name)
        if row is None:
            raise ValidationError(f"there is no fact of this name: say one of {', '.join(FACTS)}")
        note = FactNote(
            patient_id=patient_id,
            name=said.name,
            value=said.value,
            from_ms=now_ms if said.from_ms is None else said.from_ms,
            until_ms=said.until_ms,
            author_id=by,
            made_ms=now_ms,
        )
        _see_when(row, note, now_ms)
        if isinstance(value, date) and value > datetime.fromtimestamp(now_ms / 1000, UTC).date():
            raise ValidationError(f"{BIRTH_DATE} cannot be to come: correct it")
        return _ending(row, note)


def _see_when(row: FactRow, note: FactNote, now_ms: int) -> None:
    if row.changes_by_itself and note.from_ms > now_ms + _AHEAD_MS:
        raise ValidationError(f"{row.name} is what somebody saw: 'from' cannot be to come")
    if note.until_ms is None:
        return
    if note.until_ms <= note.from_ms:
        raise ValidationError("'until' must be after 'from': swap or widen them")
    if row.longest_ms is not None and note.until_ms - note.from_ms > row.longest_ms:
        hours = row.longest_ms // 3_600_000
        raise ValidationError(f"{row.name} cannot be said for more than {hours} hours: say it again then")


def _ending(row: FactRow, note: FactNote) -> FactNote:
    """End by itself what nobody would think of ending."""
    if note.until_ms is not None or not note.value or row.ends_after_ms is None:
        return note
    return replace(note, until_ms=note.from_ms + row.ends_after_ms)
