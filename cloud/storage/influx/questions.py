"""Parts of InfluxQL that several questions share."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

PATIENTS_A_QUESTION: Final = 50
"""As many as keep a question's URL below the 8 KB that proxies pass on."""

_NS_A_MS: Final = 1_000_000
_LAST_NS: Final = 9_223_372_036_854_775_806  # in 2262; InfluxDB counts nanoseconds in 64 bits


def ns(t_ms: int) -> int:
    """Return a time as InfluxQL compares it, the nearest there is."""
    return max(-_LAST_NS, min(t_ms * _NS_A_MS, _LAST_NS))


def any_of(tag: str, values: Iterable[str]) -> tuple[str, dict[str, str | int]]:
    """Return the condition that a tag has one of the values, and what is bound in it."""
    bound: dict[str, str | int] = {f"{tag}{place}": value for place, value in enumerate(values)}
    return "(" + " OR ".join(f'"{tag}" = ${name}' for name in bound) + ")", bound


def chunks(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """Cut patients, each once, into as many as one question asks for."""
    left = iter(dict.fromkeys(values))
    while chunk := tuple(islice(left, PATIENTS_A_QUESTION)):
        yield chunk


def windows(from_ms: int, to_ms: int, longest_ms: int | None) -> Iterator[tuple[int, int]]:
    """Cut a range into what a server answers for at once, newest first; of an empty range nothing."""
    while from_ms < to_ms:
        start_ms = from_ms if longest_ms is None else max(from_ms, to_ms - longest_ms)
        yield start_ms, to_ms
        to_ms = start_ms
