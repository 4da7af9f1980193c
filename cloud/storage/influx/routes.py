"""The two ways of writing lines: `/write` of InfluxDB 1.x, `/api/v2/write` of 2.x and 3."""

from typing import Protocol

from cloud.storage.influx.answers import check_written
from cloud.storage.influx.server import InfluxServer


class WriteRoute(Protocol):
    """Makes lines durable, all at once."""

    def write(self, body: bytes) -> None:
        """Return once every line is stored.

        Raises
        ------
        LinesRefusedError
            If the server cannot take some of the lines.
        StorageError
            If it cannot take any now.
        """
        ...

    def close(self) -> None:
        """Give back what only this route holds."""
        ...


def choose_route(server: InfluxServer, database: str) -> WriteRoute:
    """Ask the server for its version and return the way to write to one of its databases."""
    if server.major_version() == 1:
        return WriteV1(server, database)
    from cloud.storage.influx.client_route import WriteV2  # noqa: PLC0415 - half a second, for them alone

    return WriteV2(server, database)


class WriteV1:
    """`POST /write`, as InfluxDB 1.x takes it."""

    def __init__(self, server: InfluxServer, database: str) -> None:
        self._server = server
        self._database = database

    def write(self, body: bytes) -> None:
        """Return once every line is stored."""
        where = {"db": self._database, "precision": "ms"}
        answer = self._server.send("POST", "/write", params=where, content=body)
        check_written(str(self._server), answer.status_code, answer.text, answer.headers)

    def close(self) -> None:
        """Do nothing: the server's connections are its own."""
