"""The series file, and the steps that made it what it is: what a commit of a gateway's records turns into.

A series is what one device measured of one kind on one patient (the empty patient: nobody was
bound to the device then). Points whose effective time is not believed live in a series of their
own, marked with the doubt, so that they are kept as they came and never pass for the newest. A point's
`device_ms` is what the wearable's own clock said, where its effective time was reckoned from that.

Points lie in slots: hours of a series (`slots.py`). They come as `hot_run` rows (`hot_runs.py`); an hour
that is over becomes a `block` (`blocks.py`) with its `minute_sums` and `hour_sums`. Blocks are numbered as
they are made, so that large rows fill pages to the end; what is small has its slot for a key.
"""

from collections.abc import Sequence
from sqlite3 import Connection

import numpy as np

from cloud.storage.points import hot_runs, latest, outlying
from cloud.storage.points.columns import NOT_DATED, Points
from cloud.storage.sqlite_file import Step

_CHUNK = 50_000

_FIRST = """
CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    gateway TEXT NOT NULL,
    epoch TEXT NOT NULL,
    duplicates INTEGER NOT NULL DEFAULT 0,
    UNIQUE (gateway, epoch)
);
CREATE TABLE stored_range (
    epoch_id INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (epoch_id, first_seq)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    gateway TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    payload BLOB NOT NULL,
    content_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    UNIQUE (gateway, epoch, seq, digest)
);
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    device TEXT NOT NULL,
    clock_doubt TEXT NOT NULL,
    longest_strip_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (patient_id, kind, device, clock_doubt)
);
CREATE TABLE point (
    series_id INTEGER NOT NULL,
    t_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    quality REAL,
    PRIMARY KEY (series_id, t_ms)
) WITHOUT ROWID;
CREATE TABLE strip (
    id INTEGER PRIMARY KEY,
    series_id INTEGER NOT NULL,
    t0_ms INTEGER NOT NULL,
    lead TEXT NOT NULL,
    end_ms INTEGER NOT NULL,
    rate_hz REAL NOT NULL,
    scale REAL NOT NULL,
    zero REAL NOT NULL,
    samples BLOB NOT NULL,
    UNIQUE (series_id, t0_ms, lead)
);
CREATE TABLE event (
    patient_id TEXT NOT NULL,
    t_ms INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    event_id TEXT NOT NULL,
    phase TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (patient_id, t_ms, gateway, event_id, phase)
) WITHOUT ROWID;
CREATE TABLE gap (
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    device TEXT NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (patient_id, kind, from_ms, to_ms, device, reason)
) WITHOUT ROWID;
CREATE TABLE device_report (
    patient_id TEXT NOT NULL,
    device TEXT NOT NULL,
    t_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (patient_id, device, t_ms)
) WITHOUT ROWID;
CREATE TABLE gateway_report (
    gateway TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    t_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (gateway, received_ms, t_ms)
) WITHOUT ROWID;
CREATE TABLE heard_gateway (
    gateway TEXT PRIMARY KEY,
    received_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE heard_device (
    device TEXT NOT NULL,
    gateway TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (device, gateway)
) WITHOUT ROWID;
CREATE TABLE slice (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    patient_id TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    records BLOB NOT NULL
)
"""

_CLOCK_RUNS = """
CREATE TABLE clock_run (
    id INTEGER PRIMARY KEY,
    gateway TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    offset_ms INTEGER NOT NULL,
    shift_ms INTEGER,
    by_ntp INTEGER NOT NULL,
    UNIQUE (gateway, boot_id, offset_ms)
);
INSERT INTO clock_run VALUES (0, '', '', 0, 0, 1);
CREATE TABLE series_of_runs (
    id INTEGER PRIMARY KEY,
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    device TEXT NOT NULL,
    clock_doubt TEXT NOT NULL,
    clock_run INTEGER NOT NULL,
    longest_strip_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (patient_id, kind, device, clock_doubt, clock_run)
);
INSERT INTO series_of_runs
    SELECT id, patient_id, kind, device, clock_doubt, 0, longest_strip_ms FROM series;
DROP TABLE series;
ALTER TABLE series_of_runs RENAME TO series;
ALTER TABLE event ADD COLUMN clock_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN clock_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_report ADD COLUMN clock_run INTEGER NOT NULL DEFAULT 0
"""

_DEVICE_CLOCKS = """
ALTER TABLE point ADD COLUMN device_ms INTEGER
"""

_SET_ASIDE = """
ALTER TABLE quarantine ADD COLUMN header BLOB NOT NULL DEFAULT x'';
ALTER TABLE quarantine ADD COLUMN tried_ms INTEGER;
CREATE TABLE quarantine_share (
    gateway TEXT PRIMARY KEY,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO quarantine_share SELECT gateway, count(*), sum(length(payload)) FROM quarantine GROUP BY gateway;
CREATE TABLE discarded (
    id INTEGER PRIMARY KEY,
    gateway TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    reason TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    discarded_by TEXT NOT NULL,
    discarded_ms INTEGER NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX discarded_number ON discarded (gateway, epoch, seq);
CREATE TABLE declared (
    epoch_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    of_records INTEGER NOT NULL,
    gaps INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    uncounted INTEGER NOT NULL,
    PRIMARY KEY (epoch_id, reason, of_records)
) WITHOUT ROWID;
CREATE TABLE unbound (
    device TEXT NOT NULL,
    gateway TEXT NOT NULL,
    records INTEGER NOT NULL,
    first_received_ms INTEGER NOT NULL,
    last_received_ms INTEGER NOT NULL,
    PRIMARY KEY (device, gateway)
) WITHOUT ROWID
"""

_HOURS = """
CREATE TABLE hot_run (
    id INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL,
    form INTEGER NOT NULL,
    points BLOB NOT NULL
);
CREATE INDEX hot_run_of_slot ON hot_run (slot);
CREATE TABLE arrival (next INTEGER NOT NULL);
INSERT INTO arrival VALUES (1);
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL,
    count INTEGER NOT NULL,
    points BLOB NOT NULL
);
CREATE INDEX block_of_slot ON block (slot, count);
CREATE TABLE minute_sums (
    slot INTEGER PRIMARY KEY,
    sums BLOB NOT NULL
);
CREATE TABLE hour_sums (
    slot INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    mean REAL NOT NULL,
    squares REAL NOT NULL
);
CREATE TABLE latest (
    series_id INTEGER PRIMARY KEY,
    t_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    quality REAL
);
ALTER TABLE strip ADD COLUMN coding INTEGER NOT NULL DEFAULT 0
"""


def _points_to_runs(connection: Connection) -> None:
    """Move points kept one a row into runs; they are packed with what comes, hour by hour."""
    rows = connection.execute("SELECT series_id, t_ms, value, quality, device_ms FROM point")
    while chunk := rows.fetchmany(_CHUNK):
        series_id, t_ms, value, quality, device_ms = zip(*chunk, strict=True)
        points = Points(
            t_ms=np.array(t_ms, np.int64),
            value=np.array(value, np.float64),
            quality=np.array(quality, np.float64),
            device_ms=np.array([NOT_DATED if ms is None else ms for ms in device_ms], np.int64),
        )
        of_point = np.array(series_id, np.int64)
        hot_runs.append(connection, of_point, points)
        latest.note(connection, of_point, points)
    connection.execute("DROP TABLE point")


_URGENT_SLICES = """
ALTER TABLE slice ADD COLUMN is_urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX urgent_slice ON slice (position) WHERE is_urgent
"""

STEPS: Sequence[Step] = (
    _FIRST,
    _CLOCK_RUNS,
    _DEVICE_CLOCKS,
    outlying.STEP,
    _SET_ASIDE,
    _HOURS,
    _points_to_runs,
    _URGENT_SLICES,
    outlying.PLACE_STEP,
)
"""A file of version n has had the first n of them."""
