"""Nights are slept through where they can be, and nobody's sleep costs a patient anything."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cloud.alerts.telling.batch import HoldReason
from cloud.alerts.telling.quiet import hush_of
from cloud.early_warning.local_time import LocalTime
from cloud.ports import AlertState, Channel, Occasion, Preferences, Priority
from tests.fakes.alert_material import alert
from tests.fakes.telling_bench import BO, LIN, WEI, TellingBench

BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))
NIGHT = Preferences(person_id=LIN.id, quiet_from_minute=22 * 60, quiet_until_minute=7 * 60)
QUIET = {"quiet_from_minute": 22 * 60, "quiet_until_minute": 7 * 60}
MEDIUM = alert(priority=Priority.MEDIUM, raised_s=100)
HIGH = alert(priority=Priority.HIGH, raised_s=100)
LOW = alert(priority=Priority.LOW, raised_s=100)


def berlin(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN.zone).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10 21:59:59", None),
        ("2026-01-10 22:00:00", "2026-01-11 07:00:00"),
        ("2026-01-11 06:59:59", "2026-01-11 07:00:00"),
        ("2026-01-11 07:00:00", None),
        ("2026-03-28 23:00:00", "2026-03-29 07:00:00"),
        ("2026-10-25 02:30:00", "2026-10-25 07:00:00"),
    ],
    ids=["before", "begins", "ends", "over", "spring", "autumn"],
)
def test_quiet_hours_are_of_the_local_clock(now: str, until: str | None) -> None:
    hush = hush_of(NIGHT, Priority.MEDIUM, berlin(now), BERLIN)
    assert (None if hush is None else hush.until_ms) == (None if until is None else berlin(until))


def test_quiet_hours_within_a_day_are_those_of_the_day() -> None:
    nap = Preferences(person_id=LIN.id, quiet_from_minute=13 * 60, quiet_until_minute=14 * 60)
    hushed = [
        hush_of(nap, Priority.LOW, berlin(f"2026-01-10 {clock}"), BERLIN) is not None
        for clock in ("12:59", "13:00", "13:59", "14:00")
    ]
    assert hushed == [False, True, True, False]


@pytest.mark.parametrize("wants", [NIGHT, Preferences(person_id=LIN.id, least_priority=Priority.HIGH)])
def test_high_priority_disturbs_everybody(wants: Preferences) -> None:
    assert hush_of(wants, Priority.HIGH, berlin("2026-01-11 03:00"), BERLIN) is None


def test_what_is_milder_than_somebody_wants_is_not_for_them_at_any_hour() -> None:
    wants = Preferences(person_id=LIN.id, least_priority=Priority.MEDIUM)
    hush = hush_of(wants, Priority.LOW, berlin("2026-01-11 12:00"), BERLIN)
    assert hush is not None
    assert (hush.reason, hush.until_ms) == (HoldReason.UNWANTED, None)
    assert hush_of(wants, Priority.MEDIUM, berlin("2026-01-11 12:00"), BERLIN) is None


def test_who_sleeps_is_left_to_sleep_while_another_is_awake_and_told_when_it_is_over() -> None:
    bench = TellingBench()
    bench.prefer(LIN, **QUIET)
    bench.raised(MEDIUM)
    assert {who for who, *_ in bench.told} == {BO.id}
    assert ("quiet-hours", LIN.id) in bench.held
    bench.acknowledge(MEDIUM, WEI)
    assert {who for who, *_ in bench.later(9 * 3_600)} <= {BO.id}


def test_who_slept_is_told_in_the_morning_of_what_nobody_has_taken_on() -> None:
    bench = TellingBench()
    bench.prefer(LIN, **QUIET)
    bench.raised(MEDIUM)
    told = bench.later(9 * 3_600)
    assert LIN.id in {who for who, *_ in told}
    until_seven_s = 8 * 3_600 + 45 * 60
    first = next(one for one in bench.store.hand_offs if one.person_id == LIN.id and not one.is_hold)
    assert first.at_ms - bench.store.alerts["a1"].raised_ms >= until_seven_s * 1_000


def test_when_everybody_sleeps_medium_priority_wakes_somebody_and_low_waits() -> None:
    bench = TellingBench()
    for person in (LIN, BO, WEI):
        bench.prefer(person, **QUIET)
    bench.raised(MEDIUM)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}
    asleep = TellingBench()
    for person in (LIN, BO, WEI):
        asleep.prefer(person, **QUIET)
    asleep.raised(LOW)
    assert asleep.pages.delivered == []
    assert asleep.pipeline.unreached == {}
    asleep.later(9 * 3_600)
    assert {one.person.id for one in asleep.pages.delivered} == {LIN.id, BO.id, WEI.id}


def test_what_came_and_went_in_the_night_is_not_told_in_the_morning() -> None:
    bench = TellingBench()
    for person in (LIN, BO, WEI):
        bench.prefer(person, **QUIET)
    bench.raised(LOW)
    bench.raised(alert(priority=Priority.LOW, raised_s=100, state=AlertState.RESOLVED))
    bench.later(10 * 3_600)
    assert bench.pages.delivered == []
    assert ("nothing-to-tell", "") in bench.held
    assert bench.store.due_ms == {}


def test_the_end_is_told_in_the_morning_to_who_knew_of_it_and_slept() -> None:
    bench = TellingBench()
    bench.raised(MEDIUM)
    bench.prefer(LIN, **QUIET)
    bench.raised(alert(priority=Priority.MEDIUM, raised_s=100, state=AlertState.RESOLVED))
    assert (LIN.id, Channel.EMAIL, Occasion.ENDED, 0) not in bench.told
    bench.later(9 * 3_600)
    assert (LIN.id, Channel.EMAIL, Occasion.ENDED, 0) in bench.told
    assert bench.store.due_ms == {}


def test_a_muted_channel_is_left_alone_but_by_high_priority() -> None:
    bench = TellingBench()
    bench.prefer(LIN, muted_channels=(Channel.EMAIL,))
    bench.prefer(BO, muted_channels=(Channel.EMAIL,))
    bench.raised(MEDIUM)
    assert {channel for _, channel, *_ in bench.told} == {Channel.WEB_PUSH}
    bench.raised(alert("a2", priority=Priority.HIGH, condition="bradycardia", raised_s=100))
    assert {channel for _, channel, *_ in bench.told[2:]} == {Channel.EMAIL, Channel.WEB_PUSH}


def test_who_mutes_everything_is_told_nevertheless_when_nobody_is_left() -> None:
    bench = TellingBench()
    for person in (LIN, BO, WEI):
        bench.prefer(person, least_priority=Priority.HIGH)
    bench.raised(MEDIUM)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}
