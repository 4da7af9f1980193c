"""Points of observation in InfluxDB: written until every line is stored or refused, and read back."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cloud.ports import IdentifiedRecord, Point, Series
from cloud.storage.influx.answers import LinesRefusedError, ServerBusyError
from cloud.storage.influx.line_protocol import BELIEVED, Line, lines_of
from cloud.storage.influx.routes import WriteRoute, choose_route
from cloud.storage.influx.server import InfluxServer
from vitals.errors import StorageError

LINES_A_REQUEST = 5_000  # under 1 MB; the servers' own limits are 10 MB and more

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line the server takes neither in company nor alone, and its reason."""

    line: Line
    reason: str


class PointWriter:
    """Writes points, and leaves a server alone for as long as it asked."""

    def __init__(
        self,
        server: InfluxServer,
        *,
        choose: Callable[[InfluxServer], WriteRoute] = choose_route,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._choose = choose
        self._monotonic_s = monotonic_s
        self._route: WriteRoute | None = None
        self._busy_until_s = float("-inf")

    def write(self, records: Iterable[IdentifiedRecord]) -> Sequence[RefusedLine]:
        """Store every point of `records`; return the lines that were refused, all others are stored.

        Raises
        ------
        StorageError
            If the server cannot store them now; writing them again is harmless.
        """
        lines = lines_of(records)
        if not lines:
            return ()
        self._respect_wait()
        try:
            self._route = self._route or self._choose(self._server)
            return tuple(_write_all(self._route, lines))
        except StorageError as error:
            if isinstance(error, ServerBusyError):
                self._busy_until_s = self._monotonic_s() + error.wait_s
            self.close()
            raise

    def close(self) -> None:
        """Forget the route; the next write asks again which server this is."""
        route, self._route = self._route, None
        if route is not None:
            route.close()

    def _respect_wait(self) -> None:
        left_s = self._busy_until_s - self._monotonic_s()
        if left_s > 0:
            raise StorageError(f"{self._server} asked to be left alone for another {left_s:.0f} s: wait")


def _write_all(route: WriteRoute, lines: Sequence[Line]) -> Iterator[RefusedLine]:
    for start in range(0, len(lines), LINES_A_REQUEST):
        yield from _write_or_halve(route, lines[start : start + LINES_A_REQUEST])


def _write_or_halve(route: WriteRoute, lines: Sequence[Line]) -> Iterator[RefusedLine]:
    """Find the lines that are refused by halving: servers differ in what they store beside a bad line."""
    try:
        route.write("\n".join(line.text for line in lines).encode())
    except LinesRefusedError as refusal:
        if len(lines) == 1:
            yield RefusedLine(line=lines[0], reason=str(refusal))
            return
        middle = len(lines) // 2
        yield from _write_or_halve(route, lines[:middle])
        yield from _write_or_halve(route, lines[middle:])


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
