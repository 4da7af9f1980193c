"""What a chest strap notifies, encoded with the project's own codecs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.clock import Stamp
from vitals.gatt import signal_stream
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal

START_MS = 1_700_000_000_000


def beats_mv(times_s: NDArray[np.floating], length_s: float, rate_hz: int) -> NDArray[np.float64]:
    """An ECG of narrow QRS complexes, each with P and T waves, at the given times."""
    t_s = np.arange(round(length_s * rate_hz)) / rate_hz
    ecg = 0.05 * np.sin(2 * np.pi * 0.3 * t_s) + np.random.default_rng(3).normal(0.0, 0.005, len(t_s))
    for at_s in times_s:
        for height_mv, after_s, width_s in (
            (0.12, -0.17, 0.025),
            (1.0, 0.0, 0.016),
            (0.25, 0.28, 0.05),
        ):
            ecg += height_mv * np.exp(-(((t_s - at_s - after_s) / width_s) ** 2))
    return ecg


def steady_mv(length_s: float, *, rate_hz: int = 130, rr_s: float = 0.8) -> NDArray[np.float64]:
    return beats_mv(np.arange(0.4, length_s, rr_s), length_s, rate_hz)


@dataclass(slots=True, kw_only=True)
class FakeStrap:
    """Cuts an ECG into frames of half a second, on a device clock of its own."""

    ecg_mv: NDArray[np.float64]
    rate_hz: int = 130
    resolution_nv: int = 1000
    device_start_us: int = 5_000_000
    frame_s: float = 0.5
    first_sequence: int = 0
    delay_s: float = 0.03
    counts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.rint(self.ecg_mv * 1e6 / self.resolution_nv).astype(np.int64)

    def frames(self) -> Iterator[tuple[bytes, Stamp]]:
        """Each frame as notified, and when it arrives: `delay_s` after its last sample."""
        size = round(self.frame_s * self.rate_hz)
        for number, start in enumerate(range(0, len(self.counts) - size + 1, size)):
            frame = SignalFrame(
                signal=Signal.ECG,
                sequence=(self.first_sequence + number) % 65_536,
                timestamp_us=self.device_start_us + round(start * 1e6 / self.rate_hz),
                rate_hz=self.rate_hz,
                resolution=self.resolution_nv,
                channels=(tuple(self.counts[start : start + size].tolist()),),
            )
            yield signal_stream.encode(frame), stamp_at((start + size) / self.rate_hz + self.delay_s)


def stamp_at(seconds: float) -> Stamp:
    return Stamp(wall_ms=START_MS + round(seconds * 1000), monotonic_s=50.0 + seconds)
