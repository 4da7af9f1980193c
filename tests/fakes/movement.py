"""Acceleration of drawn movements, and folders of them laid out as SisFall's excerpt is."""

import io
import lzma
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SISFALL_RATE_HZ = 200
COUNTS_PER_G = 256.0
UP = np.array([0.1, -0.97, 0.2])
LYING = np.array([0.95, 0.1, -0.3])

Samples = NDArray[np.float64]


def still(seconds: float, *, rate_hz: float = 50, up: Samples = UP, seed: int = 0) -> Samples:
    """Standing, or lying with another `up`: ``(n, 3)`` g and a sensor's own noise."""
    count = round(seconds * rate_hz)
    return np.tile(up / np.linalg.norm(up), (count, 1)) + _noise(count, seed)


def walking(seconds: float, *, rate_hz: float = 50, bounce_g: float = 0.3, seed: int = 0) -> Samples:
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    bounce = bounce_g * np.sin(2 * np.pi * 1.8 * t_s) + 0.3 * bounce_g * np.sin(2 * np.pi * 3.6 * t_s + 1.0)
    return np.outer(1.0 + bounce, UP / np.linalg.norm(UP)) + _noise(len(t_s), seed)


def fall(
    *, before_s: float = 5.0, after_s: float = 6.0, peak_g: float = 5.0, rate_hz: float = 50, seed: int = 0
) -> Samples:
    """Walk, fall freely for 0.4 s, hit the floor at ``before_s``, lie still."""
    random = np.random.default_rng(seed)
    lying = LYING + 0.15 * random.standard_normal(3)
    walk = walking(before_s - 0.4, rate_hz=rate_hz, seed=seed)
    falling = 0.15 * still(0.4, rate_hz=rate_hz, seed=seed + 1)
    lain = still(after_s, rate_hz=rate_hz, up=lying, seed=seed + 2)
    since_s = np.arange(len(lain)) / rate_hz
    blow = (peak_g - 1.0) * np.exp(-0.5 * ((since_s - 0.03) / 0.02) ** 2)
    blow += 0.3 * peak_g * np.exp(-0.5 * ((since_s - 0.2) / 0.03) ** 2)
    return np.concatenate([walk, falling, lain * (1.0 + blow)[:, None]])


def jumping(*, seconds: float = 10.0, peak_g: float = 4.0, rate_hz: float = 50, seed: int = 0) -> Samples:
    """Jump once a second: weightless, then a landing, upright all the time."""
    samples = still(seconds, rate_hz=rate_hz, seed=seed)
    phase_s = np.arange(len(samples)) / rate_hz % 1.0
    weight = np.where((phase_s > 0.5) & (phase_s < 0.8), 0.1, 1.0)
    weight = weight + (peak_g - 1.0) * np.exp(-0.5 * ((phase_s - 0.83) / 0.03) ** 2)
    return samples * weight[:, None]


def write_sisfall(
    folder: Path,
    recordings: Mapping[str, Samples],
    *,
    counts_per_g: float = COUNTS_PER_G,
    name: str = "people",
) -> Path:
    """Write ``(n, 3)`` g at 200 Hz under names such as F01_SA01_R01 as one file; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = {record: differences(samples, counts_per_g) for record, samples in recordings.items()}
    with io.BytesIO() as plain:
        np.savez(plain, **stored)
        (folder / f"{name}.npz.xz").write_bytes(lzma.compress(plain.getvalue(), preset=0))
    return folder


def differences(samples: Samples, counts_per_g: float = COUNTS_PER_G) -> NDArray[np.int16]:
    counts = np.rint(samples.T * counts_per_g).astype(np.int16)
    return np.diff(counts, axis=1, prepend=np.zeros((3, 1), np.int16)).astype(np.int16)


def people(count: int, *, rate_hz: float = SISFALL_RATE_HZ, seed: int = 0) -> dict[str, Samples]:
    """Recordings of a few people who fell, jumped and walked, no two alike."""
    recordings = {}
    for person in range(count):
        for trial in range(3):
            own, name = seed + 100 * person + 10 * trial, f"SA{person + 1:02}_R{trial + 1:02}"
            recordings[f"F01_{name}"] = fall(rate_hz=rate_hz, seed=own, peak_g=4.0 + trial)
            recordings[f"D19_{name}"] = jumping(rate_hz=rate_hz, seed=own, peak_g=3.0 + trial)
            recordings[f"D01_{name}"] = walking(8.0, rate_hz=rate_hz, seed=own, bounce_g=0.7)
    return recordings


def _noise(count: int, seed: int) -> Samples:
    return np.random.default_rng(seed).normal(0.0, 0.004, (count, 3))
