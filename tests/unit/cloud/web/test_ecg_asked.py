from zoneinfo import ZoneInfo

import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.ecg.stretches import Source
from cloud.web.ecg_asked import Asked

BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))
NOON_MS = 1_772_362_800_000  # 2026-03-01T11:00:00Z


def read(**query: str) -> Asked:
    return Asked.read(query, BERLIN)


def test_without_anything_the_newest_is_asked_for_as_usual() -> None:
    asked = read()
    assert (asked.at_ms, asked.setting.speed_mm_s, asked.setting.gain_mm_mv, asked.hours) == (None, 25, 10, 6)
    assert asked.is_read


@pytest.mark.parametrize(
    "at", [str(NOON_MS), "2026-03-01T11:00:00Z", "2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00"]
)
def test_a_time_is_read_in_milliseconds_with_a_zone_or_by_the_readers_clock(at: str) -> None:
    assert read(at=at).at_ms == NOON_MS


def test_what_is_asked_for_is_written_as_it_is_read() -> None:
    query = {"at": "5", "speed": "12.5", "gain": "20", "hours": "24", "source": "c0-01.II"}
    asked = read(**query)
    assert asked.source == Source("c0-01", "II")
    assert asked.address() == "at=5&speed=12.5&gain=20&hours=24&source=c0-01.II"
    assert asked.address(9).startswith("at=9&speed=12.5")


@pytest.mark.parametrize(
    "query",
    [
        {"at": "soon"},
        {"at": "9" * 30},
        {"at": "0001-01-01T00:00:00"},
        {"speed": "26"},
        {"gain": "-5"},
        {"hours": "2"},
        {"speed": "25.0"},
    ],
)
def test_what_cannot_be_read_is_told_and_left_as_usual(query: dict[str, str]) -> None:
    asked = read(**query)
    assert not asked.is_read
    assert (asked.at_ms, asked.setting.speed_mm_s, asked.setting.gain_mm_mv, asked.hours) == (None, 25, 10, 6)
