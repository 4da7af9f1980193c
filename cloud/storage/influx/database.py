"""One database of the server, a bucket from 2.x on: asked, written to, and made anew where it may be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import structlog

from cloud.storage.influx.answers import DatabaseMissingError, Table
from cloud.storage.influx.routes import WriteRoute, choose_route
from cloud.storage.influx.server import InfluxServer
from vitals.errors import StorageError

_log = structlog.get_logger(__name__)


class Database:
    """A database by its name. A missing one is empty, and made by writing, unless `when_missing` raises."""

    def __init__(
        self,
        server: InfluxServer,
        name: str,
        *,
        when_missing: Callable[[DatabaseMissingError], None],
        choose: Callable[[InfluxServer, str], WriteRoute] = choose_route,
    ) -> None:
        self.server = server
        self.name = name
        self._when_missing = when_missing
        self._choose = choose
        self._route: WriteRoute | None = None

    def rows(
        self, text: str, params: Mapping[str, str | int]
    ) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
        """Run one InfluxQL statement as `tables` does; yield each row with the tags it is grouped by."""
        return ((table.tags, row) for table in self.tables(text, params) for row in table.rows())

    def tables(self, text: str, params: Mapping[str, str | int]) -> Sequence[Table]:
        """Run one InfluxQL statement; times are in ms. Return its rows by the tags they are grouped by.

        Raises
        ------
        StorageError
            If it cannot be answered.
        """
        try:
            return self.server.tables(text, params, self.name)
        except DatabaseMissingError as error:
            self._when_missing(error)
            return ()

    def write(self, body: bytes) -> None:
        """Return once every line of `body` is stored.

        Raises
        ------
        LinesRefusedError
            If the server cannot take some of the lines.
        StorageError
            If it cannot take any now.
        """
        try:
            self._write(body)
        except DatabaseMissingError as error:
            self._make(error)
            self._write(body)

    def erase(self, measurement: str, tags: Mapping[str, str], before_ms: int | None = None) -> None:
        """Erase the points of all these tags, up to a time if one is given; of no database there is nothing.

        Raises
        ------
        StorageError
            If it is not done, as InfluxDB 3 never does it.
        """
        erase = self.server.dialect.erase
        if erase is None:
            raise StorageError(f"{self.server} erases nothing smaller than a table: drop {self.name}")
        try:
            erase(self.server, self.name, measurement, tags, before_ms)
        except DatabaseMissingError:
            _log.warning("influx.nothing_to_erase", database=self.name)

    def close(self) -> None:
        """Forget the route; the next write asks again which server this is."""
        route, self._route = self._route, None
        self.server.forget_version()
        if route is not None:
            route.close()

    def _write(self, body: bytes) -> None:
        self._route = self._route or self._choose(self.server, self.name)
        self._route.write(body)

    def _make(self, error: DatabaseMissingError) -> None:
        self._when_missing(error)
        create = self.server.dialect.create
        if create is None:
            return
        try:
            create(self.server, self.name)
        except StorageError as failure:
            raise StorageError(f"{error}; making it failed: {failure}") from failure
        _log.warning("influx.database_made", database=self.name)
