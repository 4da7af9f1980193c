"""A move as the settings describe it: both sides opened, the points moved, their place written down."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cloud.config import CloudSettings
from cloud.storage.influx.answers import DatabaseMissingError
from cloud.storage.influx.database import Database
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.writer import LineWriter
from cloud.storage.moving.book import BOOK_NAME, MoveBook
from cloud.storage.moving.embedded_side import EmbeddedSide
from cloud.storage.moving.influx_side import InfluxSide
from cloud.storage.moving.move import Moved, move
from cloud.storage.moving.place import Place, begin_move, end_move
from cloud.storage.series import JOURNAL_NAME, keeps_points, series_file
from cloud.storage.sqlite_series import SqliteSeries
from vitals.errors import ConfigurationError

if TYPE_CHECKING:
    from cloud.storage.moving.sides import PointSide

__all__ = ["abandon", "move_points"]

_INFLUX = "influx+"
_TIMEOUT_S = 60.0
_A_SECOND_MS = 1_000


def move_points(
    settings: CloudSettings,
    influx_url: str | None,
    source: Place,
    destination: Place,
    told: Callable[[str, float], None],
) -> Moved:
    """Move all points from one place to the other; the source keeps what it has.

    Raises
    ------
    ConfigurationError
        If the settings do not name both sides, or the points are elsewhere.
    StorageError
        If a side cannot be read or written, or the service is running; done again, it goes on where it was.
    """
    path = _series_file(settings)
    server_url = _influx_url(settings, influx_url)
    with ExitStack() as stack:
        patient = settings.influx.model_copy(update={"timeout_s": max(settings.influx.timeout_s, _TIMEOUT_S)})
        server = InfluxServer(server_url, patient)
        stack.callback(server.close)
        if server.dialect.longest_ms(_A_SECOND_MS) is not None and source is Place.INFLUX:
            raise ConfigurationError(
                f"{server} is too new: it does not list all it holds, so nothing moves from it"
            )
        SqliteSeries(path).close()  # brings it up to date
        begin_move(path, source, destination)
        journal = SqliteSeries(path, keeps_points=False)
        stack.callback(journal.close)
        points = Database(server, server.bucket, when_missing=_made_if_destination(destination))
        writer = LineWriter(points)
        stack.callback(writer.close)
        sides: dict[Place, PointSide] = {
            Place.SQLITE: EmbeddedSide(journal.file),
            Place.INFLUX: InfluxSide(points, writer, journal.outlying),
        }
        book = MoveBook(settings.data_dir / BOOK_NAME, f"{source} to {destination}, {server_url}")
        stack.callback(book.close)
        moved = move(sides[source], sides[destination], book, told)
        if not moved.differences:
            sides[destination].finish()
            end_move(journal.file, destination)
            book.remove()
        return moved


def abandon(settings: CloudSettings, source: Place, destination: Place) -> None:
    """Give up a move that was begun: the points are where they were.

    Raises
    ------
    ConfigurationError
        If no such move was begun.
    StorageError
        If the service, or a move, is running.
    """
    path = _series_file(settings)
    begin_move(path, source, destination)
    journal = SqliteSeries(path)
    try:
        end_move(journal.file, source)
    finally:
        journal.close()


def _series_file(settings: CloudSettings) -> Path:
    path = settings.data_dir / JOURNAL_NAME
    named = series_file(settings)
    if keeps_points(settings) and named.resolve() != path.resolve():
        raise ConfigurationError(
            f"series_url: beside InfluxDB the series file is {path}; stop the service and move {named} there"
        )
    if not path.exists():
        raise ConfigurationError(f"{path} is not there: check data_dir")
    return path


def _influx_url(settings: CloudSettings, given: str | None) -> str:
    url = given or settings.series_url
    if not url.startswith(_INFLUX):
        raise ConfigurationError("say which InfluxDB: --influx influx+http://HOST:8086, or series_url")
    return url


def _made_if_destination(destination: Place) -> Callable[[DatabaseMissingError], None]:
    def when_missing(error: DatabaseMissingError) -> None:
        if destination is not Place.INFLUX:
            raise error

    return when_missing
