"""What is packed into ten bytes comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.alerts.judging.history import SPAN_MS, newest_ms, points_of, with_point
from tests.fakes.alert_material import T0
from vitals.kinds import OBSERVATION_KINDS


@given(
    key=st.sampled_from(["heart_rate", "oxygen_saturation", "body_temperature", "glucose", "ecg_quality"]),
    share=st.floats(0, 1),
    t_ms=st.integers(1_577_836_800_000, 4_102_444_800_000),
)
def test_a_charted_value_and_its_time_come_back(key: str, share: float, t_ms: int) -> None:
    kind = OBSERVATION_KINDS[key]
    low, high = kind.plausible
    value = kind.charted(low + share * (high - low))
    packed = with_point(b"", t_ms, value)
    assert points_of(packed) == ((t_ms, value),)
    assert newest_ms(packed) == t_ms


def test_points_are_in_order_and_none_is_older_than_the_span() -> None:
    packed = b""
    for n in range(300):
        packed = with_point(packed, T0 + 10_001 * n, 60.0 + n)
    points = points_of(packed)
    assert points[-1] == (T0 + 10_001 * 299, 359.0)
    assert points == tuple(sorted(points))
    assert points[0][0] > points[-1][0] - SPAN_MS
    assert len(points) == 60


def test_a_long_pause_leaves_the_new_point_alone() -> None:
    packed = with_point(with_point(b"", T0, 70.0), T0 + SPAN_MS, 71.0)
    assert points_of(packed) == ((T0 + SPAN_MS, 71.0),)


@pytest.mark.parametrize("packed", [b""])
def test_nothing_is_no_points(packed: bytes) -> None:
    assert points_of(packed) == ()
