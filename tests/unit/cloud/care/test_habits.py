"""What is usual is learnt beside the evaluation, which never waits for it."""

import threading
from datetime import date
from zoneinfo import ZoneInfo

import pytest
import structlog

from cloud.alerts.rules.habits import NO_HABITS
from cloud.care.habits import HabitsLearnt
from cloud.early_warning.history import History
from cloud.early_warning.learning import Learner
from cloud.early_warning.local_time import LocalTime
from tests.fakes.clock import FakeClock
from tests.fakes.readings import DAY_MS, HOUR_MS, NOON_MS, add, add_heart
from tests.fakes.series_reader import FakeSeriesReader
from vitals.errors import StorageError
from vitals.scores.night_signal import NightAlert


@pytest.fixture
def series() -> FakeSeriesReader:
    return FakeSeriesReader()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(wall=float(NOON_MS))


@pytest.fixture
def habits(series: FakeSeriesReader, clock: FakeClock) -> HabitsLearnt:
    return habits_in("UTC", series, clock)


def habits_in(zone: str, series: FakeSeriesReader, clock: FakeClock) -> HabitsLearnt:
    history = History(series=series, rollups=series, local=LocalTime(zone=ZoneInfo(zone)))
    return HabitsLearnt(learner=Learner(history=history), clock=clock)


def test_what_is_not_learnt_yet_is_no_habit_and_nobody_waits(
    habits: HabitsLearnt, series: FakeSeriesReader
) -> None:
    add_heart(series, NOON_MS, days=14)
    assert habits.of(["p-wei"], NOON_MS) == {"p-wei": NO_HABITS}
    assert habits.step()
    known = habits.of(["p-wei"], NOON_MS)["p-wei"]
    by_day, by_night = known.usual("heart_rate", 12), known.usual("heart_rate", 3)
    assert by_day is not None
    assert by_night is not None
    assert (by_day.median, by_night.median, by_day.days) == (72.0, 58.0, 14)
    assert known.usual("body_temperature", 12) is None
    assert known.night is not None
    assert (known.night.date, known.night.alert) == (date(2026, 3, 20), NightAlert.GREEN)


def test_nobody_is_learnt_who_was_not_asked_for(habits: HabitsLearnt) -> None:
    assert not habits.step()


def test_who_was_learnt_is_kept_up_after_an_hour_and_not_before(
    habits: HabitsLearnt, clock: FakeClock
) -> None:
    habits.of(["p-wei"], NOON_MS)
    assert [habits.step(), habits.step()] == [True, False]
    clock.advance(3599)
    assert not habits.step()
    clock.advance(1)
    assert habits.step()


def test_a_clock_that_goes_back_makes_it_learn_anew(habits: HabitsLearnt, clock: FakeClock) -> None:
    habits.of(["p-wei"], NOON_MS)
    habits.step()
    clock.jump_wall(-3 * 86_400)
    assert habits.step()


def test_who_waits_longest_is_learnt_first(
    habits: HabitsLearnt, series: FakeSeriesReader, clock: FakeClock
) -> None:
    add_heart(series, NOON_MS, days=14)
    habits.of(["p-wei"], NOON_MS)
    habits.step()
    clock.advance(3600)
    habits.of(["p-wei", "p-ama"], clock.wall_ms())
    for expected in ("p-ama", "p-wei"):
        before = dict(habits.of(["p-wei", "p-ama"], clock.wall_ms()))
        assert habits.step()
        after = habits.of(["p-wei", "p-ama"], clock.wall_ms())
        assert [each for each in after if after[each] is not before[each]] == [expected]


def test_the_hours_are_those_of_where_the_patient_lives(series: FakeSeriesReader, clock: FakeClock) -> None:
    add_heart(series, NOON_MS, days=14)
    habits = habits_in("Asia/Shanghai", series, clock)
    habits.of(["p-wei"], NOON_MS)
    habits.step()
    known = habits.of(["p-wei"], NOON_MS)["p-wei"]
    assert known.hour(NOON_MS) == 20
    at_ten = known.usual("heart_rate", 10)
    assert at_ten is not None
    assert at_ten.median == 58.0


def test_red_nights_are_told_with_the_date(series: FakeSeriesReader, habits: HabitsLearnt) -> None:
    add_heart(series, NOON_MS - 2 * DAY_MS, days=14)
    add_heart(series, NOON_MS, days=2, night=66.0)
    habits.of(["p-wei"], NOON_MS)
    habits.step()
    night = habits.of(["p-wei"], NOON_MS)["p-wei"].night
    assert night is not None
    assert (night.alert, night.mean, night.baseline) == (NightAlert.RED, 66, 58)


def test_a_store_that_fails_leaves_what_was_known_and_is_asked_again_in_an_hour(
    habits: HabitsLearnt, series: FakeSeriesReader, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_heart(series, NOON_MS, days=14)
    habits.of(["p-wei"], NOON_MS)
    habits.step()
    known = habits.of(["p-wei"], NOON_MS)["p-wei"]
    clock.advance(3600)
    with monkeypatch.context() as broken:
        broken.setattr(FakeSeriesReader, "rollups", _failing)
        assert habits.step()
    assert habits.of(["p-wei"], NOON_MS)["p-wei"] is known
    assert not habits.step()
    clock.advance(3600)
    assert habits.step()


def test_a_patient_whose_history_makes_no_sense_costs_no_other(
    habits: HabitsLearnt, series: FakeSeriesReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_heart(series, NOON_MS, days=14)
    habits.of(["p-ama", "p-wei"], NOON_MS)
    with monkeypatch.context() as broken:
        broken.setattr(FakeSeriesReader, "rollups", _senseless)
        assert habits.step()
    assert habits.step()
    known = habits.of(["p-ama", "p-wei"], NOON_MS)
    assert (known["p-ama"], known["p-wei"].night is None) == (NO_HABITS, False)


def test_glucose_is_learnt_too_for_alerts_to_be_explained_by(
    habits: HabitsLearnt, series: FakeSeriesReader
) -> None:
    times = range(NOON_MS - 9 * DAY_MS, NOON_MS, 300_000)
    add(series, "glucose", *((t_ms, 104.0) for t_ms in times))
    habits.of(["p-wei"], NOON_MS)
    habits.step()
    usual = habits.of(["p-wei"], NOON_MS)["p-wei"].usual("glucose", 12)
    assert usual is not None
    assert (usual.median, usual.spread) == (104.0, 5.0)


def test_only_so_many_patients_are_known_and_those_stay_however_often_the_others_are_asked_for(
    habits: HabitsLearnt, clock: FakeClock
) -> None:
    everybody = [f"p-{number:04d}" for number in range(1_100)]
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            habits.of(everybody, clock.wall_ms())
            habits.step()
    assert list(habits._patients) == everybody[:1_024]
    assert [each for each, known in habits._patients.items() if known.again_ms] == everybody[:3]
    assert [one["event"] for one in said] == ["care.habits_full"]


def test_there_is_room_again_once_somebody_is_let_go(habits: HabitsLearnt, clock: FakeClock) -> None:
    habits.of([f"p-{number:04d}" for number in range(1_024)], NOON_MS)
    clock.advance(86_401)
    habits.step()
    habits.of(["p-new"], clock.wall_ms())
    assert list(habits._patients) == ["p-new"]


def test_of_whom_nobody_has_asked_for_a_day_nothing_is_known_any_more(
    habits: HabitsLearnt, clock: FakeClock
) -> None:
    habits.of(["p-wei", "p-ama"], NOON_MS)
    clock.advance(86_400)
    habits.of(["p-wei"], clock.wall_ms())
    clock.advance(1)
    habits.step()
    assert list(habits._patients) == ["p-wei"]


def test_it_learns_until_it_is_told_to_stop(
    series: FakeSeriesReader, habits: HabitsLearnt, clock: FakeClock
) -> None:
    add_heart(series, NOON_MS, days=8)
    stop, learnt = threading.Event(), threading.Event()
    habits.of(["p-wei"], NOON_MS)
    thread = threading.Thread(target=habits.run, args=(stop,))
    thread.start()
    while not learnt.wait(0.01):
        if habits.of(["p-wei"], clock.wall_ms() + HOUR_MS)["p-wei"] is not NO_HABITS:
            learnt.set()
    stop.set()
    habits.wake()
    thread.join(30)
    assert not thread.is_alive()


def _senseless(*_given: object) -> None:
    raise ZeroDivisionError


def _failing(*_given: object) -> None:
    raise StorageError("the file is locked")
