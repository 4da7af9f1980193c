"""Health events put back into the queue, when the database that knew what was judged is lost."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from cloud.ports import PatientSlice
from cloud.storage.journal import slices
from cloud.storage.journal.clock_runs import moved
from cloud.storage.sqlite_file import translated
from vitals.wire.envelope import decode_record

__all__ = ["queue_events_again"]

_SINCE: Final = """
SELECT patient_id, received_ms, body, shift_ms
FROM event JOIN clock_run ON clock_run.id = event.clock_run
WHERE received_ms >= ? AND patient_id != '' ORDER BY patient_id, received_ms, t_ms
"""
_PATIENT_OF: Final = itemgetter(0)


def queue_events_again(path: Path, since_ms: int) -> int:
    """Have every event received since a moment judged once more, in a series file that nobody has open.

    An alert that was told before may be told again; none is lost. Returns how many events there are.
    """
    with translated(path), closing(sqlite3.connect(path)) as connection, connection:
        rows = connection.execute(_SINCE, (since_ms,)).fetchall()
        slices.append(connection, _cut(rows, since_ms))
    return len(rows)


def _cut(rows: Iterable[tuple[str, int, bytes, int | None]], since_ms: int) -> Iterator[PatientSlice]:
    for patient_id, group in groupby(rows, _PATIENT_OF):
        events = tuple(group)
        yield PatientSlice(
            message_id=f"judged-again/{since_ms}/{patient_id}",
            patient_id=patient_id,
            received_ms=events[-1][1],
            records=tuple(moved(decode_record(body), shift_ms) for _, _, body, shift_ms in events),
        )
