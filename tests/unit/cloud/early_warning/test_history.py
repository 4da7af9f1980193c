from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cloud.early_warning.history import History
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.quantities import QUANTITIES
from cloud.ports import Point
from tests.fakes.readings import HOUR_MS, NOON_MS, add
from tests.fakes.series_reader import FakeSeriesReader

MIDNIGHT_MS = NOON_MS - 12 * HOUR_MS
TODAY = date(2026, 3, 20)


@pytest.fixture
def series():
    return FakeSeriesReader()


def history(series, zone="UTC"):
    return History(series=series, rollups=series, local=LocalTime(zone=ZoneInfo(zone)))


def last(series, now_ms=NOON_MS):
    read = history(series)
    return read.last("p-wei", read.hours("p-wei", now_ms), now_ms)


def test_the_newest_value_is_the_mean_of_five_minutes_and_has_its_age(series):
    add(series, "heart_rate", (NOON_MS - 400_000, 150), (NOON_MS - 100_000, 70), (NOON_MS - 60_000, 80))
    assert (last(series)["heart_rate"].value, last(series)["heart_rate"].age_ms) == (75.0, 60_000)


def test_of_several_kinds_that_tell_it_the_newest_one_counts(series):
    add(series, "heart_rate", (NOON_MS - 3 * HOUR_MS, 70))
    add(series, "pulse_rate", (NOON_MS - HOUR_MS, 90))
    assert last(series)["heart_rate"].value == 90.0


def test_a_newest_value_nobody_can_show_gives_way_to_the_last_hour_that_can_be_judged(series):
    add(series, "heart_rate", (NOON_MS - 3 * HOUR_MS, 70), (NOON_MS - 60_000, 0))
    found = last(series)["heart_rate"]
    assert (found.value, found.age_ms) == (70.0, 3 * HOUR_MS)


def test_an_unsure_value_is_no_vital_sign(series):
    series.points["p-wei", "oxygen_saturation"] = [
        Point(t_ms=NOON_MS - 1000, value=80.0, quality=0.2, device="c0-01")
    ]
    assert "oxygen_saturation" not in last(series)


def test_a_reading_from_a_clock_that_is_ahead_is_not_younger_than_now(series):
    add(series, "body_temperature", (NOON_MS + 5_000, 37.2))
    assert last(series)["body_temperature"].age_ms == 0


def test_hours_are_oldest_first_and_the_heart_goes_before_the_pulse(series):
    add(series, "heart_rate", (NOON_MS - 1, 70))
    add(series, "pulse_rate", (NOON_MS - 1, 99), (NOON_MS - 47 * HOUR_MS - 1, 60))
    row = history(series).hours("p-wei", NOON_MS)["heart_rate"]
    assert (row[-1], row[0]) == (70.0, 60.0)
    assert np.isnan(row[1:-1]).all()


def test_a_night_is_of_its_minutes_without_a_step(series):
    minutes = [MIDNIGHT_MS + n * 60_000 for n in range(4)]
    add(series, "heart_rate", *zip(minutes, (58, 60, 120, 62), strict=True))
    add(series, "step_cadence", (minutes[1], 0), (minutes[2], 80))
    (night,) = history(series).nights("p-wei", [TODAY])
    assert (night.mean, night.knows_steps) == (60, True)


def test_without_a_step_counter_rest_is_assumed_and_said(series):
    add(series, "heart_rate", (MIDNIGHT_MS, 60))
    assert not history(series).nights("p-wei", [TODAY])[0].knows_steps


def test_a_night_ends_at_seven_and_one_without_a_heart_rate_is_none(series):
    add(series, "heart_rate", (MIDNIGHT_MS - 1, 90), (MIDNIGHT_MS + 7 * HOUR_MS, 90))
    assert history(series).nights("p-wei", [TODAY]) == []


def test_nights_are_those_of_where_the_patient_lives(series):
    add(series, "heart_rate", (MIDNIGHT_MS + 5 * HOUR_MS, 60))
    assert history(series, "America/New_York").nights("p-wei", [TODAY])[0].mean == 60
    assert history(series, "Asia/Tokyo").nights("p-wei", [TODAY]) == []


@pytest.mark.parametrize(("hour", "night"), [(6, date(2026, 3, 19)), (7, TODAY), (23, TODAY)])
def test_the_last_night_is_the_one_that_is_over(series, hour, night):
    assert history(series).last_night(MIDNIGHT_MS + hour * HOUR_MS) == night


def test_a_day_of_summer_time_begins_an_hour_earlier():
    local = LocalTime(zone=ZoneInfo("Europe/Berlin"))
    before, after = local.ms(date(2026, 3, 29), 0), local.ms(date(2026, 3, 30), 0)
    assert after - before == 23 * HOUR_MS
    assert local.at(before).hour == local.at(after).hour == 0


def test_the_zone_of_the_machine_serves_where_none_is_set():
    local = LocalTime()
    assert local.at(local.ms(TODAY, 7)).hour == 7


def test_whole_hours_are_read_for_what_is_usual(series):
    quantity = QUANTITIES[0]
    add(series, "heart_rate", (NOON_MS + 60_000, 70), (NOON_MS + 120_000, 80))
    means = history(series).by_hour("p-wei", quantity, NOON_MS + 30_000, NOON_MS + HOUR_MS)
    assert means == {NOON_MS: 75.0}
