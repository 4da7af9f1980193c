"""Means over stretches of time, reckoned by InfluxDB itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cloud.ports import Mean, MeansQuery
from cloud.storage.influx.line_protocol import BELIEVED
from cloud.storage.influx.reader import Shifts
from cloud.storage.influx.server import InfluxServer

_NS_A_MS = 1_000_000
_MEANS = """
SELECT mean("value") AS "value", count("value") AS "count" FROM "observation"
WHERE "patient" = $patient AND "kind" = $kind AND "clock" = $clock AND time >= $from_ns AND time < $to_ns
    AND "value" >= {low} AND "value" <= {high} AND ("quality" >= {least_quality} OR "quality" < 0)
GROUP BY time({every_ms}ms, {offset_ms}ms) fill(none)
"""


def read_means(server: InfluxServer, patient_id: str, asked: MeansQuery, shifts: Shifts) -> Sequence[Mean]:
    """Return the means of believed points and of those of clocks since put right, oldest first.

    Raises
    ------
    StorageError
        If the server cannot answer.
    """
    sums: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for clock, shift_ms in ((BELIEVED, 0), *shifts.items()):
        if shift_ms is not None:
            for from_ms, value, count in _of_one_clock(server, patient_id, asked, clock, shift_ms):
                sums[from_ms].append((value, count))
    return tuple(_joined(from_ms, parts) for from_ms, parts in sorted(sums.items()))


def _of_one_clock(
    server: InfluxServer, patient_id: str, asked: MeansQuery, clock: str, shift_ms: int
) -> Iterator[tuple[int, float, int]]:
    low, high = asked.within
    from_ms = asked.from_ms - shift_ms
    text = _MEANS.format(
        low=float(low),
        high=float(high),
        least_quality=float(asked.least_quality),
        every_ms=int(asked.every_ms),
        offset_ms=from_ms % asked.every_ms,
    )
    bounds: dict[str, str | int] = {
        "patient": patient_id,
        "kind": asked.kind,
        "clock": clock,
        "from_ns": from_ms * _NS_A_MS,
        "to_ns": (asked.to_ms - shift_ms) * _NS_A_MS,
    }
    for _, row in server.rows(text, bounds):
        yield row["time"] + shift_ms, float(row["value"]), int(row["count"])


def _joined(from_ms: int, parts: Sequence[tuple[float, int]]) -> Mean:
    count = sum(part for _, part in parts)
    return Mean(from_ms=from_ms, value=sum(value * part for value, part in parts) / count, count=count)
