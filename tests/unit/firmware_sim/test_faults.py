from random import Random

import pytest

from firmware_sim.faults import FAULTS, fault_named
from firmware_sim.scenarios import SCENARIOS, Scenario
from vitals.errors import ConfigurationError, DecodeError
from vitals.gatt import heart_rate, registry, signal_stream, uuids
from vitals.gatt.signals import Signal

VALUES = [
    (
        uuids.SIGNAL_DATA,
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
    (
        uuids.HEART_RATE_MEASUREMENT,
        heart_rate.encode(heart_rate.HeartRateMeasurement(heart_rate_bpm=64)),
    ),
    (
        uuids.HEART_RATE_MEASUREMENT,
        heart_rate.encode(heart_rate.HeartRateMeasurement(heart_rate_bpm=64, rr_intervals_ms=(900.0, 910.0))),
    ),
]


@pytest.mark.parametrize("fault", ["truncated-notification", "over-long-notification"])
@pytest.mark.parametrize(("uuid", "value"), VALUES)
def test_no_codec_takes_a_value_of_the_wrong_length(fault: str, uuid: str, value: bytes) -> None:
    registry.decode(uuid, value)

    (faulty,) = FAULTS[fault].sends(uuid, value, Random(1))

    with pytest.raises(DecodeError):
        registry.decode(uuid, faulty)


@pytest.mark.parametrize(("uuid", "value"), VALUES)
def test_garbage_comes_beside_the_value_and_no_codec_takes_it(uuid: str, value: bytes) -> None:
    chance = Random(2)
    for _ in range(200):
        sent, garbage = FAULTS["garbage-packets"].sends(uuid, value, chance)
        assert sent == value
        with pytest.raises(DecodeError):
            registry.decode(uuid, garbage)


def test_a_silent_link_sends_nothing_and_a_duplicating_one_everything_twice() -> None:
    assert FAULTS["silent-link"].sends(uuids.HEART_RATE_MEASUREMENT, b"\x00\x40", Random(1)) == ()
    doubled = FAULTS["duplicate-notifications"].sends(uuids.HEART_RATE_MEASUREMENT, b"\x00\x40", Random(1))
    assert doubled == (b"\x00\x40",) * 2


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_fault_that_a_scenario_names_exists(scenario: Scenario) -> None:
    for scheduled in scenario.life.device_faults:
        assert fault_named(scheduled.fault).name == scheduled.fault


def test_an_unknown_fault_is_answered_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="choose one of truncated-notification"):
        fault_named("gremlins")
