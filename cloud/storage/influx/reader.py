"""Reads points back by InfluxQL."""

from typing import Any

from cloud.ports import Point, Series
from cloud.storage.influx.line_protocol import BELIEVED
from cloud.storage.influx.server import InfluxServer

_NS_A_MS = 1_000_000
_LAST_NS = 9_223_372_036_854_775_806  # in 2262; InfluxDB counts nanoseconds in 64 bits

_IN_RANGE = """
FROM "observation"
WHERE "patient" = $patient AND "kind" = $kind AND time >= $from_ns AND time < $to_ns
"""
_COUNT = f'SELECT count("value") AS "total" {_IN_RANGE}'
_NEWEST = f'SELECT "value", "quality", "device" {_IN_RANGE} ORDER BY time DESC LIMIT '
_LATEST = """
SELECT last("value") AS "value", "quality" FROM "observation"
WHERE "patient" = $patient AND "clock" = $clock GROUP BY "kind", "device"
"""


class PointReader:
    """Reads points by InfluxQL."""

    def __init__(self, server: InfluxServer) -> None:
        self._server = server

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        bounds: dict[str, str | int] = {
            "patient": patient_id,
            "kind": kind,
            "from_ns": _ns(from_ms),
            "to_ns": _ns(to_ms),
        }
        newest = self._server.rows(f"{_NEWEST}{limit}", bounds) if limit > 0 else []
        points = [_point(row["device"], row) for _, row in newest]
        omitted = self._count(bounds) - len(points) if len(points) >= limit else 0
        points.sort(key=_by_time)
        return Series(kind=kind, points=tuple(points), omitted=max(omitted, 0))

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        rows = self._server.rows(_LATEST, {"patient": patient_id, "clock": BELIEVED})
        found = [(tags["kind"], _point(tags["device"], row)) for tags, row in rows]
        return dict(sorted(found, key=lambda each: _by_time(each[1])))

    def _count(self, bounds: dict[str, str | int]) -> int:
        return sum(row["total"] for _, row in self._server.rows(_COUNT, bounds))


def _point(device: str, row: dict[str, Any]) -> Point:
    quality = row["quality"]  # null while a reader is faster than the writer
    return Point(
        t_ms=row["time"],
        value=float(row["value"]),
        quality=None if quality is None or quality < 0 else float(quality),
        device=device,
    )


def _by_time(point: Point) -> tuple[int, str]:
    return point.t_ms, point.device


def _bounds(patient_id: str, kind: str, from_ms: int, to_ms: int) -> dict[str, str | int]:
    return {"patient": patient_id, "kind": kind, "from_ns": _ns(from_ms), "to_ns": _ns(to_ms)}


def _ns(t_ms: int) -> int:
    return max(-_LAST_NS, min(t_ms * _NS_A_MS, _LAST_NS))
