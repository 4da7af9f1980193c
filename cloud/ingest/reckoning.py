"""How far a batch's times are off, from what its gateway says of its clock and when it arrived.

A gateway without a battery clock stamps what it sees with the time it has. Times are kept as they
came; the shift that puts them right is kept beside them and applied when they are read. Sources, best
first: the gateway itself once NTP answered; a batch of the same boot under NTP; the server's own
clock, which can only be late: by as long as the batch was on its way.
"""

from dataclasses import dataclass
from typing import Final

from cloud.ingest.binding import clock_doubt
from cloud.ports import ClockFix, RecordClock
from vitals.wire.envelope import Envelope

__all__ = ["Reckoned", "reckon"]

BELIEVED_WITHIN_MS: Final = 5_000
"""A clock nobody holds that is off by less is believed: the way here takes seconds now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """What a batch's times rest on, `None` if they are believed; and what it says of its gateway's clock."""

    clock: RecordClock | None
    fix: ClockFix


def reckon(batch: Envelope, *, gateway: str, received_ms: int) -> Reckoned:
    """Judge the times of a batch that arrived at `received_ms` by the server's clock."""
    fix = _fix(batch, gateway, received_ms)
    made = batch.made
    if made is None or made.synced:
        return Reckoned(clock=None, fix=fix)
    by_ntp = made.shift_ms is not None
    shift_ms = made.shift_ms
    if shift_ms is None and made.boot_id == batch.boot_id:
        shift_ms, by_ntp = fix.offset_ms - made.offset_ms, fix.by_ntp
    if shift_ms is not None and abs(shift_ms) <= BELIEVED_WITHIN_MS:
        return Reckoned(clock=None, fix=fix)
    clock = RecordClock(boot_id=made.boot_id, offset_ms=made.offset_ms, shift_ms=shift_ms, by_ntp=by_ntp)
    return Reckoned(clock=clock, fix=fix)


def _fix(batch: Envelope, gateway: str, received_ms: int) -> ClockFix:
    """Return the offset of the boot that sent the batch: right time less the time since that boot.

    What NTP is said to have told is believed as any time is: nobody is ahead of the server, or before 2020.
    """
    by_ntp = batch.clock.synced and clock_doubt(batch.clock.wall_ms, received_ms) is None
    right_ms = batch.clock.wall_ms if by_ntp else received_ms
    return ClockFix(
        gateway=gateway,
        boot_id=batch.boot_id,
        offset_ms=right_ms - batch.clock.boottime_ms,
        by_ntp=by_ntp,
    )
