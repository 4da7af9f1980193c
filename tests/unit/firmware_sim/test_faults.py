from collections.abc import Callable

import pytest

from firmware_sim.faults import FAULTS, fault_named
from vitals.errors import ConfigurationError, DecodeError
from vitals.gatt import heart_rate, signal_stream
from vitals.gatt.signals import Signal

VALUES = [
    (
        signal_stream.decode,
        signal_stream.encode(
            signal_stream.SignalFrame(
                signal=Signal.ECG,
                sequence=1,
                timestamp_us=0,
                rate_hz=130,
                resolution=1000,
                channels=((0, 9, -4, 2),),
            )
        ),
    ),
    (heart_rate.decode, heart_rate.encode(heart_rate.HeartRateMeasurement(heart_rate_bpm=64))),
    (
        heart_rate.decode,
        heart_rate.encode(heart_rate.HeartRateMeasurement(heart_rate_bpm=64, rr_intervals_ms=(900.0, 910.0))),
    ),
]


@pytest.mark.parametrize("fault", ["truncated-notification", "over-long-notification"])
@pytest.mark.parametrize(("decode", "value"), VALUES)
def test_no_codec_takes_a_value_of_the_wrong_length(
    fault: str, decode: Callable[[bytes], object], value: bytes
) -> None:
    decode(value)
    faulty = FAULTS[fault].notification(value)

    assert faulty is not None
    with pytest.raises(DecodeError):
        decode(faulty)


def test_a_silent_link_sends_nothing() -> None:
    assert FAULTS["silent-link"].notification(b"\x00\x40") is None


def test_an_unknown_fault_is_answered_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="choose one of truncated-notification"):
        fault_named("gremlins")
