"""What the simulated wearer lives through. A new scenario is one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from firmware_sim.excerpts import load_excerpt
from firmware_sim.heart import HeartSource, RecordedHeart, SensorOff
from firmware_sim.physiology import AtrialFibrillation, GeneratedHeart, Rhythm, Sinus
from firmware_sim.recordings import resample
from vitals.errors import ConfigurationError

__all__ = ["SCENARIOS", "Scenario", "scenario_named"]

MakeHeart = Callable[[int, np.random.Generator], HeartSource]
"""From a sample rate in Hz and seeded randomness to a heart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row: what is played, from where, and what an attentive system says about it."""

    name: str
    description: str
    source: str
    expected: str
    heart: MakeHeart


def scenario_named(name: str) -> Scenario:
    """Return the row of that name.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ConfigurationError(
            f"no scenario is called {name!r}: choose one of {', '.join(SCENARIOS)}"
        ) from None


def _excerpt(name: str) -> MakeHeart:
    return lambda rate_hz, _rng: RecordedHeart(resample(load_excerpt(name), rate_hz))


def _generated(course: dict[float, Rhythm]) -> MakeHeart:
    return lambda rate_hz, rng: GeneratedHeart(course, rate_hz=rate_hz, rng=rng)


def _sensor_off(heart: MakeHeart, from_s: float) -> MakeHeart:
    return lambda rate_hz, rng: SensorOff(heart(rate_hz, rng), from_s=from_s)


SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        row.name: row
        for row in (
            Scenario(
                name="resting",
                description="a recorded heart at rest, in sinus rhythm",
                source="excerpt resting-101",
                expected="nothing to report",
                heart=_excerpt("resting-101"),
            ),
            Scenario(
                name="ectopic-beats",
                description="a recorded heart with ventricular ectopic beats",
                source="excerpt ectopic-119",
                expected="ectopic beats, and no atrial fibrillation",
                heart=_excerpt("ectopic-119"),
            ),
            Scenario(
                name="atrial-fibrillation",
                description="a recorded heart in atrial fibrillation",
                source="excerpt atrial-fibrillation-201",
                expected="atrial fibrillation from the start",
                heart=_excerpt("atrial-fibrillation-201"),
            ),
            Scenario(
                name="atrial-fibrillation-with-ectopic-beats",
                description="a recorded heart in faster atrial fibrillation with ventricular ectopic beats",
                source="excerpt atrial-fibrillation-203",
                expected="atrial fibrillation from the start",
                heart=_excerpt("atrial-fibrillation-203"),
            ),
            Scenario(
                name="generated-resting",
                description="a generated heart at rest that breathes",
                source="generated",
                expected="nothing to report",
                heart=_generated({0.0: Sinus()}),
            ),
            Scenario(
                name="generated-atrial-fibrillation",
                description="a generated heart in atrial fibrillation",
                source="generated",
                expected="atrial fibrillation from the start",
                heart=_generated({0.0: AtrialFibrillation()}),
            ),
            Scenario(
                name="paroxysmal-atrial-fibrillation",
                description="a generated heart at rest that falls into atrial fibrillation after a minute",
                source="generated",
                expected="the onset of atrial fibrillation after 60 s",
                heart=_generated({0.0: Sinus(), 60.0: AtrialFibrillation()}),
            ),
            Scenario(
                name="tachycardia",
                description="a generated heart in sinus rhythm that stays at 140 beats a minute",
                source="generated",
                expected="a high heart rate",
                heart=_generated({0.0: Sinus(rate_bpm=140, respiratory_ms=6, slow_wave_ms=5, jitter_ms=3)}),
            ),
            Scenario(
                name="sensor-off",
                description="a recorded heart at rest whose strap comes loose after 30 s",
                source="excerpt resting-101",
                expected="sensor off after 30 s",
                heart=_sensor_off(_excerpt("resting-101"), from_s=30.0),
            ),
        )
    }
)
