"""Points and strips of one patient, by series."""

from collections.abc import Sequence
from sqlite3 import Connection

import numpy as np

from cloud.ports import IdentifiedRecord, Point, RollupQuery, Rollups, Series, Strip
from cloud.storage.clock_runs import run_of
from cloud.storage.sums import Sums, is_judged
from vitals.records import ObservationRun, Waveform

_NOBODY = ""  # the patient of what a device measured while nobody was bound to it

_UPSERT_POINT = """
INSERT INTO point (series_id, t_ms, value, quality, device_ms) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value, quality = excluded.quality, device_ms = excluded.device_ms
"""
_UPSERT_STRIP = """
INSERT INTO strip (series_id, t0_ms, lead, end_ms, rate_hz, scale, zero, samples)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (series_id, t0_ms, lead) DO UPDATE SET end_ms = excluded.end_ms, rate_hz = excluded.rate_hz,
    scale = excluded.scale, zero = excluded.zero, samples = excluded.samples
"""
_SERIES = """
SELECT id FROM series
WHERE patient_id = ? AND kind = ? AND device = ? AND clock_doubt = ? AND clock_run = ?
"""
_NEW_SERIES = """
INSERT INTO series (patient_id, kind, device, clock_doubt, clock_run) VALUES (?, ?, ?, ?, ?) RETURNING id
"""
_IN_RANGE = """
FROM series JOIN clock_run ON clock_run.id = series.clock_run JOIN point ON point.series_id = series.id
    AND point.t_ms >= :from_ms - ifnull(clock_run.shift_ms, 0)
    AND point.t_ms < :to_ms - ifnull(clock_run.shift_ms, 0)
WHERE series.patient_id = :patient AND series.kind = :kind
"""
_LATEST = """
SELECT series.kind, point.t_ms + clock_run.shift_ms AS right_ms, point.value, point.quality, series.device
FROM series JOIN clock_run ON clock_run.id = series.clock_run AND clock_run.shift_ms IS NOT NULL
    JOIN point ON point.series_id = series.id
    AND point.t_ms = (SELECT max(t_ms) FROM point WHERE series_id = series.id)
WHERE series.patient_id = ? AND series.clock_doubt IN ('', 'unsynced') ORDER BY right_ms, series.device
"""
_JUDGED = f"""
SELECT point.t_ms + clock_run.shift_ms, point.value, point.quality
{_IN_RANGE} AND clock_run.shift_ms IS NOT NULL AND series.clock_doubt IN ('', 'unsynced')
"""
_STRIPS = """
SELECT series.device, series.kind,
    strip.t0_ms + ifnull(clock_run.shift_ms, 0) AS right_ms,
    strip.rate_hz, strip.samples, strip.scale, strip.zero, strip.lead
FROM series JOIN clock_run ON clock_run.id = series.clock_run JOIN strip ON strip.series_id = series.id
    AND strip.t0_ms > :from_ms - ifnull(clock_run.shift_ms, 0) - series.longest_strip_ms
    AND strip.t0_ms < :to_ms - ifnull(clock_run.shift_ms, 0)
WHERE series.patient_id = :patient AND series.kind = :kind
    AND strip.end_ms > :from_ms - ifnull(clock_run.shift_ms, 0)
ORDER BY right_ms, series.device, strip.lead
"""


def wearer(item: IdentifiedRecord) -> str:
    """Return the patient a record is kept under: the empty one if nobody wore the device."""
    return item.patient_id or _NOBODY


def write_run(connection: Connection, item: IdentifiedRecord, run: ObservationRun) -> None:
    """Write a run's points; a point that is there already takes the newer value."""
    series_id = _series_id(connection, item, run.device, run.kind)
    unknown = [None] * len(run.value)
    quality: Sequence[float | None] = run.quality or unknown
    device_ms: Sequence[int | None] = run.device_ms or unknown
    columns = zip(run.t_ms, run.value, quality, device_ms, strict=True)
    connection.executemany(_UPSERT_POINT, [(series_id, *point) for point in columns])


def write_strip(connection: Connection, item: IdentifiedRecord, strip: Waveform) -> None:
    """Write a strip; one of the same lead and start takes the newer samples."""
    series_id = _series_id(connection, item, strip.device, strip.kind)
    length_ms = int(len(strip.samples) // 2 * 1000 / strip.rate_hz) + 1
    connection.execute(
        _UPSERT_STRIP,
        (
            series_id,
            strip.t0_ms,
            strip.lead,
            strip.t0_ms + length_ms,
            strip.rate_hz,
            strip.scale,
            strip.offset,
            strip.samples,
        ),
    )
    connection.execute(
        "UPDATE series SET longest_strip_ms = ? WHERE id = ? AND longest_strip_ms < ?",
        (length_ms, series_id, length_ms),
    )


def read_series(
    connection: Connection, patient_id: str, kind: str, span: tuple[int, int], limit: int
) -> Series:
    """Read the newest `limit` points of a half-open span, oldest first, and how many more there are."""
    bounds = _bounds(patient_id, kind, span) | {"limit": max(limit, 0)}
    (total,) = connection.execute(f"SELECT count(*) {_IN_RANGE}", bounds).fetchone()
    newest = connection.execute(
        "SELECT point.t_ms + ifnull(clock_run.shift_ms, 0) AS right_ms, point.value, point.quality, "
        f"series.device {_IN_RANGE} ORDER BY right_ms DESC, series.device DESC LIMIT :limit",
        bounds,
    )
    points = [Point(t_ms=t, value=v, quality=q, device=d) for t, v, q, d in newest][::-1]
    return Series.of(kind, points, omitted=total - len(points))


def read_latest(connection: Connection, patient_id: str) -> dict[str, Point]:
    """Read the newest point of each kind, leaving out those whose time is not believed."""
    return {
        kind: Point(t_ms=t, value=v, quality=q, device=d)
        for kind, t, v, q, d in connection.execute(_LATEST, (patient_id,))
    }


def read_rollups(connection: Connection, patient_id: str, query: RollupQuery) -> Rollups:
    """Sum up the values of a span that can be judged."""
    bounds = _bounds(patient_id, query.kind, (query.from_ms, query.to_ms))
    rows = np.array(connection.execute(_JUDGED, bounds).fetchall(), np.float64).reshape(-1, 3)
    kept = rows[is_judged(query.kind, rows[:, 1], rows[:, 2])]
    return Sums.of_values(kept[:, 0].astype(np.int64), kept[:, 1]).answer(query)


def read_strips(connection: Connection, patient_id: str, kind: str, span: tuple[int, int]) -> Sequence[Strip]:
    """Read the strips that overlap a half-open span, oldest first."""
    rows = connection.execute(_STRIPS, _bounds(patient_id, kind, span))
    return tuple(
        Strip(
            device=device,
            kind=kind,
            t0_ms=t0_ms,
            rate_hz=rate_hz,
            samples=samples,
            scale=scale,
            offset=zero,
            lead=lead,
        )
        for device, kind, t0_ms, rate_hz, samples, scale, zero, lead in rows
    )


def _bounds(patient_id: str, kind: str, span: tuple[int, int]) -> dict[str, str | int | float]:
    return {"patient": patient_id, "kind": kind, "from_ms": span[0], "to_ms": span[1]}


def _series_id(connection: Connection, item: IdentifiedRecord, device: str, kind: str) -> int:
    key = (wearer(item), kind, device, item.clock_doubt or "", run_of(connection, item))
    row = connection.execute(_SERIES, key).fetchone()
    if row is None:
        row = connection.execute(_NEW_SERIES, key).fetchone()
    return int(row[0])
