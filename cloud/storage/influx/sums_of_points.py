"""Points of one clock summed up by InfluxDB itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cloud.ports import LEAST_QUALITY
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import BELIEVED
from cloud.storage.influx.questions import any_of, ns, windows
from cloud.storage.points.sums import Sums
from vitals.kinds import OBSERVATION_KINDS

_SUMMED = """
SELECT count("value") AS "count", min("value") AS "minimum", max("value") AS "maximum",
    mean("value") AS "mean", stddev("value") AS "stddev" FROM "observation"
WHERE {patients} AND "kind" = $kind AND "clock" = $clock AND time >= $from_ns AND time < $to_ns
    AND "value" >= {low} AND "value" <= {high} AND ("quality" >= {least_quality} OR "quality" < 0)
GROUP BY "patient", time({every_ms}ms, {offset_ms}ms) fill(none)
"""


def sum_points(  # noqa: PLR0913 - what is summed up, of which clock, how finely
    points: Database,
    patient_ids: Sequence[str],
    kind: str,
    span: tuple[int, int],
    every_ms: int,
    *,
    clock: str = BELIEVED,
    shift_ms: int = 0,
    begun_ms: int = 0,
) -> dict[str, Sums]:
    """Sum up what can be judged, by patient; stretches are counted from `begun_ms` on, times put right.

    Raises
    ------
    StorageError
        If the server cannot answer.
    """
    low, high = OBSERVATION_KINDS[kind].plausible
    patients, bound = any_of("patient", patient_ids)
    text = _SUMMED.format(
        patients=patients,
        low=float(low),
        high=float(high),
        least_quality=float(LEAST_QUALITY),
        every_ms=int(every_ms),
        offset_ms=(begun_ms - shift_ms) % every_ms,
    )
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for from_ms, to_ms in windows(*span, points.server.dialect.longest_ms(1_000)):
        bounds: dict[str, str | int] = {
            "kind": kind,
            "clock": clock,
            "from_ns": ns(from_ms - shift_ms),
            "to_ns": ns(to_ms - shift_ms),
        }
        for tags, row in points.rows(text, bound | bounds):
            found[tags["patient"]].append(row)
    return {patient_id: _sums(rows, shift_ms) for patient_id, rows in found.items()}


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
