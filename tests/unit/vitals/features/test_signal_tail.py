import numpy as np
import pytest

from vitals.errors import ValidationError
from vitals.features.signal_tail import SignalTail


def tone(hz: float, rate_hz: float, from_s: float, length_s: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * (from_s + np.arange(round(length_s * rate_hz)) / rate_hz))[None, :]


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 62.5, 125.0, 500.0])
def test_a_slow_tone_reads_the_same_at_any_rate(rate_hz):
    tail = SignalTail(channels=1, rate_hz=rate_hz, keep_s=30.0)
    for start_s in range(100, 112, 2):
        tail.push(tone(2.0, rate_hz, start_s, 2.0), float(start_s))
    read = tail.at_rate(25.0, 102.0, 200)[0]
    assert read == pytest.approx(tone(2.0, 25.0, 102.0, 8.0)[0], abs=0.06)


def test_what_the_new_rate_cannot_hold_does_not_come_back_as_something_slower():
    tail = SignalTail(channels=1, rate_hz=125.0, keep_s=30.0)
    tail.push(tone(24.0, 125.0, 0.0, 12.0), 0.0)
    assert np.abs(tail.at_rate(25.0, 2.0, 200)).max() < 0.05


def test_only_the_last_seconds_are_held():
    tail = SignalTail(channels=1, rate_hz=50.0, keep_s=10.0)
    tail.push(np.zeros((1, 1500)), 5.0)
    assert (tail.start_s, tail.end_s) == (25.0, 35.0)
    assert tail.covers(25.0, 35.0)
    assert not tail.covers(24.0, 35.0)
    assert not tail.covers(26.0, 36.0)


def test_nothing_is_covered_before_the_first_sample():
    assert not SignalTail(channels=1, rate_hz=50.0, keep_s=10.0).covers(0.0, 1.0)


def test_the_newest_frame_says_what_time_it_is():
    tail = SignalTail(channels=1, rate_hz=50.0, keep_s=10.0)
    tail.push(np.zeros((1, 50)), 0.0)
    tail.push(np.zeros((1, 50)), 1.01)
    assert tail.end_s == pytest.approx(2.01)


def test_samples_of_other_channels_are_refused():
    tail = SignalTail(channels=3, rate_hz=50.0, keep_s=10.0)
    with pytest.raises(ValidationError, match=r"3 channels"):
        tail.push(np.zeros((1, 50)), 0.0)
