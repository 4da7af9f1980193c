"""What gateways declare as missing, summed up as it comes: an account costs the same after a million gaps."""

from collections import defaultdict
from collections.abc import Mapping
from sqlite3 import Connection
from typing import Final

from cloud.ports import Declared, IdentifiedRecord
from vitals.records import Gap, GapReason

_OUTBOX: Final = "outbox"
"""The kind of a gap that counts records: those that were lost with a gateway's outbox."""

_ADD = """
INSERT INTO declared SELECT id, ?, ?, 1, ?, ? FROM epoch WHERE gateway = ? AND epoch = ?
ON CONFLICT DO UPDATE SET gaps = gaps + 1, missed = missed + excluded.missed,
    uncounted = uncounted + excluded.uncounted
"""


def note(connection: Connection, item: IdentifiedRecord, gap: Gap) -> None:
    """Add a gap to the account of its epoch."""
    counts = (gap.reason, gap.kind == _OUTBOX, gap.missed or 0, gap.missed is None)
    connection.execute(_ADD, (*counts, item.gateway, item.epoch))


def read_all(connection: Connection) -> Mapping[int, tuple[Declared, ...]]:
    """Read what each epoch declares, by the epoch's row."""
    found: defaultdict[int, list[Declared]] = defaultdict(list)
    rows = connection.execute("SELECT epoch_id, reason, of_records, gaps, missed, uncounted FROM declared")
    for epoch_id, reason, of_records, gaps, missed, uncounted in rows:
        declared = Declared(
            reason=GapReason(reason),
            of_records=bool(of_records),
            gaps=gaps,
            missed=missed,
            uncounted=uncounted,
        )
        found[epoch_id].append(declared)
    return {epoch_id: tuple(each) for epoch_id, each in found.items()}
