"""What happened beside the series: health events, gaps, and how devices and gateways said they were.

The record itself is kept encoded, so that a reader gets back exactly what was sent.
"""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import TypeVar

from cloud.ports import HeardDevice, IdentifiedRecord
from cloud.storage.journal.clock_runs import moved, run_of
from cloud.storage.points.series_numbers import wearer
from vitals.errors import StorageError
from vitals.records import DeviceReport, Gap, GatewayReport, HealthEvent, Record
from vitals.wire.envelope import decode_record, encode_record

_Kept = TypeVar("_Kept", bound=Record)

_HEARD_GATEWAY = """
INSERT INTO heard_gateway VALUES (?, ?)
ON CONFLICT DO UPDATE SET received_ms = excluded.received_ms
"""
_HEARD_DEVICE = """
INSERT INTO heard_device VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET received_ms = excluded.received_ms
"""
_EVENTS = """
SELECT body, shift_ms FROM clock_run JOIN event ON event.clock_run = clock_run.id
    AND patient_id = :patient
    AND t_ms >= :from_ms - ifnull(shift_ms, 0) AND t_ms < :to_ms - ifnull(shift_ms, 0)
ORDER BY t_ms + ifnull(shift_ms, 0), event_id, phase
"""
_OVERLAPPING_GAPS = """
SELECT body, shift_ms FROM clock_run JOIN gap ON gap.clock_run = clock_run.id
    AND patient_id = :patient AND kind = :kind AND from_ms < :to_ms - ifnull(shift_ms, 0)
    AND (to_ms > :from_ms - ifnull(shift_ms, 0) OR from_ms >= :from_ms - ifnull(shift_ms, 0))
ORDER BY from_ms + ifnull(shift_ms, 0), to_ms, device
"""

_DEVICE_REPORTS = """
SELECT body, shift_ms FROM clock_run JOIN device_report ON device_report.clock_run = clock_run.id
    AND patient_id = :patient
    AND t_ms >= :from_ms - ifnull(shift_ms, 0) AND t_ms < :to_ms - ifnull(shift_ms, 0)
ORDER BY t_ms + ifnull(shift_ms, 0) DESC, device DESC LIMIT :limit
"""


def write_event(connection: Connection, item: IdentifiedRecord, event: HealthEvent) -> None:
    """Keep a health event at its effective time."""
    connection.execute(
        "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            wearer(item),
            event.t_ms,
            item.gateway,
            event.event_id,
            event.phase,
            item.received_ms,
            encode_record(event),
            run_of(connection, item),
        ),
    )


def write_gap(connection: Connection, item: IdentifiedRecord, gap: Gap) -> None:
    """Keep the statement that data does not exist."""
    connection.execute(
        "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            wearer(item),
            gap.kind,
            gap.from_ms,
            gap.to_ms,
            gap.device,
            gap.reason,
            encode_record(gap),
            run_of(connection, item),
        ),
    )


def write_device_report(connection: Connection, item: IdentifiedRecord, report: DeviceReport) -> None:
    """Keep how a device said it was."""
    connection.execute(
        "INSERT OR REPLACE INTO device_report VALUES (?, ?, ?, ?, ?, ?)",
        (
            wearer(item),
            report.device,
            report.t_ms,
            item.received_ms,
            encode_record(report),
            run_of(connection, item),
        ),
    )


def write_gateway_report(connection: Connection, item: IdentifiedRecord, report: GatewayReport) -> None:
    """Keep how a gateway said it was."""
    connection.execute(
        "INSERT OR REPLACE INTO gateway_report VALUES (?, ?, ?, ?)",
        (item.gateway, item.received_ms, report.t_ms, encode_record(report)),
    )


def note_heard(connection: Connection, items: Sequence[IdentifiedRecord]) -> None:
    """Note when gateways and their devices were heard, by the server's clock, even if it was set back."""
    gateways = {item.gateway: item.received_ms for item in items}
    devices = {
        (device, item.gateway): item.received_ms
        for item in items
        if (device := getattr(item.record, "device", None)) is not None
    }
    connection.executemany(_HEARD_GATEWAY, gateways.items())
    connection.executemany(_HEARD_DEVICE, [(*key, heard_ms) for key, heard_ms in devices.items()])


def read_events(connection: Connection, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
    """Read a patient's health events of a range, oldest first."""
    rows = connection.execute(_EVENTS, {"patient": patient_id, "from_ms": from_ms, "to_ms": to_ms})
    return tuple(moved(_kept(body, HealthEvent), shift_ms) for body, shift_ms in rows)


def read_gaps(connection: Connection, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
    """Read the gaps that overlap a range, oldest first; one without length counts as a moment."""
    rows = connection.execute(
        _OVERLAPPING_GAPS, {"patient": patient_id, "kind": kind, "from_ms": from_ms, "to_ms": to_ms}
    )
    return tuple(moved(_kept(body, Gap), shift_ms) for body, shift_ms in rows)


def read_device_reports(
    connection: Connection, patient_id: str, span: tuple[int, int], limit: int
) -> Sequence[DeviceReport]:
    """Read the newest `limit` reports of a patient's devices of a range, oldest first."""
    from_ms, to_ms = span
    rows = connection.execute(
        _DEVICE_REPORTS, {"patient": patient_id, "from_ms": from_ms, "to_ms": to_ms, "limit": limit}
    )
    newest = [moved(_kept(body, DeviceReport), shift_ms) for body, shift_ms in rows]
    return tuple(reversed(newest))


def read_gateway_report(connection: Connection, gateway: str) -> tuple[GatewayReport, int] | None:
    """Read the report of a gateway that came last, and when it came."""
    row = connection.execute(
        "SELECT body, received_ms FROM gateway_report WHERE gateway = ? ORDER BY received_ms DESC, t_ms DESC",
        (gateway,),
    ).fetchone()
    return None if row is None else (_kept(row[0], GatewayReport), row[1])


def read_heard_gateways(connection: Connection) -> dict[str, int]:
    """Read when each gateway was last heard."""
    return dict(connection.execute("SELECT gateway, received_ms FROM heard_gateway"))


def read_heard_devices(connection: Connection) -> Sequence[HeardDevice]:
    """Read when each device was last heard, through each gateway that heard it."""
    rows = connection.execute(
        "SELECT device, gateway, received_ms FROM heard_device ORDER BY device, gateway"
    )
    return tuple(HeardDevice(device=d, gateway=g, received_ms=ms) for d, g, ms in rows)


def _kept(body: bytes, expected: type[_Kept]) -> _Kept:
    record = decode_record(body)
    if not isinstance(record, expected):
        raise StorageError(
            f"a kept {expected.__name__} reads as {type(record).__name__}: restore the last backup"
        )
    return record
