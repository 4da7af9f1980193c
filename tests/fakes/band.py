"""What a wrist band notifies of a simulated body: light and acceleration, in the project's own codecs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from edge.clock import Stamp
from firmware_sim.body import Body
from tests.fakes.strap import stamp_at
from vitals.gatt import signal_stream
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import SIGNALS, Signal

_RESOLUTION = {Signal.PPG: 1, Signal.ACCELERATION: 500}


@dataclass(slots=True, kw_only=True)
class FakeBand:
    """Cuts both signals into frames of half a second, on one clock of its own; acceleration comes later."""

    scenario: str
    length_s: float
    signals: tuple[Signal, ...] = (Signal.PPG, Signal.ACCELERATION)
    rate_hz: int = 50
    device_start_us: int = 5_000_000
    late_s: float = 0.2
    body: Body = field(init=False)

    def __post_init__(self) -> None:
        self.body = Body([self.scenario], seed=5)

    def heart_rate_per_min(self, at_s: float) -> float:
        """The true mean rate of the eight seconds before."""
        moments = np.arange(at_s - 7.5, at_s, 1.0)
        return float(np.mean([self.body.vital_signs(max(0.0, float(m))).heart_rate_bpm for m in moments]))

    def frames(self) -> Iterator[tuple[bytes, Stamp]]:
        """Each frame as notified, and when it arrives, in order of arrival."""
        held = [frame for signal in self.signals for frame in self._of(signal)]
        yield from sorted(held, key=lambda frame: frame[1].monotonic_s)

    def _of(self, signal: Signal) -> Iterator[tuple[bytes, Stamp]]:
        source = (
            self.body.ppg(self.rate_hz, "wrist")
            if signal is Signal.PPG
            else self.body.acceleration(self.rate_hz, "wrist")
        )
        scale = SIGNALS[signal].resolution_units_per_unit / _RESOLUTION[signal]
        counts = np.rint(source.read(round(self.length_s * self.rate_hz)).samples * scale).astype(int)
        size, late_s = self.rate_hz // 2, 0.0 if signal is Signal.PPG else self.late_s
        for number, start in enumerate(range(0, len(counts) - size + 1, size)):
            frame = SignalFrame(
                signal=signal,
                sequence=number % 65_536,
                timestamp_us=self.device_start_us + round(start * 1e6 / self.rate_hz),
                rate_hz=self.rate_hz,
                resolution=_RESOLUTION[signal],
                channels=tuple(tuple(lead) for lead in counts[start : start + size].T.tolist()),
            )
            yield signal_stream.encode(frame), stamp_at((start + size) / self.rate_hz + 0.03 + late_s)
