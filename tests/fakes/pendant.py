"""What a fall pendant notifies, encoded with the project's own codecs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.clock import Stamp
from tests.fakes.strap import stamp_at
from vitals.gatt import signal_stream
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePendant:
    """Cuts ``(n, 3)`` g into frames of half a second, on a device clock of its own."""

    acceleration_g: NDArray[np.float64]
    rate_hz: int = 50
    resolution_ug: int = 500
    frame_s: float = 0.5
    start_s: float = 0.0
    first_sequence: int = 0
    delay_s: float = 0.03

    def frames(self) -> Iterator[tuple[bytes, Stamp]]:
        """Each frame as notified, and when it arrives: `delay_s` after its last sample."""
        counts = np.rint(self.acceleration_g * 1e6 / self.resolution_ug).astype(np.int64)
        size = round(self.frame_s * self.rate_hz)
        for number, start in enumerate(range(0, len(counts) - size + 1, size)):
            at_s = self.start_s + start / self.rate_hz
            frame = SignalFrame(
                signal=Signal.ACCELERATION,
                sequence=(self.first_sequence + number) % 65_536,
                timestamp_us=5_000_000 + round(at_s * 1e6),
                rate_hz=self.rate_hz,
                resolution=self.resolution_ug,
                channels=tuple(tuple(axis.tolist()) for axis in counts[start : start + size].T),
            )
            yield signal_stream.encode(frame), stamp_at(at_s + self.frame_s + self.delay_s)
