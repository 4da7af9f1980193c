"""One day and its week: bars of what was measured, gaps where nothing was, and what happened in order."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cloud.alerts.wording.quantities import Reader
from cloud.early_warning.local_time import LocalTime
from cloud.ports import AlertState, Point, Scope
from cloud.web.days import BOX, HOUR_MS, courses_of, measured_ms, week_of
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.series_reader import FakeSeriesReader

UTC = LocalTime(zone=ZoneInfo("UTC"))
DAY = date(2023, 11, 14)
WEEK = week_of(DAY, UTC)
MIDNIGHT_MS = WEEK.shown.from_ms
ENGLISH = Reader()


def points(*pairs: tuple[float, float]) -> list[Point]:
    """Values by the hour of the day."""
    return [
        Point(t_ms=MIDNIGHT_MS + round(hour * HOUR_MS), value=value, quality=0.9, device="c0-01")
        for hour, value in pairs
    ]


def series(kind: str, *pairs: tuple[float, float]) -> FakeSeriesReader:
    return FakeSeriesReader(points={("p-wei", kind): points(*pairs)})


def test_each_hour_is_a_bar_from_its_lowest_to_its_highest_value_and_hours_without_are_none() -> None:
    read = series("heart_rate", (1.0, 60), (1.5, 80), (3.0, 70))
    (course,) = courses_of(read, "p-wei", ["heart_rate"], WEEK, ENGLISH)
    assert course.day is not None
    assert (course.day.low, course.day.high, course.day.mean) == (60, 80, 70)
    first, second = course.day.bars
    assert first.height == BOX.height - 2 * BOX.margin
    assert second.height == 4.0
    assert (first.x < BOX.width / 24 * 2, BOX.width / 24 * 3 < second.x) == (True, True)


def test_a_value_that_never_changes_is_drawn_in_the_middle() -> None:
    (course,) = courses_of(series("body_weight", (8, 71.0)), "p-wei", ["body_weight"], WEEK, ENGLISH)
    assert course.day is not None
    (bar,) = course.day.bars
    assert BOX.height / 3 < bar.y < 2 * BOX.height / 3


def test_a_week_weighs_its_hours_by_how_much_was_measured_in_them() -> None:
    read = series("heart_rate", (-20, 60), (-20, 60), (-20, 60), (-18, 100), (2, 80))
    (course,) = courses_of(read, "p-wei", ["heart_rate"], WEEK, ENGLISH)
    assert course.week is not None
    assert len(course.week.bars) == 2
    assert course.week.mean == 72


def test_glucose_is_in_the_readers_unit() -> None:
    read = series("glucose", (1, 180.0))
    (course,) = courses_of(read, "p-wei", ["glucose"], WEEK, Reader(glucose_unit="mmol/L"))
    assert course.day is not None
    assert course.unit == "mmol/L"
    assert round(course.day.low, 1) == 10.0


def test_only_kinds_there_are_words_for_and_values_of_are_shown() -> None:
    kinds = ["heart_rate", "from_the_future", "ecg_quality"]
    assert courses_of(FakeSeriesReader(), "p-wei", kinds, WEEK, ENGLISH) == []


def test_worn_is_every_ten_minutes_in_which_something_was_measured_once() -> None:
    read = series("heart_rate", (0, 60), (0.1, 60), (0.2, 60), (5, 60), (24, 60))
    read.points["p-wei", "pulse_rate"] = points((0, 61), (6, 61))
    assert measured_ms(read, "p-wei", ["heart_rate", "pulse_rate"], WEEK.shown) == 4 * 600_000


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 31), 23), (date(2024, 10, 27), 25)])
def test_a_day_on_which_clocks_change_has_its_own_length(day: date, hours: int) -> None:
    week = week_of(day, LocalTime(zone=ZoneInfo("Europe/Berlin")))
    assert week.shown.to_ms - week.shown.from_ms == hours * HOUR_MS
    assert all(one.to_ms == two.from_ms for one, two in zip(week.days, week.days[1:], strict=False))
    read = FakeSeriesReader()
    read.points["p-wei", "heart_rate"] = [
        Point(t_ms=week.shown.to_ms - 1, value=60, quality=None, device="c0-01")
    ]
    (course,) = courses_of(read, "p-wei", ["heart_rate"], week, ENGLISH)
    assert course.day is not None
    assert course.day.bars[0].x > BOX.width * 0.9


async def test_the_day_says_for_how_long_it_was_measured_and_what_happened(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=NOW_MS - 1_000, value=70, quality=0.9, device="c0-01")
    ]
    alert = an_alert("tachycardia", state=AlertState.RESOLVED, resolved_ms=NOW_MS)
    cloud.alerts.alerts[alert.id] = alert
    cloud.services.symptoms.say("p-wei", "dizzy", "<i>after</i> getting up", by=OWNER.id)
    page = (await client_for(CARER).get("/patients/p-wei/day")).text
    assert "Measured for 10 min, with 1 alert." in page
    assert page.index(f"/alerts/{alert.id}") < page.index("Dizzy")
    assert "&lt;i&gt;after&lt;/i&gt; getting up" in page
    assert "said by Wei" in page
    assert 'rel="next"' not in page


async def test_an_earlier_day_is_an_address_and_leads_on_both_ways(client_for: ClientFor) -> None:
    page = (await client_for(OWNER).get("/patients/p-wei/day?date=2023-11-01")).text
    assert 'href="/patients/p-wei/day?date=2023-10-31"' in page
    assert 'href="/patients/p-wei/day?date=2023-11-02"' in page
    assert "Nothing that is worn was measured on this day." in page


@pytest.mark.parametrize(("asked", "shown"), [("2999-01-01", "2023-11-14"), ("0001-01-01", "2000-01-01")])
async def test_days_beyond_are_the_nearest_there_is(client_for: ClientFor, asked: str, shown: str) -> None:
    page = (await client_for(OWNER).get(f"/patients/p-wei/day?date={asked}")).text
    assert f'href="/patients/p-wei/day?date={shown}" aria-current="date"' in page


@pytest.mark.parametrize("asked", ["yesterday", "2023-13-01", "<b>", "2023-11-1x"])
async def test_what_is_no_day_says_how_to_ask_for_one(client_for: ClientFor, asked: str) -> None:
    answer = await client_for(OWNER).get("/patients/p-wei/day", params={"date": asked})
    assert answer.status_code == 422
    assert "2026-11-26" in answer.text


async def test_a_kind_there_are_no_words_for_is_said_to_be_kept(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.series.points["p-wei", "from_the_future"] = points((1, 5))
    page = (await client_for(OWNER).get("/patients/p-wei/day")).text
    assert "1 more kind of measurement is kept that this page has no words for." in page


async def test_too_many_alerts_since_to_list_a_days_are_not_passed_over_in_silence(
    cloud: FakeCloud, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.web.day_pages.MOST_ALERTS", 1)
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    page = (await client_for(OWNER).get("/patients/p-wei/day?date=2023-11-01")).text
    assert "There were too many alerts since to list those of this day." in page


async def test_what_is_not_open_is_not_on_the_page(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=NOW_MS - 1_000, value=70, quality=0.9, device="c0-01")
    ]
    assert (await client_for(STRANGER).get("/patients/p-wei/day")).status_code == 404
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, frozenset({Scope.ALERTS}))
    page = (await client_for(STRANGER).get("/patients/p-wei/day")).text
    assert "The readings are not open to you." in page
    assert "Heart rate" not in page.split("What happened")[0].split("<main")[1]


@pytest.mark.parametrize(
    ("path", "to"), [("/me/day", "day"), ("/me/devices", "devices"), ("/me/feel", "feel")]
)
async def test_oneself_is_led_to_ones_own_page(client_for: ClientFor, path: str, to: str) -> None:
    assert (await client_for(OWNER).get(path)).headers["location"] == f"/patients/p-wei/{to}"
    assert (await client_for(CARER).get(path)).status_code == 404
