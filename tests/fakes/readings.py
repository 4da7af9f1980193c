"""Weeks of readings in a `FakeSeriesReader`: a heart that is slower by night, and what one adds."""

from datetime import UTC, datetime

from cloud.ports import Point
from tests.fakes.series_reader import FakeSeriesReader

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON_MS = int(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp() * 1000)


def add(series: FakeSeriesReader, kind: str, *readings: tuple[int, float], patient_id: str = "p-wei") -> None:
    """Add (time, value) readings in order of time."""
    points = series.points.setdefault((patient_id, kind), [])
    points += [Point(t_ms=t_ms, value=value, quality=0.9, device="c0-01") for t_ms, value in readings]
    points.sort(key=lambda point: point.t_ms)


def add_heart(
    series: FakeSeriesReader, now_ms: int, *, days: int, night: float = 58.0, day: float = 72.0
) -> None:
    """Add a heart rate every ten minutes of so many days until now."""
    times = range(now_ms - days * DAY_MS, now_ms, 600_000)
    add(series, "heart_rate", *((t_ms, night if _hour(t_ms) < 7 else day) for t_ms in times))


def _hour(t_ms: int) -> int:
    return datetime.fromtimestamp(t_ms / 1000, UTC).hour
