"""What of people is kept sealed: nobody reads it who has the database and not the keys."""

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["UNREADABLE", "Place", "Sealer", "of_patient", "of_person", "of_team"]

UNREADABLE = "?"
"""What stands for a text that does not open any more: whatever hangs on other things than it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sealed value belongs: moved to another owner, table, column or row it does not open."""

    owner: str
    table: str
    column: str
    row: tuple[str, ...]
    """What tells the row from all others for as long as it is there."""


class Sealer(Protocol):
    """Seals values by a key that their owner alone has; without the key they are gone for good."""

    def seal(self, value: object, place: Place) -> str:
        """Return a value that JSON can hold, sealed; an owner without a key is given one.

        Raises
        ------
        StorageError
            If the keys cannot be read or written.
        """
        ...

    def opened(self, sealed: str, place: Place) -> Any:  # noqa: ANN401 - what was sealed
        """Return what was sealed at this place.

        Raises
        ------
        SealError
            If it was not sealed here, was altered, or its key is gone.
        StorageError
            If the keys cannot be read.
        """
        ...


def of_patient(patient_id: str) -> str:
    """Return the owner that a patient is."""
    return f"patient/{patient_id}"


def of_person(person_id: str) -> str:
    """Return the owner that somebody is who can sign in."""
    return f"person/{person_id}"


def of_team(team_id: str) -> str:
    """Return the owner that a care team is."""
    return f"team/{team_id}"
