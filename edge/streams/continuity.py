"""Whether a frame of a signal follows the one before it, and if not, what lies between."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vitals.gatt.signal_stream import SignalFrame, sequence_step

__all__ = ["Continuity", "Follows", "continuity", "end_us"]

_JITTER_SAMPLES: Final = 2.0
_LATE_US: Final = 5_000_000
_AHEAD_S: Final = 60.0
"""How far a wearable's clock may run ahead of ours across a loss before it must have been set."""


class Follows(StrEnum):
    """How a frame stands to the last one taken."""

    FIRST = "first"
    NEXT = "next"
    REPEATED = "repeated"
    AFTER_LOSS = "after-loss"
    STARTED_ANEW = "started-anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """How a frame follows, and how many samples are missing before it, where that can be counted."""

    follows: Follows
    missed: int | None = 0


def continuity(
    last: SignalFrame | None, frame: SignalFrame, *, elapsed_s: float = math.inf, is_new_link: bool = False
) -> Continuity:
    """Compare a frame with the last one taken, by its sequence and by the wearable's own clock.

    The clock has the last word on how much is missing: the sequence wraps within an hour or so. More
    than the `elapsed_s` since the last frame came cannot be: the clock was set. On a new link an
    earlier number is no late frame, but a wearable that counts anew.
    """
    if last is None:
        return Continuity(follows=Follows.FIRST, missed=None)
    step = sequence_step(last.sequence, frame.sequence)
    lead_samples = (frame.timestamp_us - end_us(last)) * frame.rate_hz / 1e6
    if step == 1 and frame.timestamp_us > last.timestamp_us and lead_samples <= _JITTER_SAMPLES:
        return Continuity(follows=Follows.NEXT)
    is_late = step <= 0 and -_LATE_US <= frame.timestamp_us - last.timestamp_us <= 0
    if frame == last or (is_late and not is_new_link):
        return Continuity(follows=Follows.REPEATED)
    if frame.timestamp_us <= last.timestamp_us or lead_samples > (elapsed_s + _AHEAD_S) * frame.rate_hz:
        return Continuity(follows=Follows.STARTED_ANEW, missed=None)
    return Continuity(follows=Follows.AFTER_LOSS, missed=max(0, round(lead_samples)))


def end_us(frame: SignalFrame) -> float:
    """Return the device time at which the sample after the frame's last is due."""
    return frame.timestamp_us + frame.length * 1e6 / frame.rate_hz
