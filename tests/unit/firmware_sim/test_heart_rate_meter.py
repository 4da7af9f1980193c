import numpy as np
import pytest

from firmware_sim.heart import HeartSegment
from firmware_sim.heart_rate_meter import HeartRateMeter
from firmware_sim.recordings import Beat
from vitals.gatt import heart_rate
from vitals.gatt.heart_rate import SensorContact

RATE_HZ = 130


def segment(start_s: int, *beats_s: float, seconds: int = 1, contact: bool = True) -> HeartSegment:
    return HeartSegment(
        start=start_s * RATE_HZ,
        ecg_mv=np.zeros(seconds * RATE_HZ),
        beats=tuple(Beat(at_s=at_s) for at_s in beats_s),
        contact=contact,
    )


def test_intervals_are_told_once_and_exactly() -> None:
    meter = HeartRateMeter(RATE_HZ)
    meter.take(segment(0, 0.1, 0.9))
    first = meter.measure()
    meter.take(segment(1, 1.71))
    second = meter.measure()

    assert first.rr_intervals_ms == pytest.approx((800.0,))
    assert second.rr_intervals_ms == pytest.approx((810.0,))
    assert meter.measure().rr_intervals_ms == ()
    assert second.heart_rate_bpm == 75
    assert second.sensor_contact is SensorContact.CONTACT


def test_before_two_beats_the_rate_is_zero() -> None:
    meter = HeartRateMeter(RATE_HZ)
    meter.take(segment(0, 0.5))

    assert meter.measure().heart_rate_bpm == 0


def test_no_interval_spans_a_lost_contact() -> None:
    meter = HeartRateMeter(RATE_HZ)
    meter.take(segment(0, 0.1, 0.9))
    meter.measure()
    meter.take(segment(1, contact=False))
    off = meter.measure()
    meter.take(segment(2, 2.5))
    back = meter.measure()

    assert (off.heart_rate_bpm, off.sensor_contact) == (0, SensorContact.NO_CONTACT)
    assert (back.heart_rate_bpm, back.rr_intervals_ms) == (0, ())
    assert back.sensor_contact is SensorContact.CONTACT


def test_a_heart_that_stands_still_has_no_rate() -> None:
    meter = HeartRateMeter(RATE_HZ)
    meter.take(segment(0, 0.1, 0.9))
    for second in range(1, 8):
        meter.take(segment(second))

    assert meter.measure().heart_rate_bpm == 0


def test_even_after_a_long_silence_a_measurement_fits_the_smallest_mtu() -> None:
    meter = HeartRateMeter(RATE_HZ)
    meter.take(segment(0, *(0.3 * beat for beat in range(60)), seconds=20))

    assert len(heart_rate.encode(meter.measure())) <= 20
