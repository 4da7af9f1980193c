"""Stretches of a gateway's life in which its clock was wrong by one amount, and that amount.

Times of such a run are kept as they were stamped. Whoever reads them adds the run's shift; until that
is known they are read as they came. Run 0 is every clock that was right: its shift is 0.
"""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import TypeVar

import msgspec

from cloud.ports import ClockFix, IdentifiedRecord
from vitals.records import (
    CommandReport,
    DeviceReport,
    Gap,
    GatewayReport,
    HealthEvent,
    ObservationRun,
    Record,
    Waveform,
)

__all__ = ["moved", "note", "run_of", "settle"]

_Moved = TypeVar("_Moved", bound=Record)

_RUN_OF = """
INSERT INTO clock_run (gateway, boot_id, offset_ms, shift_ms, by_ntp) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET by_ntp = by_ntp OR excluded.by_ntp, shift_ms = CASE
    WHEN by_ntp OR excluded.shift_ms IS NULL THEN shift_ms
    WHEN excluded.by_ntp OR shift_ms IS NULL THEN excluded.shift_ms
    ELSE min(shift_ms, excluded.shift_ms) END
RETURNING id
"""
_SETTLE = """
UPDATE clock_run SET by_ntp = :by_ntp, shift_ms = CASE
    WHEN :by_ntp OR shift_ms IS NULL THEN :offset_ms - offset_ms
    ELSE min(shift_ms, :offset_ms - offset_ms) END
WHERE gateway = :gateway AND boot_id = :boot_id AND NOT by_ntp
"""

_TIMES = {
    ObservationRun: ("t_ms",),
    Waveform: ("t0_ms",),
    HealthEvent: ("t_ms", "noticed_ms"),
    DeviceReport: ("t_ms",),
    GatewayReport: ("t_ms",),
    CommandReport: ("t_ms",),
    Gap: ("from_ms", "to_ms"),
}
"""The fields of each record that hold a time."""


def run_of(connection: Connection, item: IdentifiedRecord) -> int:
    """Return the number of the run a record's times belong to; it is made if it is new."""
    clock = item.clock
    if clock is None:
        return 0
    key = (item.gateway, clock.boot_id, clock.offset_ms, clock.shift_ms, clock.by_ntp)
    (number,) = connection.execute(_RUN_OF, key).fetchone()
    return int(number)


def note(connection: Connection, items: Iterable[IdentifiedRecord]) -> None:
    """Make the runs that records belong to, whether or not their points are kept in this file."""
    for item in {(item.gateway, item.clock): item for item in items if item.clock}.values():
        run_of(connection, item)


def settle(connection: Connection, fixes: Iterable[ClockFix]) -> None:
    """Learn how far earlier runs were off: NTP's word is final, the server's estimate only gets earlier."""
    connection.executemany(
        _SETTLE,
        [
            {
                "gateway": fix.gateway,
                "boot_id": fix.boot_id,
                "offset_ms": fix.offset_ms,
                "by_ntp": fix.by_ntp,
            }
            for fix in _telling(fixes)
        ],
    )


def _telling(fixes: Iterable[ClockFix]) -> Iterable[ClockFix]:
    """Return of each boot the one fix that would hold after all: NTP's first word, else the earliest."""
    best: dict[tuple[str, str], ClockFix] = {}
    for fix in fixes:
        key = (fix.gateway, fix.boot_id)
        before = best.get(key)
        if before is None or (not before.by_ntp and (fix.by_ntp or fix.offset_ms < before.offset_ms)):
            best[key] = fix
    return best.values()


def moved(record: _Moved, by_ms: int | None) -> _Moved:
    """Return the record with its times put right by `by_ms`; never before 1970."""
    if not by_ms:
        return record
    times = {name: _shifted(getattr(record, name), by_ms) for name in _TIMES.get(type(record), ())}
    return msgspec.structs.replace(record, **times)


def _shifted(time: int | list[int], by_ms: int) -> int | list[int]:
    if isinstance(time, list):
        return [max(0, t_ms + by_ms) for t_ms in time]
    return max(0, time + by_ms)
