import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.excerpts import load_excerpt
from firmware_sim.heart_rate_meter import HeartRateMeter
from firmware_sim.recordings import resample
from firmware_sim.samplers import Sampler, SignalRow, samplers_of
from vitals.gatt.heart_rate import SensorContact
from vitals.gatt.signals import Signal

ECG = SignalRow(signal=Signal.ECG, rates_hz=(130, 250), resolution=1000)
MOVEMENT = SignalRow(
    signal=Signal.ACCELERATION,
    rates_hz=(50,),
    resolution=500,
    source=lambda body, rate_hz: body.acceleration(rate_hz, "chest"),
)


def sampler_of(
    row: SignalRow, body: Body, meter: HeartRateMeter | None = None, rate_hz: int = 130
) -> Sampler:
    (sampler,) = samplers_of((row,), body, meter or HeartRateMeter(rate_hz), rate_hz)
    return sampler


def test_a_row_is_set_to_the_rate_asked_for_where_it_can_be() -> None:
    body = Body(["generated-resting"], seed=1)

    assert [sampler_of(row, body, rate_hz=250).settings.rate_hz for row in (ECG, MOVEMENT)] == [250, 50]


def test_a_signal_is_not_taken_before_somebody_asks_and_is_then_in_step_with_life() -> None:
    body = Body(["exercise"], seed=1)
    sampler, expected = sampler_of(MOVEMENT, body), body.acceleration(50, "chest").read(200).samples

    before = sampler.read(150)
    sampler.begin()
    sampler.begin()
    after = sampler.read(50)

    assert before is None
    assert after.start == 150
    assert pytest.approx(expected[150:], abs=250e-6) == np.array(after.channels).T * 500e-6


def test_after_a_recordings_end_the_electrodes_hang_loose() -> None:
    recording, meter = resample(load_excerpt("resting-101"), 130), HeartRateMeter(130)
    body = Body(["resting"], seed=1, recording=recording, loop=False)
    sampler, count = sampler_of(ECG, body, meter), len(recording.ecg_mv)

    lasting = sampler.read(count - 30)
    ending = sampler.read(65)
    was_worn = meter.measure().sensor_contact
    loose = sampler.read(65)

    assert (lasting.start, ending.start, loose.start) == (0, count - 30, count + 35)
    assert any(ending.channels[0][:30])
    assert not any(ending.channels[0][30:])
    assert not any(loose.channels[0])
    assert was_worn is SensorContact.CONTACT
    assert meter.measure().sensor_contact is SensorContact.NO_CONTACT
