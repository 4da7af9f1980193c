"""How one wearer moves: posture, gait, restlessness, tremor and falls, as acceleration at a site of the body.

An accelerometer at rest feels 1 g upwards. Axes at chest and waist: x to the wearer's left, y to the head,
z to the front; at the wrist: x to the hand, y across the forearm, z out of the watch's face.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.courses import Accumulated, Courses
from firmware_sim.drift import Drift
from firmware_sim.falls import Fall
from firmware_sim.seeds import stream
from firmware_sim.signals import SignalSegment, seconds
from firmware_sim.vital_signs import Posture, Quantity
from vitals.errors import ConfigurationError

__all__ = ["SITES", "Accelerometer", "Motion", "SiteRow"]

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """Where a sensor sits: which way is up in each posture and on the floor, and how it shares in movements.

    `bounce` and `swing` are shares of the trunk's bounce a step and of a free arm's swing, `fidget` of
    a restless hand's movement, `breath_g` what breathing moves, `blow` the impact of a fall over the waist's.
    """

    site: str
    up: Mapping[Posture, Vector]
    up_fallen: Vector
    forward: Vector
    bounce: float
    swing: float
    fidget: float
    tremor: float
    breath_g: float
    blow: float


_TRUNK_UP: Final = MappingProxyType(
    {
        Posture.STANDING: (0.02, 0.995, -0.1),
        Posture.SITTING: (0.02, 0.95, 0.31),
        Posture.LYING: (0.05, 0.12, 0.99),
    }
)
_TRUNK_UP_FALLEN: Final = (-0.93, 0.1, -0.35)

SITES: Final[Mapping[str, SiteRow]] = MappingProxyType(
    {
        row.site: row
        for row in (
            SiteRow(
                site="chest",
                up=_TRUNK_UP,
                up_fallen=_TRUNK_UP_FALLEN,
                forward=(0.0, 0.0, 1.0),
                bounce=0.9,
                swing=0.0,
                fidget=0.15,
                tremor=0.05,
                breath_g=0.012,
                blow=0.9,
            ),
            SiteRow(
                site="waist",
                up=_TRUNK_UP,
                up_fallen=_TRUNK_UP_FALLEN,
                forward=(0.0, 0.0, 1.0),
                bounce=1.0,
                swing=0.0,
                fidget=0.1,
                tremor=0.03,
                breath_g=0.006,
                blow=1.0,
            ),
            SiteRow(
                site="wrist",
                up=MappingProxyType(
                    {
                        Posture.STANDING: (-0.95, 0.25, 0.18),
                        Posture.SITTING: (0.1, 0.15, 0.98),
                        Posture.LYING: (0.15, -0.35, 0.92),
                    }
                ),
                up_fallen=(0.3, -0.85, 0.43),
                forward=(0.1, 0.95, 0.3),
                bounce=0.6,
                swing=1.0,
                fidget=1.0,
                tremor=1.0,
                breath_g=0.002,
                blow=1.3,
            ),
        )
    }
)


def site_named(site: str) -> SiteRow:
    """Return the row of that site.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    try:
        return SITES[site]
    except KeyError:
        raise ConfigurationError(
            f"no accelerometer is worn at {site!r}: choose one of {', '.join(SITES)}"
        ) from None


class Motion:
    """One wearer's movement, in any order of asking."""

    def __init__(
        self, courses: Courses, breathing: Accumulated, falls: Sequence[Fall], *, seed: np.random.SeedSequence
    ) -> None:
        self._courses = courses
        self._breathing = breathing
        self._falls = falls
        self._steps = Accumulated(lambda t_s: self.cadence_per_min(t_s) / 60.0)
        rng = stream(seed, "motion")
        self._fidgets = [Drift(rng, periods_s=_FIDGET_PERIODS_S, waves=6) for _ in range(3)]
        self._gusts = Drift(rng, periods_s=(6.0, 45.0))
        self._stride = Drift(rng, periods_s=(3.0, 20.0))
        self._trembling = [Drift(rng, periods_s=_TREMOR_PERIODS_S, waves=3) for _ in range(3)]

    def activity(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the work done, as a share of the greatest, at each second of `(n,)`: none on the floor."""
        return self._courses.over(Quantity.ACTIVITY, t_s) * (1.0 - self.down(t_s))

    def movement(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much sensors are shaken at each second of `(n,)`: 0 still, 1 at the most."""
        restless = self._courses.over(Quantity.RESTLESSNESS, t_s)
        stirring = np.zeros_like(t_s)
        for fall in self._falls:
            stirring = np.maximum(stirring, fall.stirring(t_s) + (np.abs(t_s - fall.impact_s) < _SHAKEN_S))
        moved: NDArray[np.float64] = np.maximum.reduce([self.activity(t_s), restless, stirring])
        return np.clip(moved, 0.0, 1.0)

    def down(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far the wearer lies on the floor after a fall, at each second of `(n,)`: 0 to 1."""
        down = np.zeros_like(t_s)
        for fall in self._falls:
            down = np.maximum(down, fall.down(t_s))
        return down

    def posture(self, at_s: float) -> Posture:
        """Return how the trunk is held at one second."""
        t_s = np.array([at_s])
        if self.down(t_s)[0] > _MOSTLY:
            return Posture.LYING
        weights = self._postures(t_s)
        return max(weights, key=lambda posture: float(weights[posture][0]))

    def cadence_per_min(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the steps a minute at each second of `(n,)`.

        100 at 3 MET, 130 at 6 (Tudor-Locke et al., Int J Behav Nutr Phys Act 2019;16:8); the greatest work
        is taken for 10 MET.
        """
        activity = self.activity(t_s)
        steps = _STEPS_AT_REST_MET + _STEPS_PER_MET * _METS * activity
        return np.where(activity >= _WALKS_FROM, steps, 0.0)

    def steps(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the steps taken since the start, with the share of the one under way."""
        return self._steps.over(t_s)

    def acceleration_g(self, t_s: NDArray[np.float64], site: SiteRow) -> NDArray[np.float64]:
        """Return `(n, 3)` g at each second of `(n,)`, which rise, as a sensor without noise feels it."""
        down = self.down(t_s)
        up = self._up(t_s, down, site)
        weight, blow = np.ones_like(t_s), np.zeros_like(t_s)
        for fall in self._falls:
            weight *= fall.weight(t_s)
            blow += site.blow * fall.blow_g(t_s)
        felt = up * (weight + blow + self._bounce_g(t_s, site))[:, None]
        felt += np.outer(self._forward_g(t_s, site), site.forward)
        return felt + self._unrest_g(t_s, site)

    def _up(self, t_s: NDArray[np.float64], down: NDArray[np.float64], site: SiteRow) -> NDArray[np.float64]:
        up = np.outer(down, site.up_fallen)
        for posture, weight in self._postures(t_s).items():
            up += np.outer(weight * (1.0 - down), site.up[posture])
        unit: NDArray[np.float64] = up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), _LEAST_NORM)
        return unit

    def _postures(self, t_s: NDArray[np.float64]) -> dict[Posture, NDArray[np.float64]]:
        lying = self._courses.over(Quantity.LYING, t_s)
        standing = (1.0 - lying) * np.clip(
            self._courses.over(Quantity.ACTIVITY, t_s) / _STANDS_FROM, 0.0, 1.0
        )
        return {
            Posture.STANDING: standing,
            Posture.SITTING: 1.0 - lying - standing,
            Posture.LYING: lying,
        }

    def _bounce_g(self, t_s: NDArray[np.float64], site: SiteRow) -> NDArray[np.float64]:
        """Rise and fall of the trunk at each step; a runner leaves the ground, a walker never does."""
        activity = self.activity(t_s)
        if not (activity >= _WALKS_FROM).any():
            return np.zeros_like(t_s)
        phase = 2.0 * np.pi * self.steps(t_s)
        strike = np.exp(_SHARPNESS * (np.cos(phase) - 1.0)) - _STRIKE_MEAN
        sway = 0.25 * np.cos(2.0 * phase + 0.9) + 0.15 * np.sin(phase / 2.0)
        size = _bounce_size_g(activity) * (1.0 + 0.15 * self._stride.at(t_s))
        bounce: NDArray[np.float64] = site.bounce * size * (strike + sway * 0.6)
        return np.maximum(bounce, -0.97)

    def _forward_g(self, t_s: NDArray[np.float64], site: SiteRow) -> NDArray[np.float64]:
        """Braking and pushing off at each step; and the arm, which swings once in two."""
        forward = site.breath_g * np.sin(2.0 * np.pi * self._breathing.over(t_s))
        activity = self.activity(t_s)
        if not (activity >= _WALKS_FROM).any():
            return forward
        phase, size = 2.0 * np.pi * self.steps(t_s), _bounce_size_g(activity)
        forward += 0.35 * site.bounce * size * np.sin(phase + 0.7)
        forward += site.swing * _SWING * size * (np.sin(phase / 2.0) + 0.2 * np.sin(1.5 * phase))
        return forward

    def _unrest_g(self, t_s: NDArray[np.float64], site: SiteRow) -> NDArray[np.float64]:
        """Gestures that come in gusts, the stirring of somebody on the floor, and a tremor near 9 Hz."""
        restless = self._courses.over(Quantity.RESTLESSNESS, t_s) * np.clip(
            3.0 * self._gusts.at(t_s) + 4.0 * self._courses.over(Quantity.RESTLESSNESS, t_s), 0.0, 1.0
        )
        for fall in self._falls:
            restless = restless + fall.stirring(t_s) * np.clip(1.0 + 3.0 * self._gusts.at(t_s), 0.0, 1.0)
        tremor = site.tremor * _TREMOR_G * self._courses.over(Quantity.TREMOR, t_s)
        unrest = np.zeros((len(t_s), 3))
        if restless.any():
            gestures = np.stack([fidget.at(t_s) for fidget in self._fidgets], axis=1)
            unrest += gestures * (site.fidget * _FIDGET_G * restless)[:, None]
        if tremor.any():
            trembling = np.stack([wave.at(t_s) for wave in self._trembling], axis=1)
            unrest += trembling * tremor[:, None]
        return unrest


class Accelerometer:
    """A `SignalSource` of `(n, 3)` g: the wearer's movement at one site, and the sensor's own noise."""

    def __init__(self, motion: Motion, site: str, *, rate_hz: int, rng: np.random.Generator) -> None:
        self._motion = motion
        self._site = site_named(site)
        self._rate_hz = rate_hz
        self._rng = rng
        self._position = 0

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._rate_hz

    def read(self, count: int) -> SignalSegment:
        """Return the next samples; the same ones however they are asked for."""
        start = self._position
        if count == 0:
            return SignalSegment(start=start, samples=np.empty((0, 3)))
        self._position += count
        samples = self._motion.acceleration_g(seconds(start, count, self._rate_hz), self._site)
        samples += _SENSOR_G * self._rng.standard_normal((count, 3))
        return SignalSegment(start=start, samples=samples)


_SENSOR_G: Final = 0.004
"""About what an ADXL345 or LIS2DH12 in its usual mode adds."""
_STEPS_AT_REST_MET: Final = 80.0
_STEPS_PER_MET: Final = 10.0
_METS: Final = 9.0
_WALKS_FROM: Final = 0.08
_STANDS_FROM: Final = 0.06
_MOSTLY: Final = 0.5
_LEAST_NORM: Final = 0.1
_SHAKEN_S: Final = 1.0
_SHARPNESS: Final = 2.0
_STRIKE_MEAN: Final = 0.3085
"""Mean of exp(2 (cos x - 1)), so that a walker is 1 g heavy on average."""
_SWING: Final = 0.9
_FIDGET_G: Final = 1.6
_FIDGET_PERIODS_S: Final = (0.25, 2.5)
_TREMOR_G: Final = 0.12
_TREMOR_PERIODS_S: Final = (0.095, 0.125)
"""Between 8 and 10.5 Hz: Elble and Randall, J Neurophysiol 1976;39:370-383."""


def _bounce_size_g(activity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grows with the work: about 0.4 g peak to peak for a stroll, over 2 g for a run."""
    size: NDArray[np.float64] = np.where(activity >= _WALKS_FROM, 0.25 + 2.4 * activity**1.5, 0.0)
    return size
