"""A line through the last while of a quantity bears noise, wild values, gaps and clocks that jump."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.alerts.judging.course import Point, add, line_through
from cloud.alerts.rules.rows import COURSE_POINTS as POINTS
from tests.fakes.alert_material import T0

SPAN_MS = 900_000
GAP_MS = 660_000
MINUTE_MS = 60_000


def course(*samples: tuple[float, float]) -> list[Point]:
    """Points of `(minute, value)` in the order given."""
    points: list[Point] = []
    for minute, value in samples:
        add(points, T0 + round(minute * MINUTE_MS), value, span_ms=SPAN_MS, gap_ms=GAP_MS)
    return points


def change(*samples: tuple[float, float]) -> float | None:
    line = line_through(course(*samples), SPAN_MS)
    return None if line is None else line.change_in(SPAN_MS)


@given(
    per_minute=st.integers(-30, 30), level=st.integers(50, 400), every_minutes=st.sampled_from([1, 2, 3, 5])
)
def test_a_straight_course_is_read_as_it_is(per_minute: int, level: int, every_minutes: int) -> None:
    samples = [(minute, level + per_minute * minute) for minute in range(0, 31, every_minutes)]
    line = line_through(course(*samples), SPAN_MS)
    assert line is not None
    assert line.change_in(SPAN_MS) == pytest.approx(15 * per_minute)
    assert line.value == pytest.approx(samples[-1][1])
    assert line.ahead(20 * MINUTE_MS) == pytest.approx(samples[-1][1] + 20 * per_minute)


@pytest.mark.parametrize("minute", range(4, 13))
def test_one_wild_value_tells_nothing(minute: int) -> None:
    assert change(*((at, 40.0 if at == minute else 120.0) for at in range(16))) == 0.0


@pytest.mark.parametrize("wild", range(4))
def test_nor_does_it_where_values_are_few(wild: int) -> None:
    assert change(*((5 * at, 40.0 if at == wild else 120.0) for at in range(4))) == 0.0


def test_four_wild_values_of_sixteen_hide_nothing() -> None:
    samples = [(at, 400.0 if at in {2, 6, 9, 13} else 150.0 - 2 * at) for at in range(16)]
    found = change(*samples)
    assert found is not None
    assert found < -25


@pytest.mark.parametrize(
    ("samples", "is_known"),
    [
        ([(0, 100), (5, 95), (10, 90)], False),
        ([(0, 100), (2, 98), (4, 96), (7.499, 93)], False),
        ([(0, 100), (2, 98), (4, 96), (7.5, 92)], True),
        ([(0, 100), (5, 95), (10, 90), (15, 85)], True),
        ([(0, 100), (5, 95), (10, 90), (15.75, 85)], True),
    ],
)
def test_fewer_than_four_points_or_half_the_while_are_no_course(
    samples: list[tuple[float, float]], *, is_known: bool
) -> None:
    assert (change(*samples) is not None) is is_known


def test_a_gap_begins_the_course_anew() -> None:
    before = [(0, 200), (2, 190), (4, 180)]
    assert len(course(*before, (15, 170))) == 4
    assert course(*before, (15.001, 170)) == course((15.001, 170))


def test_a_clock_that_was_set_back_begins_the_course_anew() -> None:
    assert course((50, 200), (55, 190), (20, 180)) == course((20, 180))


def test_samples_at_one_hertz_become_their_means_and_no_more_points_than_wanted() -> None:
    points = course(*((second / 60, 100 + second % 2) for second in range(3_600)))
    assert len(points) <= POINTS + 2
    assert all(mean == pytest.approx(100.5, abs=0.5) for _, mean, _ in points[:-1])
    assert 900 <= sum(count for _, _, count in points) <= 900 + 2 * SPAN_MS // POINTS // 1000


def test_what_is_older_than_the_span_is_let_go() -> None:
    points = course(*((5 * at, 100.0) for at in range(50)))
    assert SPAN_MS <= points[-1][0] - points[0][0] <= SPAN_MS * (1 + 1 / POINTS)


@given(
    st.lists(
        st.tuples(st.floats(0, 10_000), st.floats(allow_nan=False, allow_infinity=False, width=32)),
        max_size=60,
    )
)
def test_no_course_whatever_it_is_of_fails_or_grows(samples: list[tuple[float, float]]) -> None:
    points = course(*samples)
    line_through(points, SPAN_MS)
    assert len(points) <= POINTS + 2
