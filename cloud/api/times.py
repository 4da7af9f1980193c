"""Times at the API's edge: ISO 8601 or milliseconds in, ISO 8601 UTC out, milliseconds where dense."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NamedTuple

from pydantic import BaseModel, Field

from cloud.api.problems import ProblemError

__all__ = ["MOMENT", "Period", "PeriodQuery", "iso", "iso_or_none", "moment", "period"]

_LATEST_MS: Final = 32_503_680_000_000  # the year 3000, as on the wire
MOMENT: Final = "ISO 8601 with a zone (2026-03-01T12:00:00Z), or milliseconds since 1970-01-01 UTC."


class PeriodQuery(BaseModel):
    """The period a request asks for."""

    from_: str | None = Field(
        default=None, alias="from", max_length=40, description=f"Start, included. {MOMENT}"
    )
    to: str | None = Field(default=None, max_length=40, description=f"End, excluded. {MOMENT}")


class Period(NamedTuple):
    """Half open: from <= t < to."""

    from_ms: int
    to_ms: int


def iso(t_ms: int) -> str:
    """Return a time as ISO 8601 UTC with milliseconds."""
    seconds, milliseconds = divmod(t_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


def iso_or_none(t_ms: int | None) -> str | None:
    """Return a time as ISO 8601 UTC, or None where there is none."""
    return None if t_ms is None else iso(t_ms)


def period(asked: PeriodQuery, *, now_ms: int, default_ms: int, longest_ms: int) -> Period:
    """Return the period asked for; without an end it ends now, without a start it is `default_ms` long.

    Raises
    ------
    ProblemError
        If a time cannot be read, the period is empty, or it is longer than `longest_ms`.
    """
    to_ms = now_ms + 1 if asked.to is None else moment(asked.to, "to")
    from_ms = max(0, to_ms - default_ms) if asked.from_ is None else moment(asked.from_, "from")
    if from_ms >= to_ms:
        raise _refused("'from' must be before 'to': swap or widen them", "from")
    if to_ms - from_ms > longest_ms:
        raise _refused(f"the period is longer than {longest_ms // 1000} s: ask in pieces", "from")
    return Period(from_ms, to_ms)


def moment(text: str, name: str) -> int:
    """Return a moment that a request names, in milliseconds since 1970.

    Raises
    ------
    ProblemError
        If it cannot be read.
    """
    if text.isascii() and text.isdigit():
        return _bounded(int(text), name)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(f"'{name}' is no time: {MOMENT}", name) from None
    if found.tzinfo is None:
        raise _refused(f"'{name}' has no zone: end it in Z or +hh:mm", name)
    try:
        return _bounded(round(found.timestamp() * 1000), name)
    except OverflowError:
        raise _refused(f"'{name}' is outside 1970 to 3000: correct it", name) from None


def _bounded(t_ms: int, name: str) -> int:
    if not 0 <= t_ms <= _LATEST_MS:
        raise _refused(f"'{name}' is outside 1970 to 3000: correct it", name)
    return t_ms


def _refused(detail: str, name: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=(name,))
