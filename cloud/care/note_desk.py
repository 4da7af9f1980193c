"""Where those who treat a patient write down what they saw and did, and read what others wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.care.plain_text import plain_text
from cloud.ports import ClinicalNote, NoteBook
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["LONGEST_NOTE", "NoteDesk"]

LONGEST_NOTE: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDesk:
    """Writes notes into the book, and reads them from it."""

    book: NoteBook
    clock: Clock
    new_id: Callable[[], str]

    def newest(self, patient_id: str, limit: int) -> Sequence[ClinicalNote]:
        """Return the newest notes on a patient, newest first.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        return self.book.of(patient_id, limit)

    def write(self, patient_id: str, text: str, *, by: str) -> ClinicalNote:
        """Keep what a person, `by` id, writes of a patient.

        Raises
        ------
        ValidationError
            If it says nothing, is too long, or is no plain text.
        StorageError
            If it cannot be kept: nothing was written.
        """
        note = ClinicalNote(
            id=self.new_id(),
            patient_id=patient_id,
            text=_plain(text),
            author_id=by,
            made_ms=self.clock.wall_ms(),
        )
        return self.book.write(note)


def _plain(text: str) -> str:
    plain = plain_text(text)
    if not plain:
        raise ValidationError("write something: a note says what you saw or did")
    if len(plain) > LONGEST_NOTE:
        raise ValidationError(
            "a note has at most {most} characters: write the rest in another", most=LONGEST_NOTE
        )
    return plain
