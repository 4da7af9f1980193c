"""`forget-device`: drop what the ring holds of a device; whoever wore it then was erased."""

from dataclasses import dataclass

from edge.remote.commands import Answer
from edge.ring import WaveformRing
from vitals.records import CommandOutcome
from vitals.wire.command import ForgetDevice

__all__ = ["WaveformForgetting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformForgetting:
    """Answers how many strips are gone. What the outbox holds is sent, and the cloud keeps none of it."""

    ring: WaveformRing

    def __call__(self, _command_id: str, asked: ForgetDevice) -> Answer:
        """Drop them."""
        gone = self.ring.forget(asked.device, asked.from_ms, asked.to_ms)
        return Answer(outcome=CommandOutcome.DONE, detail=f"{gone} strips are gone")
