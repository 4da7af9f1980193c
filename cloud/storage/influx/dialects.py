"""What differs between InfluxDB 1.x, 2.x and 3 beside the way of writing: a row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from vitals.errors import StorageError

if TYPE_CHECKING:
    from cloud.storage.influx.server import InfluxServer

_HOUR_MS: Final = 3_600_000
_FIRST_TIME: Final = "1677-09-21T00:12:44Z"
_LAST_TIME: Final = "2262-04-11T23:47:16Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a server is told to make a database and to erase; how long a range it answers for at once.

    `erase(server, database, measurement, tags, before_ms)` erases the points of all these tags, up to a time
    if one is given; `None` where a server cannot. `longest_ms` goes by the distance between the points.
    """

    create: "Callable[[InfluxServer, str], None] | None"
    erase: "Callable[[InfluxServer, str, str, Mapping[str, str], int | None], None] | None"
    longest_ms: Callable[[int], int | None] = lambda _step_ms: None


def _create_1(server: "InfluxServer", database: str) -> None:
    server.order(f'CREATE DATABASE "{_name(database)}"')


def _create_2(server: "InfluxServer", database: str) -> None:
    found = server.send("GET", "/api/v2/orgs", params={"org": server.org})
    try:
        (org,) = msgspec.json.decode(found.content, type=_Orgs).orgs
    except (msgspec.MsgspecError, ValueError) as error:
        raise StorageError(
            f"{server} knows no organisation {server.org!r} ({found.status_code}): correct influx.org, "
            f"or create the bucket {database} there"
        ) from error
    asked = {"orgID": org.id, "name": database, "retentionRules": []}
    made = server.send("POST", "/api/v2/buckets", json=asked)
    if made.status_code != HTTPStatus.CREATED:
        raise StorageError(
            f"{server} does not let this token create the bucket {database} ({made.status_code}): "
            "create it, and give the token the right to read and write it"
        )


def _erase_1(
    server: "InfluxServer", database: str, measurement: str, tags: Mapping[str, str], before_ms: int | None
) -> None:
    terms = [f'"{key}" = ${key}' for key in tags]
    bounds: dict[str, str | int] = dict(tags)
    if before_ms is not None:
        terms.append("time < $before_ns")
        bounds["before_ns"] = before_ms * 1_000_000
    act = "DROP SERIES" if before_ms is None else "DELETE"  # the first takes the names out of the index too
    server.order(f'{act} FROM "{measurement}" WHERE {" AND ".join(terms)}', bounds, database)


def _erase_2(
    server: "InfluxServer", database: str, measurement: str, tags: Mapping[str, str], before_ms: int | None
) -> None:
    quoted = [f"{key}={_quoted(value)}" for key, value in {"_measurement": measurement, **tags}.items()]
    end = _LAST_TIME if before_ms is None else _rfc3339(before_ms - 1)
    asked = {"start": _FIRST_TIME, "stop": end, "predicate": " AND ".join(quoted)}
    answer = server.send("POST", "/api/v2/delete", params={"org": server.org, "bucket": database}, json=asked)
    if answer.status_code != HTTPStatus.NO_CONTENT:
        raise StorageError(
            f"{server} did not erase ({answer.status_code}): give the token the right to write {database}, "
            "and see the log of InfluxDB"
        )


DIALECTS: Mapping[int, Dialect] = MappingProxyType(
    {
        1: Dialect(create=_create_1, erase=_erase_1),
        2: Dialect(create=_create_2, erase=_erase_2),
        # Core keeps ten minutes a file and refuses to open more than 432 of them for one query; it makes
        # a database at the first write to it, and erases nothing smaller than a table.
        3: Dialect(create=None, erase=None, longest_ms=lambda step_ms: 396 * max(step_ms, _HOUR_MS // 6)),
    }
)


def dialect_of(major: int) -> Dialect:
    """Return the row of a version; a newer one than is known is taken for the newest."""
    return DIALECTS[max(1, min(major, max(DIALECTS)))]


class _Org(msgspec.Struct):
    id: str


class _Orgs(msgspec.Struct):
    orgs: list[_Org]


def _name(database: str) -> str:
    return database.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _rfc3339(t_ms: int) -> str:
    return datetime.fromtimestamp(t_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
