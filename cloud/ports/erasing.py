"""Erasing a patient for good while the service goes on: asked for, waited for, done, certified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from cloud.ports.keeping import Forgotten, WornDevice

__all__ = ["ERASED", "Asker", "Erasure", "ErasureBook", "ErasureState", "RelationalEraser"]

ERASED: Final = "-erased-"
"""The wearer of a device while somebody wore it who was erased; no patient has this id."""


class Asker(StrEnum):
    """Who asks that a patient be erased."""

    PATIENT = "patient"
    PROXY = "proxy"


class ErasureState(StrEnum):
    """How far an erasure is."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    WITHHELD = "withheld"
    """It was due, and whoever asked for it could no longer ask: nothing was erased."""
    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """That a patient is to be erased at `due_ms`. Once that is done, who it was is no longer in it.

    `reference` is what whoever asked for it may ask after it by: it cannot be guessed.
    """

    reference: str
    patient_id: str | None
    asked_by: str
    asked_ms: int
    due_ms: int
    state: ErasureState = ErasureState.WAITING
    ended_ms: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    gateways: Sequence[str] = ()


class ErasureBook(Protocol):
    """Which erasures were asked for."""

    def ask(self, erasure: Erasure) -> Erasure:
        """Write it down; return the one that is already there for the patient, if one waits or has begun."""
        ...

    def call_off(self, reference: str, state: ErasureState, now_ms: int) -> bool:
        """Have one that waits end in this state and nothing erased; False: it waits no more."""
        ...

    def put_off(self, reference: str, due_ms: int) -> bool:
        """Have one that waits begin no sooner than then; False: it waits no more."""
        ...

    def of(self, patient_id: str) -> Erasure | None:
        """Return what waits or has begun for a patient, or None."""
        ...

    def by_reference(self, reference: str) -> Erasure | None: ...

    def due(self, now_ms: int) -> Sequence[Erasure]:
        """Return what has begun, then what is due, oldest first."""
        ...

    def begin(self, reference: str) -> bool:
        """Have nothing of the patient written down any more by what judges them; False: it waits no more."""
        ...

    def note(self, reference: str, rows: Mapping[str, int], gateways: Sequence[str]) -> None:
        """Add what was erased of which sort, and which gateways were told."""
        ...

    def end(self, reference: str, now_ms: int) -> None:
        """Note that it is done, and forget who it was."""
        ...


class RelationalEraser(Protocol):
    """Erases patients from the relational database."""

    def worn_by(self, patient_id: str) -> Sequence[WornDevice]:
        """Return what a patient ever wore."""
        ...

    def forget(self, patient_id: str) -> Forgotten:
        """Destroy the keys of a patient and of who signs in as them, and erase all that names them."""
        ...

    def patients(self) -> Sequence[str]:
        """Return every patient."""
        ...
