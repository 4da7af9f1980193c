"""Where a patient and those who care for them write to each other, one thread a patient."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.care.plain_text import plain_text
from cloud.ports import MessageBook, PatientMessage, ReadMarks
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["LONGEST_MESSAGE", "MessageDesk"]

LONGEST_MESSAGE: Final = 2_000

Notify = Callable[[PatientMessage, PatientMessage | None], None]
"""Has those who read a thread told of a message, and of which one came before it; it raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDesk:
    """Keeps messages, has people told of them, and knows who has read how far."""

    book: MessageBook
    marks: ReadMarks
    clock: Clock
    new_id: Callable[[], str]
    notify: Notify

    def write(self, patient_id: str, text: str, *, by: str) -> PatientMessage:
        """Keep what a person, `by` id, writes in a patient's thread, and have the others told of it.

        Raises
        ------
        ValidationError
            If it says nothing, is too long, or is no plain text.
        StorageError
            If it cannot be kept: nothing was written, and nobody is told.
        """
        message = PatientMessage(
            id=self.new_id(),
            patient_id=patient_id,
            text=_plain(text),
            author_id=by,
            made_ms=self.clock.wall_ms(),
        )
        before = next(iter(self.book.of(patient_id, 1)), None)
        kept = self.book.write(message)
        self.notify(kept, before)
        return kept

    def newest(self, patient_id: str, limit: int) -> Sequence[PatientMessage]:
        """Return the newest messages of a patient's thread, newest first.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        return self.book.of(patient_id, limit)

    def read_up_to(self, patient_id: str) -> Mapping[str, int]:
        """Return by person up to which number each has read; nothing for who never looked."""
        return self.marks.marks(patient_id)

    def read(self, patient_id: str, number: int, *, by: str) -> None:
        """Note that a person, `by` id, has read up to a message."""
        self.marks.read(patient_id, by, number)

    def unread(self, person_id: str, patient_ids: Collection[str]) -> Mapping[str, int]:
        """Return how many messages wait for a person in each of these threads; nothing where none does."""
        return self.marks.unread(person_id, patient_ids) if patient_ids else {}


def _plain(text: str) -> str:
    plain = plain_text(text)
    if not plain:
        raise ValidationError("write something: an empty message tells nobody anything")
    if len(plain) > LONGEST_MESSAGE:
        raise ValidationError(
            "a message has at most {most} characters: write the rest in another", most=LONGEST_MESSAGE
        )
    return plain
