"""Writes points until every line is stored or refused."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cloud.ports import IdentifiedRecord
from cloud.storage.influx.answers import LinesRefusedError, ServerBusyError
from cloud.storage.influx.line_protocol import Line, lines_of
from cloud.storage.influx.routes import WriteRoute, choose_route
from cloud.storage.influx.server import InfluxServer
from vitals.errors import StorageError

LINES_A_REQUEST = 5_000  # under 1 MB; the servers' own limits are 10 MB and more


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
