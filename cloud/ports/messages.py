"""What a patient and those who care for them write to each other, and who has read how far."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientMessage:
    """What somebody wrote in the thread of a patient, never changed afterwards.

    `id` tells it from all others, `number` is given by the book and rises.
    """

    id: str
    patient_id: str
    text: str
    author_id: str
    made_ms: int
    number: int = 0


class MessageBook(Protocol):
    """The thread of every patient."""

    def write(self, message: PatientMessage) -> PatientMessage:
        """Keep a message; return it with its number."""
        ...

    def of(self, patient_id: str, limit: int) -> Sequence[PatientMessage]:
        """Return the newest `limit` messages of a patient's thread, newest first."""
        ...


class ReadMarks(Protocol):
    """Up to which number of a patient's thread each person has read."""

    def read(self, patient_id: str, person_id: str, number: int) -> None:
        """Note that somebody has read up to a message; who has read further stays there."""
        ...

    def marks(self, patient_id: str) -> Mapping[str, int]:
        """Return by person how far each has read; nothing for who never looked."""
        ...

    def unread(self, person_id: str, patient_ids: Collection[str]) -> Mapping[str, int]:
        """Return how many messages of others each of these threads has that a person has not read.

        Nothing for a thread that has none.
        """
        ...
