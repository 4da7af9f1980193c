"""A body whose heart rate and breathing never change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_sim.rhythms import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyDrive:
    rate_bpm: float = 64.0
    respiration_hz: float = 0.25
    slow_wave_hz: float = 0.1

    def tone(self, at_s: float) -> Tone:
        return Tone(
            rate_bpm=self.rate_bpm,
            breath=float(np.sin(2 * np.pi * self.respiration_hz * at_s)),
            slow_wave=float(np.sin(2 * np.pi * self.slow_wave_hz * at_s)),
        )

    def breath(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sin(2 * np.pi * self.respiration_hz * t_s)
