"""Rehearsals as they are asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import CarePlan, StandardPlans
from cloud.alerts.rules.rows import ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Rollups
from cloud.rehearsal.history import Span
from cloud.rehearsal.outcome import WhyLeftOut
from cloud.rehearsal.service import Rehearsals
from tests.fakes.clock import FakeClock
from tests.fakes.readings import DAY_MS, NOON_MS, add
from tests.fakes.series_reader import FakeOccurrenceReader, FakeSeriesReader
from vitals.errors import StorageError

WEEK = Span(from_ms=NOON_MS - 7 * DAY_MS, to_ms=NOON_MS)


@dataclass(slots=True)
class Slow(FakeSeriesReader):
    """Takes a second for every sum."""

    clock: FakeClock = field(default_factory=FakeClock)

    def rollups(self, *asked: object) -> Rollups:  # type: ignore[override]
        self.clock.advance(1)
        return FakeSeriesReader.rollups(self, *asked)  # type: ignore[arg-type]


def rehearsals(series: FakeSeriesReader, clock: FakeClock) -> Rehearsals:
    return Rehearsals(
        series=series,
        rollups=series,
        occurrences=FakeOccurrenceReader(),
        plans=StandardPlans(),
        clock=clock,
        longest_s=2.0,
    )


def test_rules_that_are_given_stand_in_for_those_in_force() -> None:
    series = FakeSeriesReader()
    add(series, "heart_rate", *((NOON_MS - second * 1000, 100.0) for second in range(600, 0, -5)))
    usual = RULES["tachycardia"]
    assert isinstance(usual, ThresholdRule)
    lower = RuleSet([replace(usual, limit=95.0, clear_at=90.0)])
    asked = rehearsals(series, FakeClock())
    assert not asked.of("p-wei", WEEK).alerts
    assert [alert.condition for alert in asked.of("p-wei", WEEK, lower).alerts] == ["tachycardia"]
    assert not asked.of("p-ama", WEEK, lower).alerts


def test_one_that_takes_too_long_is_stopped_and_says_so() -> None:
    clock = FakeClock()
    found = rehearsals(Slow(clock=clock), clock).of("p-wei", WEEK)
    assert found.until_ms == WEEK.from_ms
    assert found.left_out[0].why is WhyLeftOut.OUT_OF_TIME


class NoPlans(StandardPlans):
    """Knows nobody."""

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, CarePlan]:  # noqa: ARG002 - the port's
        raise StorageError("nothing can be read: try again")


def test_it_is_free_again_after_those_that_failed() -> None:
    asked = rehearsals(FakeSeriesReader(), FakeClock())
    asked.plans = NoPlans()
    for _ in range(3):
        with pytest.raises(StorageError):
            asked.of("p-wei", WEEK)
    asked.plans = StandardPlans()
    assert asked.of("p-wei", WEEK).until_ms == WEEK.to_ms
