"""Asking gateways for raw waveforms that were kept there and not sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.commands.issue import CommandIssuer
from cloud.ports import CommandBook, CommandState, Directory, GatewayReader, IssuedCommand, Person

__all__ = ["NOTHING_WORN", "WaveformRequests"]

_EXPIRES_IN_S: Final = 24 * 3600
NOTHING_WORN: Final = (
    "no device of this patient that a gateway ever heard was worn then: check the time and the bindings"
)


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
        """Ask for from <= t < to, only for the time the patient wore the device; nothing if there is none."""
        heard = self.gateways.heard_devices()
        return tuple(
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

    def made(self, patient_id: str, limit: int) -> Sequence[CommandState]:
        """Return a patient's requests and what became of them, newest first."""
        return self.book.requests_of(patient_id, limit)
