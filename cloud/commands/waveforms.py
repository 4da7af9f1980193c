"""Asking gateways for raw waveforms that were kept there and not sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.commands.issue import CommandIssuer
from cloud.ports import CommandBook, CommandState, Directory, GatewayReader, IssuedCommand, Person
from vitals.errors import CarewireError

__all__ = ["MOST_OPEN", "NothingWornError", "TooManyAskedError", "WaveformRequests"]

_EXPIRES_IN_S: Final = 24 * 3600
MOST_OPEN: Final = 40
"""Requests of one patient that may wait at a time: each costs a gateway's uplink minutes."""
_MOST_READ: Final = 200


class NothingWornError(CarewireError):
    """Nobody can be asked: the patient wore nothing then that a gateway hears."""


class TooManyAskedError(CarewireError):
    """So much is asked of a patient's gateways already that no more is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformRequests:
    """A request is a command to each gateway that heard a device while the patient wore it."""

    issuer: CommandIssuer
    book: CommandBook
    directory: Directory
    gateways: GatewayReader

    def ask(
        self, patient_id: str, kind: str, from_ms: int, to_ms: int, person: Person
    ) -> Sequence[IssuedCommand]:
        """Ask for from <= t < to, only for the time the patient wore the device; at least one is asked.

        Raises
        ------
        NothingWornError, TooManyAskedError
            If nothing was asked.
        """
        if self._waiting(patient_id) >= MOST_OPEN:
            raise TooManyAskedError(
                "{most} requests of this patient wait: let them be answered", most=MOST_OPEN
            )
        heard = self.gateways.heard_devices()
        issued = tuple(
            self.issuer.issue(
                each.gateway,
                "upload-waveform",
                {"device": worn.device, "kind": kind, "from_ms": worn.from_ms, "to_ms": worn.to_ms},
                by=person.id,
                expires_in_s=_EXPIRES_IN_S,
                patient_id=patient_id,
            )
            for worn in self.directory.worn_by(patient_id, from_ms, to_ms)
            for each in heard
            if each.device == worn.device
        )
        if not issued:
            raise NothingWornError(
                "nothing that a gateway hears was worn then: check the time, and who wears which device"
            )
        return issued

    def made(self, patient_id: str, limit: int) -> Sequence[CommandState]:
        """Return a patient's requests and what became of them, newest first."""
        return self.book.requests_of(patient_id, limit)

    def _waiting(self, patient_id: str) -> int:
        now_ms = self.issuer.clock.wall_ms()
        return sum(
            each.answer is None and now_ms < each.command.expires_ms
            for each in self.made(patient_id, _MOST_READ)
        )
