"""Which ways of one step are still to be tried, which again, and whether anybody was reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.alerts.telling.circle import Way
from cloud.ports import HandOff

__all__ = ["Attempts", "attempts_at", "is_within", "wait_ms"]

_SHORTEST_WAIT_MS: Final = 5_000
_LONGEST_WAIT_MS: Final = 300_000

_Tries = Mapping[tuple[str, str | None], Sequence[HandOff]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """How it stands with the ways of a step.

    `untried` come first; `again` failed, and their wait is over; `again_ms` is when that of another one is.
    """

    untried: tuple[Way, ...] = ()
    again: tuple[Way, ...] = ()
    again_ms: int | None = None
    reached: frozenset[str] = frozenset()

    @property
    def now(self) -> tuple[Way, ...]:
        """All that are to be tried now."""
        return self.untried + self.again


def attempts_at(ways: Sequence[Way], tries: Sequence[HandOff], now_ms: int) -> Attempts:
    """Return which of these ways to try now, after these tries.

    Every way is tried once. What failed is tried again, with waits that double, while its person was
    reached by no other.
    """
    by_way: dict[tuple[str, str | None], list[HandOff]] = {}
    for one in tries:
        by_way.setdefault((one.person_id, one.contact_id), []).append(one)
    reached = _reached(ways, by_way)
    failed = [
        (way, _waits_until_ms(by_way[way.name], now_ms))
        for way in ways
        if way.name in by_way
        and way.person.id not in reached
        and all(one.error is not None for one in by_way[way.name])
    ]
    return Attempts(
        untried=tuple(way for way in ways if way.name not in by_way),
        again=tuple(way for way, until_ms in failed if until_ms is None),
        again_ms=min((until_ms for _, until_ms in failed if until_ms is not None), default=None),
        reached=reached,
    )


def wait_ms(failed_ms: Sequence[int]) -> int:
    """Wait as long as has been tried, so that the waits double."""
    return min(max(failed_ms[-1] - failed_ms[0], _SHORTEST_WAIT_MS), _LONGEST_WAIT_MS)


def is_within(span_ms: int, since_ms: int, now_ms: int) -> bool:
    """Tell whether `span_ms` are not over yet; what is still to come was noted by a clock that was ahead."""
    return 0 <= now_ms - since_ms < span_ms


def _reached(ways: Sequence[Way], by_way: _Tries) -> frozenset[str]:
    """Return whom a way took it to. Open pages reach who looks: they count where nobody has another way."""
    only_pages = all(way.contact is None for way in ways)
    return frozenset(
        person_id
        for (person_id, contact_id), past in by_way.items()
        if any(one.error is None for one in past) and (contact_id is not None or only_pages)
    )


def _waits_until_ms(past: Sequence[HandOff], now_ms: int) -> int | None:
    failed_ms = [one.at_ms for one in past]
    span_ms = wait_ms(failed_ms)
    return failed_ms[-1] + span_ms if is_within(span_ms, failed_ms[-1], now_ms) else None
