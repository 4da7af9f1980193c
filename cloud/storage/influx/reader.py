"""Reads points back by InfluxQL.

Points of a wrong clock carry that clock's name: each such run is read with the range moved back by its
shift, and its points are moved forth.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cloud.ports import Point, Series
from cloud.storage.influx.line_protocol import BELIEVED, RUN
from cloud.storage.influx.server import InfluxServer

Shifts = Mapping[str, int | None]
"""How far the points of each wrong clock are off, by its tag; `None`: not known."""

_NS_A_MS = 1_000_000
_LAST_NS = 9_223_372_036_854_775_806  # in 2262; InfluxDB counts nanoseconds in 64 bits

_IN_RANGE = """
FROM "observation"
WHERE "patient" = $patient AND "kind" = $kind AND time >= $from_ns AND time < $to_ns AND
"""
_STAMPED = {True: '"clock" = $clock', False: f'"clock" !~ /^{RUN}/'}
"""By whether one run is asked for, or everything no run knows of."""
_LATEST = """
SELECT last("value") AS "value", "quality" FROM "observation"
WHERE "patient" = $patient AND "clock" = $clock GROUP BY "kind", "device"
"""


class PointReader:
    """Reads points by InfluxQL."""

    def __init__(self, server: InfluxServer) -> None:
        self._server = server

    def observations(  # noqa: PLR0913, PLR0917 - the port's range, and the runs beside it
        self,
        patient_id: str,
        kind: str,
        from_ms: int,
        to_ms: int,
        limit: int,
        shifts: Shifts = MappingProxyType({}),
    ) -> Series:
        """Return the newest `limit` points of the range.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        found: list[Point] = []
        omitted = 0
        for clock, known_ms in ((None, 0), *shifts.items()):
            shift_ms = known_ms or 0
            span = (from_ms - shift_ms, to_ms - shift_ms)
            points, more = self._of_one_clock(_bounds(patient_id, kind, span, clock), limit)
            found += [replace(point, t_ms=point.t_ms + shift_ms) for point in points]
            omitted += more
        found.sort(key=_by_time)
        newest = found[max(0, len(found) - limit) :]
        return Series.of(kind, newest, omitted=omitted + len(found) - len(newest))

    def _of_one_clock(self, bounds: dict[str, str | int], limit: int) -> tuple[list[Point], int]:
        """Return the newest `limit` points, in no order, and how many more there are."""
        where = f"{_IN_RANGE} {_STAMPED['clock' in bounds]}"
        newest = f'SELECT "value", "quality", "device" {where} ORDER BY time DESC LIMIT {limit}'
        rows = self._server.rows(newest, bounds) if limit > 0 else []
        points = [_point(row["device"], row) for _, row in rows]
        if len(points) < limit:
            return points, 0
        counted = self._server.rows(f'SELECT count("value") AS "total" {where}', bounds)
        return points, max(0, sum(row["total"] for _, row in counted) - len(points))

    def latest(self, patient_id: str, shifts: Shifts = MappingProxyType({})) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed, or put right.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        found: list[tuple[str, Point]] = []
        for clock, shift_ms in ((BELIEVED, 0), *shifts.items()):
            if shift_ms is None:
                continue
            for tags, row in self._server.rows(_LATEST, {"patient": patient_id, "clock": clock}):
                point = _point(tags["device"], row)
                found.append((tags["kind"], replace(point, t_ms=point.t_ms + shift_ms)))
        return dict(sorted(found, key=lambda each: _by_time(each[1])))


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


def _bounds(patient_id: str, kind: str, span: tuple[int, int], clock: str | None) -> dict[str, str | int]:
    bounds: dict[str, str | int] = {
        "patient": patient_id,
        "kind": kind,
        "from_ns": _ns(span[0]),
        "to_ns": _ns(span[1]),
    }
    return bounds if clock is None else bounds | {"clock": clock}


def _ns(t_ms: int) -> int:
    return max(-_LAST_NS, min(t_ms * _NS_A_MS, _LAST_NS))
