"""What the wearables of a home notify, worked out beforehand so that no measurement counts it."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carewire.bench.agent import Told
from firmware_sim.body import Body
from firmware_sim.excerpts import load_excerpt
from firmware_sim.recordings import resample
from vitals.gatt import heart_rate, pulse_oximeter_continuous, signal_stream, uuids
from vitals.gatt import running_speed_cadence_measurement as steps
from vitals.gatt.heart_rate import HeartRateMeasurement
from vitals.gatt.pulse_oximeter import Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.running_speed_cadence_measurement import RunningSpeedCadence
from vitals.gatt.signals import Signal

__all__ = ["ECG_RATE_HZ", "HEARTS", "others", "straps"]

ECG_RATE_HZ: Final = 250
HEARTS: Final = ("atrial-fibrillation-203", "resting-101", "ectopic-119", "atrial-fibrillation-201")
"""Whose ECG each strap plays, in turn."""
_ECG_NV: Final = 1_000
_MOTION_RATE_HZ: Final = 50
_MOTION_UG: Final = 250
_OCTETS: Final = 244
"""What a notification carries over a link with data length extension."""
_FRAMES_A_S: Final = 2


def straps(patients: int, length_s: int) -> list[Told]:
    """Return what one chest strap a patient tells: its ECG at 250 Hz and a heart rate a second."""
    return _in_order(
        chain.from_iterable(
            chain(_ecg(number, length_s), _heart_rate(number, length_s)) for number in range(patients)
        )
    )


def others(patients: int, length_s: int) -> list[Told]:
    """Return what a finger oximeter and a wrist band a patient tell: pulse wave and motion at 50 Hz."""
    return _in_order(
        chain.from_iterable(
            chain(_oximeter(number, length_s), _wrist_band(number, length_s)) for number in range(patients)
        )
    )


def _in_order(told: Iterator[Told]) -> list[Told]:
    return sorted(told, key=lambda each: each.due_s)


def _ecg(number: int, length_s: int) -> Iterator[Told]:
    heart_mv = resample(load_excerpt(HEARTS[number % len(HEARTS)]), ECG_RATE_HZ).ecg_mv
    counts = np.rint(np.resize(heart_mv, length_s * ECG_RATE_HZ) * 1e6 / _ECG_NV).astype(int)
    return _frames(
        f"bench-strap-{number}", Signal.ECG, counts[:, np.newaxis], rate_hz=ECG_RATE_HZ, resolution=_ECG_NV
    )


def _heart_rate(number: int, length_s: int) -> Iterator[Told]:
    value = heart_rate.encode(HeartRateMeasurement(heart_rate_bpm=72, rr_intervals_ms=(833.0,)))
    return _each_second(f"bench-strap-{number}", uuids.HEART_RATE_MEASUREMENT, value, length_s)


def _oximeter(number: int, length_s: int) -> Iterator[Told]:
    value = pulse_oximeter_continuous.encode(
        Continuous(
            normal=Saturation(spo2_percent=97.0, pulse_rate_bpm=72.0), pulse_amplitude_index_percent=3.5
        )
    )
    return _each_second(f"bench-oximeter-{number}", uuids.PLX_CONTINUOUS_MEASUREMENT, value, length_s)


def _wrist_band(number: int, length_s: int) -> Iterator[Told]:
    body, device, samples = Body(["resting"], seed=number), f"bench-band-{number}", length_s * _MOTION_RATE_HZ
    pulse = np.rint(body.ppg(_MOTION_RATE_HZ, "wrist").read(samples).samples[:, :1]).astype(int)
    felt_g = body.acceleration(_MOTION_RATE_HZ, "wrist").read(samples).samples
    motion = np.rint(felt_g * 1e6 / _MOTION_UG).astype(int)
    walked = steps.encode(RunningSpeedCadence(speed_m_s=0.0, cadence_steps_min=0))
    return chain(
        _frames(device, Signal.PPG, pulse, rate_hz=_MOTION_RATE_HZ, resolution=1),
        _frames(device, Signal.ACCELERATION, motion, rate_hz=_MOTION_RATE_HZ, resolution=_MOTION_UG),
        _each_second(device, uuids.RSC_MEASUREMENT, walked, length_s),
    )


def _each_second(device: str, uuid: str, value: bytes, length_s: int) -> Iterator[Told]:
    for second in range(1, length_s + 1):
        yield Told(due_s=float(second), device=device, uuid=uuid, value=value)


def _frames(
    device: str, signal: Signal, counts: NDArray[np.int_], *, rate_hz: int, resolution: int
) -> Iterator[Told]:
    """Cut ``(n, leads)`` counts as a wearable does that sends twice a second."""
    sequence, size = 0, rate_hz // _FRAMES_A_S
    for start in range(0, len(counts) - size + 1, size):
        channels: Sequence[Sequence[int]] = counts[start : start + size].T.tolist()
        for frame in signal_stream.split_samples(
            channels,
            signal=signal,
            sequence=sequence,
            timestamp_us=round(start * 1e6 / rate_hz),
            rate_hz=rate_hz,
            resolution=resolution,
            max_octets=_OCTETS,
        ):
            value, sequence = signal_stream.encode(frame), sequence + 1
            yield Told(due_s=(start + size) / rate_hz, device=device, uuid=uuids.SIGNAL_DATA, value=value)
