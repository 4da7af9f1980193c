from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from carewire.bench import home
from carewire.bench.agent import Told
from firmware_sim.excerpts import load_excerpt
from firmware_sim.recordings import resample
from vitals.gatt import registry, signal_stream, uuids
from vitals.gatt.signal_stream import SignalFrame, sequence_step
from vitals.gatt.signals import Signal

SECONDS = 6


def frames_of(told: list[Told], device: str, signal: Signal) -> list[SignalFrame]:
    frames = [signal_stream.decode(each.value) for each in told if _is_signal_of(each, device)]
    return [frame for frame in frames if frame.signal is signal]


def _is_signal_of(told: Told, device: str) -> bool:
    return told.device == device and told.uuid == uuids.SIGNAL_DATA


def test_a_strap_tells_every_sample_of_its_heart_once_and_in_order() -> None:
    told = home.straps(2, SECONDS)

    for number in range(2):
        frames = frames_of(told, f"bench-strap-{number}", Signal.ECG)
        heart_mv = resample(load_excerpt(home.HEARTS[number]), home.ECG_RATE_HZ).ecg_mv
        told_mv = [sample for frame in frames for sample in frame.values[0]]
        assert np.allclose(told_mv, heart_mv[: SECONDS * home.ECG_RATE_HZ], atol=0.0006)
        assert {sequence_step(a.sequence, b.sequence) for a, b in pairwise(frames)} == {1}
        starts = np.cumsum([0, *(frame.length for frame in frames)])[:-1]
        assert [round(frame.timestamp_us * home.ECG_RATE_HZ / 1e6) for frame in frames] == starts.tolist()


def test_a_patient_wears_an_oximeter_and_a_wrist_band_beside_the_strap() -> None:
    told = home.others(1, SECONDS)

    assert {each.device for each in told} == {"bench-oximeter-0", "bench-band-0"}
    motion = frames_of(told, "bench-band-0", Signal.ACCELERATION)
    pulse = frames_of(told, "bench-band-0", Signal.PPG)
    assert sum(frame.length for frame in motion) == sum(frame.length for frame in pulse) == 50 * SECONDS
    felt_g = np.array([frame.values for frame in motion[:1]])[0]
    assert np.linalg.norm(felt_g, axis=0).mean() == pytest.approx(1.0, abs=0.1)
    assert Counter(each.uuid for each in told)[uuids.PLX_CONTINUOUS_MEASUREMENT] == SECONDS


def test_what_is_told_falls_due_in_order_fits_a_notification_and_can_be_read() -> None:
    told = sorted([*home.straps(1, SECONDS), *home.others(1, SECONDS)], key=lambda each: each.due_s)

    assert told == sorted(told, key=lambda each: each.due_s)
    assert max(each.due_s for each in told) <= SECONDS
    assert max(len(each.value) for each in told) <= 244
    for each in told:
        registry.decode(each.uuid, each.value)
