"""Stretches of time summed up by InfluxDB itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cloud.ports import LEAST_QUALITY, RollupQuery, Rollups
from cloud.storage.influx.line_protocol import BELIEVED
from cloud.storage.influx.reader import Shifts
from cloud.storage.influx.server import InfluxServer
from cloud.storage.sums import Sums
from vitals.kinds import OBSERVATION_KINDS

_NS_A_MS = 1_000_000
_SUMMED = """
SELECT count("value") AS "count", min("value") AS "minimum", max("value") AS "maximum",
    mean("value") AS "mean", stddev("value") AS "stddev" FROM "observation"
WHERE "patient" = $patient AND "kind" = $kind AND "clock" = $clock AND time >= $from_ns AND time < $to_ns
    AND "value" >= {low} AND "value" <= {high} AND ("quality" >= {least_quality} OR "quality" < 0)
GROUP BY time({every_ms}ms, {offset_ms}ms) fill(none)
"""


def read_rollups(server: InfluxServer, patient_id: str, query: RollupQuery, shifts: Shifts) -> Rollups:
    """Sum up believed points and those of clocks since put right.

    Raises
    ------
    StorageError
        If the server cannot answer.
    """
    clocks = {BELIEVED: 0} | {clock: ms for clock, ms in shifts.items() if ms is not None}
    parts = (_of_one_clock(server, patient_id, query, *clock) for clock in clocks.items())
    return Sums.joined(parts).answer(query)


def _of_one_clock(
    server: InfluxServer, patient_id: str, query: RollupQuery, clock: str, shift_ms: int
) -> Sums:
    low, high = OBSERVATION_KINDS[query.kind].plausible
    from_ms = query.from_ms - shift_ms
    text = _SUMMED.format(
        low=float(low),
        high=float(high),
        least_quality=float(LEAST_QUALITY),
        every_ms=int(query.every_ms),
        offset_ms=from_ms % query.every_ms,
    )
    bounds: dict[str, str | int] = {
        "patient": patient_id,
        "kind": query.kind,
        "clock": clock,
        "from_ns": from_ms * _NS_A_MS,
        "to_ns": (query.to_ms - shift_ms) * _NS_A_MS,
    }
    return _sums([row for _, row in server.rows(text, bounds)], shift_ms)


def _sums(rows: Sequence[Mapping[str, Any]], shift_ms: int) -> Sums:
    count = np.array([row["count"] for row in rows], np.int64)
    sample_deviation = np.array([row["stddev"] or 0.0 for row in rows], np.float64)  # null of a single value
    return Sums(
        from_ms=np.array([row["time"] for row in rows], np.int64) + shift_ms,
        count=count,
        minimum=np.array([row["minimum"] for row in rows], np.float64),
        maximum=np.array([row["maximum"] for row in rows], np.float64),
        mean=np.array([row["mean"] for row in rows], np.float64),
        squares=sample_deviation**2 * (count - 1),
    )
