"""A photoplethysmogram: each heart beat's pulse wave, its way down the arm later, as light sees it.

A pulse is two Gaussians (Tang et al., Sci Rep 2020;10:13883); its delay shortens as pressure rises (Mukkamala
et al., IEEE TBME 2015;62:1879-1901); breathing moves baseline and amplitude (Charlton et al., IEEE Rev Biomed
Eng 2018;11:2-20); movement is added as the accelerometer at the same place feels it. Values are an ADC's
arbitrary counts, higher as more blood is under the light.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.courses import Accumulated, Courses
from firmware_sim.motion import SITES, Motion
from firmware_sim.recordings import Beat
from firmware_sim.signals import SignalSegment, seconds
from firmware_sim.vital_signs import Quantity
from firmware_sim.worn_heart import Beating, OverTime
from vitals.errors import ConfigurationError

__all__ = ["PPG_SITES", "PpgSensor", "PpgSiteRow", "arrival_s"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PpgSiteRow:
    """Where light shines: how late a pulse arrives, its share of a finger's, how movement disturbs it."""

    site: str
    arrival_s: float
    perfusion: float
    artefact_per_g: float


PPG_SITES: Final[Mapping[str, PpgSiteRow]] = MappingProxyType(
    {
        row.site: row
        for row in (
            PpgSiteRow(site="finger", arrival_s=0.22, perfusion=1.0, artefact_per_g=0.010),
            PpgSiteRow(site="wrist", arrival_s=0.19, perfusion=0.5, artefact_per_g=0.014),
        )
    }
)


def arrival_s(site: PpgSiteRow, systolic_mmhg: float) -> float:
    """Return how long after its R peak a pulse begins to rise at a site."""
    return max(_SOONEST_S, site.arrival_s - _S_PER_MMHG * (systolic_mmhg - _USUAL_SYSTOLIC_MMHG))


class PpgSensor:
    """A `SignalSource` of `(n, 1)` arbitrary counts: one green light and what comes back of it."""

    def __init__(  # noqa: PLR0913 - one argument a part of the body that shows in it
        self,
        beating: Beating,
        courses: Courses,
        breathing: Accumulated,
        motion: Motion,
        *,
        site: str,
        rate_hz: int,
        rng: np.random.Generator,
        on_skin: OverTime = np.ones_like,
    ) -> None:
        self._beating = beating
        self._courses = courses
        self._breathing = breathing
        self._motion = motion
        self._site = ppg_site_named(site)
        self._rate_hz = rate_hz
        self._rng = rng
        self._on_skin = on_skin
        self._position = 0

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._rate_hz

    def read(self, count: int) -> SignalSegment:
        """Return the next samples; fewer, down to none, once a recorded heart has ended."""
        start = self._position
        if self._beating.ends_s < (start + count) / self._rate_hz:
            count = max(0, int(self._beating.ends_s * self._rate_hz) - start)
        if count == 0:
            return SignalSegment(start=start, samples=np.empty((0, 1)))
        self._position += count
        t_s = seconds(start, count, self._rate_hz)
        counts = np.where(self._on_skin(t_s) > 0.0, self._counts(t_s), _AMBIENT_COUNTS)
        counts += _SENSOR_COUNTS * self._rng.standard_normal(count)
        return SignalSegment(start=start, samples=counts[:, None])

    def _counts(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        breath = np.sin(2.0 * np.pi * self._breathing.over(t_s))
        perfusion = self._courses.over(Quantity.PERFUSION_INDEX, t_s) / 100.0 * self._site.perfusion
        pulses = self._pulses(t_s) * (1.0 - _BREATH_AMPLITUDE * breath)
        share = perfusion * (pulses - _PULSE_MEAN - _BREATH_BASELINE * breath)
        return _LIGHT_COUNTS * (1.0 + share + self._artefact(t_s))

    def _pulses(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pulse waves, from 0 to about 1; a beat after a short pause throws out little blood."""
        pulses = np.zeros_like(t_s)
        beats = self._beating.beats_between(float(t_s[0]) - _REACH_S, float(t_s[-1]))
        for before, beat in pairwise(beats):
            if beat.at_s < t_s[0] - _PULSE_S:
                continue
            rr_s = min(beat.at_s - before.at_s, _LONGEST_RR_S)
            at_s = beat.at_s + arrival_s(self._site, self._courses.at(Quantity.SYSTOLIC, beat.at_s))
            reached = slice(*np.searchsorted(t_s, (at_s - _FOOT_S, at_s + _PULSE_S)))
            pulses[reached] += _stroke(beat, rr_s) * _pulse(t_s[reached] - at_s, sqrt(rr_s))
        return pulses

    def _artefact(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        wrist = SITES["wrist"]
        felt = self._motion.acceleration_g(t_s, wrist)
        moved = felt @ _ARTEFACT_AXIS - _ARTEFACT_STILL
        artefact: NDArray[np.float64] = self._site.artefact_per_g * moved
        return artefact


def ppg_site_named(site: str) -> PpgSiteRow:
    """Return the row of that site.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    try:
        return PPG_SITES[site]
    except KeyError:
        raise ConfigurationError(
            f"no pulse is taken by light at {site!r}: choose one of {', '.join(PPG_SITES)}"
        ) from None


_LIGHT_COUNTS: Final = 20_000.0
"""What comes back on average; leaves room for the largest artefact in a signed octet pair."""
_AMBIENT_COUNTS: Final = 300.0
_SENSOR_COUNTS: Final = 4.0
_ARTEFACT_AXIS: Final = np.array([0.5, 0.7, 0.5])
_ARTEFACT_STILL: Final = 0.5
_S_PER_MMHG: Final = 0.0007
_USUAL_SYSTOLIC_MMHG: Final = 118.0
_SOONEST_S: Final = 0.10
_BREATH_AMPLITUDE: Final = 0.08
_BREATH_BASELINE: Final = 0.16
_PULSE_MEAN: Final = 0.35
_FOOT_S: Final = 0.15
_PULSE_S: Final = 1.2
_REACH_S: Final = 4.5
_LONGEST_RR_S: Final = 1.5
_USUAL_RR_S: Final = 0.9
_VENTRICULAR_STROKE: Final = 0.55
"""A beat from a ventricle fills and squeezes it badly."""


def _stroke(beat: Beat, rr_s: float) -> float:
    filling = (1.0 - np.exp(-(max(rr_s, 0.2) - 0.15) / 0.3)) / (1.0 - np.exp(-(_USUAL_RR_S - 0.15) / 0.3))
    return float(filling) * (_VENTRICULAR_STROKE if beat.symbol == "V" else 1.0)


def _pulse(since_s: NDArray[np.float64], pace: float) -> NDArray[np.float64]:
    """Systolic wave, then the one that comes back; both sooner and narrower in a fast heart."""
    systolic = np.exp(-0.5 * ((since_s - 0.13 * pace) / (0.065 * pace)) ** 2)
    reflected = np.exp(-0.5 * ((since_s - 0.37 * pace) / (0.12 * pace)) ** 2)
    pulse: NDArray[np.float64] = systolic + 0.45 * reflected
    return pulse
