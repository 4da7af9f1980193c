"""Shifts and rotas by the local clock: past midnight, when clocks change, handed over, with holes."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cloud.alerts.telling.duty import Duties, duties_between
from cloud.early_warning.local_time import LocalTime
from cloud.ports import DutyShift, RotaSlot

BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))
DAY_MS = 86_400_000


def berlin(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN.zone).timestamp() * 1_000)


def slot(who: str, weekday: int, from_hour: float, until_hour: float) -> RotaSlot:
    return RotaSlot(
        person_id=who, weekday=weekday, from_minute=round(60 * from_hour), until_minute=round(60 * until_hour)
    )


def shift(who: str, begun: str, until: str | None = None) -> DutyShift:
    return DutyShift(
        id=f"{who} {begun}",
        patient_id="p",
        person_id=who,
        from_ms=berlin(begun),
        until_ms=None if until is None else berlin(until),
        made_by=who,
        made_ms=berlin(begun),
    )


def duties(*of: RotaSlot | DutyShift, around: str) -> Duties:
    now_ms = berlin(around)
    return duties_between(
        [one for one in of if isinstance(one, DutyShift)],
        [one for one in of if isinstance(one, RotaSlot)],
        BERLIN,
        now_ms,
        now_ms + 7 * DAY_MS,
    )


def who(given: Duties, text: str) -> tuple[str, ...]:
    return given.at(berlin(text))


DAYS = [slot("lin", day, 8, 20) for day in range(1, 8)]
NIGHTS = [slot("bo", day, 20, 8) for day in range(1, 8)]


def test_a_slot_past_midnight_goes_on_into_the_next_day() -> None:
    given = duties(*DAYS, *NIGHTS, around="2026-01-10 12:00")
    at = ("07:59", "08:00", "19:59", "20:00", "23:59")
    assert [who(given, f"2026-01-11 {each}") for each in at] == [
        ("bo",),
        ("lin",),
        ("lin",),
        ("bo",),
        ("bo",),
    ]
    assert who(given, "2026-01-12 00:00") == ("bo",)


def test_the_night_of_sunday_ends_on_monday() -> None:
    given = duties(slot("bo", 7, 20, 8), around="2026-01-12 03:00")
    assert who(given, "2026-01-12 07:59") == ("bo",)
    assert who(given, "2026-01-12 08:00") == ()


def test_a_slot_until_24_is_until_the_end_of_the_day() -> None:
    given = duties(slot("lin", 1, 0, 24), around="2026-01-12 03:00")
    assert [who(given, f"2026-01-{each}") for each in ("11 23:59", "12 00:00", "12 23:59", "13 00:00")] == [
        (),
        ("lin",),
        ("lin",),
        (),
    ]


@pytest.mark.parametrize("around", ["2026-03-27 12:00", "2026-10-23 12:00"], ids=["spring", "autumn"])
def test_where_the_clock_changes_no_hole_and_no_overlap_comes_of_it(around: str) -> None:
    early = [slot("lin", day, 2.5, 14) for day in range(1, 8)]
    late = [slot("bo", day, 14, 2.5) for day in range(1, 8)]
    now_ms = berlin(around)
    stretches = duties(*early, *late, around=around).stretches(now_ms, now_ms + 4 * DAY_MS)
    assert {len(one.person_ids) for one in stretches} == {1}
    hours = sorted((one.until_ms - one.from_ms) / 3_600_000 for one in stretches[1:-1])
    assert set(hours) <= {11.5, 12.5, 10.5, 13.5}
    assert {10.5, 11.5, 12.5, 13.5} & set(hours)


def test_a_shift_that_was_taken_holds_in_place_of_the_rota_until_its_end() -> None:
    given = duties(
        *DAYS, *NIGHTS, shift("wei", "2026-01-10 18:00", "2026-01-11 10:00"), around="2026-01-10 19:00"
    )
    at = ("10 17:59", "10 18:00", "11 09:59", "11 10:00")
    assert [who(given, f"2026-01-{each}") for each in at] == [("lin",), ("wei",), ("wei",), ("lin",)]


def test_an_open_shift_is_relieved_by_the_next_slot_of_the_rota() -> None:
    given = duties(*DAYS, *NIGHTS, shift("wei", "2026-01-10 22:00"), around="2026-01-10 23:00")
    at = ("10 21:59", "10 22:00", "11 07:59", "11 08:00")
    assert [who(given, f"2026-01-{each}") for each in at] == [("bo",), ("wei",), ("wei",), ("lin",)]


def test_without_a_rota_an_open_shift_goes_on() -> None:
    given = duties(shift("wei", "2026-01-10 22:00"), around="2026-01-15 23:00")
    assert who(given, "2026-01-16 22:00") == ("wei",)


def test_holes_and_overlaps_are_stretches_of_their_own_and_none_is_left_out() -> None:
    given = duties(*DAYS, slot("bo", 1, 19, 21), around="2026-01-11 12:00")
    from_ms, until_ms = berlin("2026-01-11 12:00"), berlin("2026-01-13 12:00")
    stretches = given.stretches(from_ms, until_ms)
    assert [one.person_ids for one in stretches] == [
        ("lin",),
        (),
        ("lin",),
        ("lin", "bo"),
        ("bo",),
        (),
        ("lin",),
    ]
    assert (stretches[0].from_ms, stretches[-1].until_ms) == (from_ms, until_ms)
    assert all(one.until_ms == other.from_ms for one, other in pairwise(stretches))


def test_what_begins_while_another_of_the_same_goes_on_is_one_stretch() -> None:
    given = duties(slot("lin", 1, 8, 12), slot("lin", 1, 12, 16), around="2026-01-12 08:00")
    stretches = given.stretches(berlin("2026-01-12 08:00"), berlin("2026-01-12 16:00"))
    assert [one.person_ids for one in stretches] == [("lin",)]
