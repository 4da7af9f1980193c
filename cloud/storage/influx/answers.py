"""What an answer of InfluxDB means: done, or an error that says what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec

from vitals.errors import StorageError

_LONGEST_QUOTE = 300
_NO_ROOM = "no space left on device"
_REFUSING_LINES = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_SHORTEST_WAIT_S = 1.0
_LONGEST_WAIT_S = 300.0

_UNAUTHORISED = "set influx.token (2.x and 3), or influx.username and influx.password (1.x)"
_UNKNOWN = (
    "create the bucket (on 1.x: the database) that influx.bucket names, or correct its name and influx.org"
)
_ADVICE: Mapping[int, str] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: _UNAUTHORISED,
        HTTPStatus.FORBIDDEN: "give this token or user the right to read and write influx.bucket",
        HTTPStatus.NOT_FOUND: _UNKNOWN,
    }
)
_WHY_REFUSED = (
    ("type conflict", "this kind has values of another type there"),
    ("retention", "it is older than that database keeps"),
    ("max-series", "that database has no room for another series"),
    ("max-values-per-tag", "that database has no room for another series"),
    ("outside range", "its time is outside what the server takes"),
    ("too large", "it is too large for the server"),
    ("unable to parse", "the server cannot read it"),
    ("invalid", "the server cannot read it"),
)
"""By what stands in the server's answer, the first that fits. The answer may quote what was measured."""


class LinesRefusedError(StorageError):
    """The server cannot take some of the lines sent; others may be stored already."""


class DatabaseMissingError(StorageError):
    """The server knows no database of this name."""


class ServerBusyError(StorageError):
    """The server asks to be left alone for `wait_s` seconds."""

    def __init__(self, message: str, *, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def check_written(server: str, status: int, text: str, headers: Mapping[str, str]) -> None:
    """Return if `status` says that every line is stored.

    Raises
    ------
    LinesRefusedError
        If it is the lines the server minds; why is said in words of ours, for it may quote what was measured.
    StorageError
        If it is anything else: `ServerBusyError` if the server says when to come back,
        `DatabaseMissingError` if it has nowhere to put them.
    """
    if status == HTTPStatus.NO_CONTENT:
        return
    if status in _REFUSING_LINES:
        raise LinesRefusedError(f"{server} answered {status}: {_why_refused(text)}")
    raise _failure(server, status, text, headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one InfluxQL statement that are grouped by the same tags."""

    tags: dict[str, str]
    columns: Sequence[str]
    values: Sequence[Sequence[Any]]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row by its columns."""
        return (dict(zip(self.columns, values, strict=True)) for values in self.values)


def tables_read(server: str, status: int, text: str, headers: Mapping[str, str]) -> list[Table]:
    """Return the rows of one InfluxQL statement, by the tags they are grouped by, a group maybe in parts.

    The answer comes in chunks, a line each: in one piece 1.x marks whole answers of many rows as partial.

    Raises
    ------
    StorageError
        If the query failed, which the server may well say in an answer of status 200;
        `DatabaseMissingError` if there is no such database.
    """
    if status != HTTPStatus.OK:
        raise _failure(server, status, text, headers)
    tables: list[Table] = []
    is_whole = False
    for part in text.splitlines() or ("",):
        result = _decoded(server, part)
        if result.error is not None:
            raise _query_failure(server, result.error)
        is_whole = not (result.partial or any(series.partial for series in result.series))
        tables += [Table(tags=each.tags, columns=each.columns, values=each.values) for each in result.series]
    if not is_whole:
        raise StorageError(f"{server} left rows out of its answer: see its log; set its max-row-limit to 0")
    return tables


def _decoded(server: str, part: str) -> "_Result":
    try:
        (result,) = msgspec.json.decode(part, type=_Answer).results
    except (msgspec.MsgspecError, ValueError) as error:
        raise StorageError(f"{server} answered no InfluxQL result: check series_url") from error
    return result


class _Series(msgspec.Struct):
    columns: list[str]
    values: list[list[Any]]
    tags: dict[str, str] = {}
    partial: bool = False


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str | None = None
    partial: bool = False


class _Answer(msgspec.Struct):
    results: list[_Result]


def _failure(server: str, status: int, text: str, headers: Mapping[str, str]) -> StorageError:
    if status in _BUSY:
        wait_s = _wait_s(headers)
        return ServerBusyError(
            f"{server} is busy ({status}): gateways keep their records and send again, "
            f"not before {wait_s:g} s from now",
            wait_s=wait_s,
        )
    advice = _ADVICE.get(status, "see the log of InfluxDB, and check that series_url names it")
    if _NO_ROOM in text:
        advice = "its disk is full: free some space and start InfluxDB again"  # 1.x goes on by no other means
    kind = DatabaseMissingError if status == HTTPStatus.NOT_FOUND else StorageError
    return kind(f"{server} answered {status} ({_quoted(text)}): {advice}")


def _query_failure(server: str, said: str) -> StorageError:
    if "not found" in said:
        return DatabaseMissingError(f"{server} cannot answer a query ({_quoted(said)}): {_UNKNOWN}")
    advice = "check that influx.bucket is this service's own"
    return StorageError(f"{server} cannot answer a query ({_quoted(said)}): {advice}")


def _why_refused(text: str) -> str:
    said = text.casefold()
    return next((why for sign, why in _WHY_REFUSED if sign in said), "it does not take it, see its log")


def _wait_s(headers: Mapping[str, str]) -> float:
    """Read Retry-After. A date is as good as nothing here: the two clocks may differ."""
    said = headers.get("Retry-After", "")
    asked_s = float(said) if said.isdecimal() else _SHORTEST_WAIT_S
    return min(max(asked_s, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)


def _quoted(text: str) -> str:
    said = " ".join(text.split())[:_LONGEST_QUOTE]
    return said or "without a word"
