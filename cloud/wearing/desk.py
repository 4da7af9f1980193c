"""Saying who wears a device from when on, and that nobody does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from cloud.ports import (
    ERASED,
    Deed,
    DeviceRegistry,
    Ledger,
    LedgerNote,
    Patient,
    Together,
    Wearing,
)
from vitals.clock import Clock
from vitals.errors import ConfigurationError
from vitals.records import DEVICE_ID

__all__ = ["NotWornError", "WearingBook", "WearingDesk"]


class NotWornError(ConfigurationError):
    """A device cannot be said to be worn so; the message says what can."""


class WearingBook(DeviceRegistry, Protocol):
    """Which patients there are, and who wore which device when."""

    def patient(self, patient_id: str) -> Patient | None:
        """Return a patient, or None."""
        ...

    def take_turn_at_wearing(self) -> None:
        """Say who wears what one at a time, from now until this thread's transaction has ended."""
        ...

    def bind(self, device: str, patient_id: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is `patient_id`'s; ends an earlier binding."""
        ...

    def take_off(self, device: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is nobody's; ends an earlier binding."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WearingDesk:
    """Where bindings are made, in whichever process; each is on the ledger of whom it concerns."""

    book: WearingBook
    ledger: Ledger
    together: Together
    clock: Clock

    def wearings(self, device: str) -> Sequence[Wearing]:
        """Return who wore a device when, oldest first."""
        return self.book.wearings_of([device]).get(device, ())

    def wearer(self, device: str) -> str | None:
        """Return who wears a device now; None: nobody does."""
        worn = self.wearings(device)
        return worn[-1].patient_id if worn else None

    def checked(self, device: str, patient_id: str, since_ms: int | None = None) -> int:
        """Return from when on a device would be a patient's, if it may be; nothing is done.

        Raises
        ------
        NotWornError
            If there is no such device or patient, or somebody else wore it in that time.
        """
        now_ms = self.clock.wall_ms()
        _refuse_no_device(device)
        if self.book.patient(patient_id) is None:
            raise NotWornError("there is no patient {patient}: check the code", patient=patient_id)
        if since_ms is None:
            return now_ms
        if since_ms > now_ms:
            raise NotWornError("that time lies ahead: give one that has come, or none for now")
        _refuse_taking_away(self.wearings(device), patient_id, since_ms, now_ms)
        return since_ms

    def bind(
        self, device: str, patient_id: str, *, by: str, since_ms: int | None = None, seen: str | None = None
    ) -> int:
        """Say who wears a device from now on, or since a time; return since when.

        `seen` is whom they saw as its wearer who say it, empty for nobody; None: they saw nothing.

        Raises
        ------
        NotWornError
            As `checked`, or if somebody else was said to wear it since they saw.
        """
        with self.together():
            self.book.take_turn_at_wearing()
            from_ms = self.checked(device, patient_id, since_ms)
            before = self._before(device, seen)
            self.book.bind(device, patient_id, from_ms)
            if before not in {None, ERASED, patient_id}:
                self._note(Deed.DEVICE_TAKEN_OFF, by, before, device)
            self._note(Deed.DEVICE_PUT_ON, by, patient_id, device)
        return from_ms

    def take_off(self, device: str, *, by: str, seen: str | None = None) -> None:
        """Say that nobody wears a device from now on; what it measures then is kept, and nobody's.

        `seen` is whom they saw as its wearer who say it; None: they saw nothing.

        Raises
        ------
        NotWornError
            If nobody wears it, or somebody else than they saw.
        """
        with self.together():
            self.book.take_turn_at_wearing()
            before = self.wearer(device)
            if before is None:
                raise NotWornError("nobody wears it: there is nothing to take off")
            self._before(device, seen)
            self.book.take_off(device, self.clock.wall_ms())
            if before != ERASED:
                self._note(Deed.DEVICE_TAKEN_OFF, by, before, device)

    def _before(self, device: str, seen: str | None) -> str | None:
        """Return who wears a device, if it is still whom somebody saw."""
        before = self.wearer(device)
        if seen is not None and seen != (before or ""):
            raise NotWornError("who wears it was changed meanwhile: see who does now, then say it anew")
        return before

    def _note(self, deed: Deed, by: str, patient_id: str | None, device: str) -> None:
        self.ledger.append(
            LedgerNote(
                t_ms=self.clock.wall_ms(),
                deed=deed,
                actor=by,
                patient_id=patient_id,
                about={"device": device},
            )
        )


def _refuse_no_device(device: str) -> None:
    """Refuse a name no device can have: nothing that is measured would ever be bound by it."""
    if not re.match(DEVICE_ID, device):
        raise NotWornError(
            "device {device} must be 3 to 64 of a-z, 0-9 and '-', such as a0-9e-1a-00-00-01",
            device=repr(device[:80]),
        )


def _refuse_taking_away(wearings: Sequence[Wearing], patient_id: str, from_ms: int, now_ms: int) -> None:
    """Refuse to bind a device over a time in which it was somebody else's: that stays with them."""
    ends = [*(wearing.from_ms for wearing in wearings[1:]), now_ms + 1]
    for wearing, end_ms in zip(wearings, ends, strict=False):
        if end_ms > from_ms and wearing.patient_id not in {None, patient_id}:
            since = datetime.fromtimestamp(wearing.from_ms / 1000, UTC)
            raise NotWornError(
                "{who} wore it since {since}, and what it measured then is theirs: give no time, or one "
                "after theirs",
                who=wearing.patient_id,
                since=since.isoformat(" ", "minutes"),
            )
