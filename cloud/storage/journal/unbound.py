"""Which devices measured while nobody was bound to them: it is kept, and only an administrator is told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Final

from cloud.ports import IdentifiedRecord, UnboundDevice
from vitals.records import HealthEvent, ObservationRun, Waveform

_ADD = """
INSERT INTO unbound VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET records = records + excluded.records, last_received_ms = excluded.last_received_ms
"""
_OF_A_WEARER: Final = frozenset({ObservationRun, Waveform, HealthEvent})


def note(connection: Connection, fresh: Iterable[IdentifiedRecord]) -> None:
    """Count those of fresh records that say something of a wearer nobody knows."""
    nobodys = [item for item in fresh if item.patient_id is None and type(item.record) in _OF_A_WEARER]
    if nobodys:
        counts = Counter((getattr(item.record, "device", ""), item.gateway) for item in nobodys)
        received_ms = nobodys[-1].received_ms
        connection.executemany(
            _ADD, [(*place, count, received_ms, received_ms) for place, count in counts.items()]
        )


def read_all(connection: Connection) -> Sequence[UnboundDevice]:
    """Read every device with records that nobody owns, by its name."""
    rows = connection.execute(
        "SELECT device, gateway, records, first_received_ms, last_received_ms FROM unbound"
    )
    return tuple(
        UnboundDevice(
            device=device, gateway=gateway, records=records, first_received_ms=first, last_received_ms=last
        )
        for device, gateway, records, first, last in rows
    )


def forget(connection: Connection, device: str) -> None:
    """Take a device off the list: what it measured belongs to somebody now."""
    connection.execute("DELETE FROM unbound WHERE device = ?", (device,))
