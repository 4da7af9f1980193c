"""What a rehearsal over the stored history says to who is about to set a limit."""

from dataclasses import replace

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import StandardPlans
from cloud.alerts.rules.rows import ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.care.rehearsing import OverHistory
from cloud.rehearsal.service import RehearsalBusyError, Rehearsals
from tests.fakes.clock import FakeClock
from tests.fakes.readings import NOON_MS, add
from tests.fakes.series_reader import FakeOccurrenceReader, FakeSeriesReader


@pytest.fixture
def series() -> FakeSeriesReader:
    found = FakeSeriesReader()
    add(found, "heart_rate", *((NOON_MS - second * 1000, 100.0) for second in range(3_600, 0, -5)))
    return found


@pytest.fixture
def rehearsals(series: FakeSeriesReader) -> Rehearsals:
    return Rehearsals(
        series=series,
        rollups=series,
        occurrences=FakeOccurrenceReader(),
        plans=StandardPlans(),
        clock=FakeClock(),
        patience_s=0.01,
    )


@pytest.fixture
def history(rehearsals: Rehearsals) -> OverHistory:
    return OverHistory(rehearsals=rehearsals, clock=FakeClock(wall=NOON_MS))


def limit(at: float) -> RuleSet:
    row = RULES["tachycardia"]
    assert isinstance(row, ThresholdRule)
    return RuleSet([replace(row, limit=at, clear_at=at - 5)])


def test_a_limit_that_is_an_alert_most_of_the_time_is_too_much_and_says_so(history: OverHistory) -> None:
    report = history.of("p-wei", limit(95))
    assert (report.days, report.alerts, report.is_too_much) == (14.0, 1, True)
    assert report.share is not None
    assert report.share > 0.9
    assert report.cautions[0].startswith("tachycardia: it would be an alert for 9")


def test_a_limit_that_nothing_reached_is_not_and_says_that(history: OverHistory) -> None:
    report = history.of("p-wei", limit(140))
    assert (report.alerts, report.share, report.is_too_much) == (0, 0.0, False)
    assert report.cautions == ("tachycardia: nothing in this history would have raised it.",)


def test_where_nothing_is_stored_it_is_said_that_nothing_is_known(history: OverHistory) -> None:
    report = history.of("p-ama", limit(95))
    assert (report.alerts, report.share, report.is_too_much) == (0, None, False)
    assert report.cautions == (
        "Nothing of heart_rate is stored of these days: how it would behave is not known.",
    )


def test_where_there_is_more_than_can_be_looked_at_that_is_said(
    rehearsals: Rehearsals, history: OverHistory
) -> None:
    rehearsals.longest_s = 0.0
    assert "the newest was left out" in history.of("p-wei", limit(95)).cautions[-1]


def test_where_too_many_rehearse_somebody_is_told_to_try_again(
    rehearsals: Rehearsals, history: OverHistory
) -> None:
    with rehearsals._free, rehearsals._free, pytest.raises(RehearsalBusyError, match="try again"):
        history.of("p-wei", limit(95))
