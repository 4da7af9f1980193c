"""A seeded history of points as gateways tell it, and the plainest store there is to hold others to."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import NamedTuple

from cloud.ports import LEAST_QUALITY, ClockDoubt, IdentifiedRecord, Point, RecordClock, RollupQuery
from tests.contracts.records import NOW_MS, OTHER_STRAP, STRAP, identified
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun

HOUR_MS = 3_600_000
START_MS = NOW_MS - NOW_MS % HOUR_MS
HOURS = 6
KIND = "heart_rate"

_CLOCKS = (None, None, None, RecordClock(boot_id="b", offset_ms=0, shift_ms=7_654_321, by_ntp=True))
_VALUES = (60.0, 61.0, 72.0, 301.0, 71.5, math.pi * 20)
_EVERY_MS = (1, 977, 60_000, 300_000, HOUR_MS, 90 * 60_000, 5 * HOUR_MS)


class Summed(NamedTuple):
    """One stretch, as it ought to be summed up."""

    from_ms: int
    count: int
    minimum: float
    maximum: float
    mean: float
    deviation: float


@dataclass(slots=True)
class PlainStore:
    """What was said last of each moment of each series, in a dictionary."""

    points: dict[tuple[str, int | None, ClockDoubt | None, int], Point] = field(default_factory=dict)

    def commit(self, items: Sequence[IdentifiedRecord]) -> None:
        for item in items:
            run = item.record
            assert isinstance(run, ObservationRun)
            shift_ms = item.clock.shift_ms if item.clock else None
            for place, t_ms in enumerate(run.t_ms):
                self.points[run.device, shift_ms, item.clock_doubt, t_ms] = Point(
                    t_ms=t_ms + (shift_ms or 0),
                    value=run.value[place],
                    quality=run.quality[place] if run.quality else None,
                    device=run.device,
                )

    def between(self, from_ms: int, to_ms: int) -> list[Point]:
        found = (point for point in self.points.values() if from_ms <= point.t_ms < to_ms)
        return sorted(found, key=_in_order)

    def latest(self) -> Point:
        return max(self._believed(), key=lambda point: (point.t_ms, point.device))

    def rollups(self, query: RollupQuery) -> list[Summed]:
        stretches: defaultdict[int, list[float]] = defaultdict(list)
        for point in self._believed():
            is_sure = point.quality is None or point.quality >= LEAST_QUALITY
            is_judged = is_sure and OBSERVATION_KINDS[KIND].is_plausible(point.value)
            if is_judged and query.from_ms <= point.t_ms < query.to_ms:
                stretches[(point.t_ms - query.from_ms) // query.every_ms].append(point.value)
        return [
            Summed(
                query.from_ms + place * query.every_ms,
                len(values),
                min(values),
                max(values),
                fmean(values),
                pstdev(values),
            )
            for place, values in sorted(stretches.items())
        ]

    def _believed(self) -> Iterator[Point]:
        return (point for key, point in self.points.items() if key[2] is not ClockDoubt.AHEAD)


def commits(seed: int, count: int) -> Iterator[list[IdentifiedRecord]]:
    """Yield commits of some hours of two straps: late, repeated, unsure, implausible, of a wrong clock."""
    chance = random.Random(seed)
    for number in range(count):
        yield [_item(chance, seq) for seq in range(10 * number + 1, 10 * number + 1 + chance.randint(1, 4))]


def queries(seed: int, count: int) -> Iterator[RollupQuery]:
    """Yield questions, half of them along whole hours."""
    chance = random.Random(seed)
    for _ in range(count):
        every_ms = chance.choice(_EVERY_MS)
        from_ms = START_MS + chance.randrange(-HOUR_MS, HOURS * HOUR_MS)
        from_ms -= from_ms % chance.choice((1, 60_000, HOUR_MS))
        to_ms = from_ms + chance.choice((0, 1, 10_000, HOUR_MS, 2 * HOUR_MS + 1, 8 * HOUR_MS))
        yield RollupQuery(kind=KIND, from_ms=from_ms, to_ms=to_ms, every_ms=every_ms)


def in_order(points: Sequence[Point]) -> list[Point]:
    """Sort what comes at one moment from one device, which no store promises an order of."""
    return sorted(points, key=_in_order)


def _in_order(point: Point) -> tuple[int, str, float, float]:
    return point.t_ms, point.device, point.value, -1.0 if point.quality is None else point.quality


def _item(chance: random.Random, seq: int) -> IdentifiedRecord:
    first_ms = START_MS + chance.randrange(0, HOURS * HOUR_MS, 500)
    step_ms = chance.choice((500, 1_000, 20_000))
    t_ms = [first_ms + step_ms * place for place in range(chance.choice((1, 1, 7, 120)))]
    is_rated = chance.random() < 0.5
    run = ObservationRun(
        device=chance.choice((STRAP, OTHER_STRAP)),
        kind=KIND,
        t_ms=t_ms,
        value=[chance.choice(_VALUES) for _ in t_ms],
        quality=[chance.choice((0.2, 0.5, 1.0)) for _ in t_ms] if is_rated else None,
    )
    clock = chance.choice(_CLOCKS)
    doubt = chance.choice((None, None, None, ClockDoubt.AHEAD)) if clock is None else ClockDoubt.UNSYNCED
    return identified(run, seq, clock=clock, clock_doubt=doubt)
