from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.reports.period import MINUTE_MS, MOST_DAYS, NoPeriodError, PeriodFault, between, last_days

BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))
NOW_MS = int(datetime(2026, 3, 30, 10, 0, 30, tzinfo=UTC).timestamp() * 1000)


def test_the_last_days_begin_at_midnight_where_the_patient_lives_and_end_now() -> None:
    found = last_days(7, NOW_MS, BERLIN)
    assert BERLIN.at(found.from_ms).isoformat() == "2026-03-24T00:00:00+01:00"
    assert found.to_ms == NOW_MS + 30_000  # the minute that has begun
    assert [*found.days(BERLIN)] == [date(2026, 3, day) for day in range(24, 31)]


def test_the_day_the_clock_is_put_forward_has_23_hours() -> None:
    midnights = [BERLIN.ms(date(2026, 3, day), 0) for day in (29, 30)]
    assert between(*midnights).minutes == 23 * 60


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "fault"),
    [
        (NOW_MS, NOW_MS - MINUTE_MS, PeriodFault.EMPTY),
        (NOW_MS - (MOST_DAYS + 2) * 86_400_000, NOW_MS, PeriodFault.TOO_LONG),
    ],
)
def test_no_report_is_of_nothing_or_of_years(from_ms: int, to_ms: int, fault: PeriodFault) -> None:
    with pytest.raises(NoPeriodError) as refused:
        between(from_ms, to_ms)
    assert refused.value.fault is fault


@pytest.mark.parametrize(
    ("days", "fault"), [(0, PeriodFault.EMPTY), (-3, PeriodFault.EMPTY), (93, PeriodFault.TOO_LONG)]
)
def test_days_are_one_to_as_many_as_a_report_holds(days: int, fault: PeriodFault) -> None:
    with pytest.raises(NoPeriodError) as refused:
        last_days(days, NOW_MS, BERLIN)
    assert refused.value.fault is fault
