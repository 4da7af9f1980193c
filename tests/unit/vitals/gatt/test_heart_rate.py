"""Heart Rate Measurement beyond its vectors: rounding, formats and what cannot be encoded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact, decode, encode

TICK_MS = 1000 / 1024


@given(
    heart_rate_bpm=st.integers(0, 0xFFFF),
    sensor_contact=st.sampled_from(SensorContact),
    energy_expended_kj=st.none() | st.integers(0, 0xFFFF),
    ticks=st.lists(st.integers(0, 0xFFFF), max_size=9),
)
@settings(deadline=None)
def test_a_measurement_comes_back_as_it_was(
    heart_rate_bpm: int, sensor_contact: SensorContact, energy_expended_kj: int | None, ticks: list[int]
) -> None:
    measurement = HeartRateMeasurement(
        heart_rate_bpm=heart_rate_bpm,
        sensor_contact=sensor_contact,
        energy_expended_kj=energy_expended_kj,
        rr_intervals_ms=tuple(tick * TICK_MS for tick in ticks),
    )

    assert decode(encode(measurement)) == measurement


@given(rr_interval_ms=st.floats(0, 0xFFFF * TICK_MS))
@settings(deadline=None)
def test_an_rr_interval_rounds_to_the_nearest_tick(rr_interval_ms: float) -> None:
    measurement = HeartRateMeasurement(heart_rate_bpm=60, rr_intervals_ms=(rr_interval_ms,))

    (decoded_ms,) = decode(encode(measurement)).rr_intervals_ms

    assert abs(decoded_ms - rr_interval_ms) <= TICK_MS / 2


def test_an_rr_interval_just_under_a_tick_is_not_truncated() -> None:
    measurement = HeartRateMeasurement(heart_rate_bpm=75, rr_intervals_ms=(799.8,))  # 818.995 ticks

    assert encode(measurement).hex() == "104b3303"


@pytest.mark.parametrize(
    ("measurement", "field"),
    [
        (HeartRateMeasurement(heart_rate_bpm=-1), "Heart Rate"),
        (HeartRateMeasurement(heart_rate_bpm=0x10000), "Heart Rate"),
        (HeartRateMeasurement(heart_rate_bpm=60, energy_expended_kj=0x10000), "Energy Expended"),
        (HeartRateMeasurement(heart_rate_bpm=60, rr_intervals_ms=(64_000.0,)), "RR-Interval"),
        (HeartRateMeasurement(heart_rate_bpm=60, rr_intervals_ms=(-1.0,)), "RR-Interval"),
    ],
)
def test_a_number_too_large_for_its_field_is_refused_by_name(
    measurement: HeartRateMeasurement, field: str
) -> None:
    with pytest.raises(ValueError, match=field):
        encode(measurement)
