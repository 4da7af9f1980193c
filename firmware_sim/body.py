"""One patient: coupled physiology in physical units, the same for a seed in whatever order it is asked.

Seconds count from the body's start. Everything a wearable measures comes from here, so that a chest strap,
a wrist band and a cuff on one body tell of the same heart beats, breaths and steps.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import pi, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.causes import Span
from firmware_sim.courses import Accumulated, Courses
from firmware_sim.drift import Drift
from firmware_sim.excerpts import load_excerpt
from firmware_sim.faults import ScheduledFault
from firmware_sim.heart import HeartSource
from firmware_sim.motion import Accelerometer, Motion
from firmware_sim.motion_noise import MotionNoise
from firmware_sim.paced_recording import PacedRecording, recorded_rate_bpm
from firmware_sim.physiology import GeneratedBeating
from firmware_sim.ppg import PpgSensor
from firmware_sim.recordings import Recording
from firmware_sim.rhythms import Sinus, Tone
from firmware_sim.scenario import GeneratedBeats, Life, RecordedBeats, Scenario, combined
from firmware_sim.scenarios import scenarios_named
from firmware_sim.seeds import Seed, seed_sequence, stream
from firmware_sim.signals import SignalSource
from firmware_sim.vital_signs import Quantity, VitalSigns
from firmware_sim.worn_heart import Beating, WornHeart

__all__ = ["Body"]


class Body:
    """A person who lives through scenarios, given by name (`resting+fever`) or as rows.

    A `recording` takes the place of the scenarios' heart; with `loop` it plays for ever. Each call of
    `heart`, `ppg` or `acceleration` returns a new source from the start, the same for the same arguments.

    Raises
    ------
    ConfigurationError
        A scenario is unknown, or two of them name different hearts.
    """

    def __init__(
        self,
        scenarios: Sequence[str | Scenario],
        *,
        seed: Seed,
        recording: Recording | None = None,
        loop: bool = True,
    ) -> None:
        self._seed = seed_sequence(seed)
        life = self._life = combined(_rows(scenarios))
        if recording is None and isinstance(life.beats, RecordedBeats):
            recording = _excerpt(life.beats.excerpt)
        recorded_bpm = recorded_rate_bpm(recording) if recording is not None else None
        baselines = dict(life.baselines)
        if recorded_bpm is not None:
            baselines.setdefault(Quantity.HEART_RATE, recorded_bpm)
        self._courses = Courses(
            life.episodes,
            seed=self._seed,
            start_hour=_START_HOUR if life.start_hour is None else life.start_hour,
            baselines=baselines,
            steady=frozenset() if recording is None else frozenset({Quantity.HEART_RATE}),
        )
        self._breaths = Accumulated(
            lambda t_s: self._courses.over(Quantity.RESPIRATORY_RATE, t_s) / _S_PER_MINUTE
        )
        self._motion = Motion(self._courses, self._breaths, life.falls, seed=self._seed)
        self._beating: Beating
        if recording is not None:
            pace = _pace(self._courses, recorded_bpm)
            self._beating = PacedRecording(recording, pace=pace, loop=loop)
        else:
            self._beating = _generated(life, self._courses, self._breaths, self._seed)

    @property
    def device_faults(self) -> tuple[ScheduledFault, ...]:
        """Return what goes wrong with the wearables of this body, and when."""
        return self._life.device_faults

    def vital_signs(self, at_s: float) -> VitalSigns:
        """Return everything that can be measured at one second."""
        t_s = np.array([at_s])
        measured = {quantity.value: self._courses.at(quantity, at_s) for quantity in _MEASURED}
        measured[Quantity.HEART_RATE.value] = self._heart_rate_bpm(at_s)
        return VitalSigns(
            **measured,
            activity=float(self._motion.activity(t_s)[0]),
            steps_total=int(self._motion.steps(t_s)[0]),
            posture=self._motion.posture(at_s),
            on_skin=_outside(at_s, self._life.off_skin),
            in_reach=_outside(at_s, self._life.out_of_reach),
        )

    def heart(self, rate_hz: int) -> HeartSource:
        """Return what a strap's electrodes pick up: ECG in mV, with its beats."""
        return WornHeart(
            self._beating,
            rate_hz=rate_hz,
            rng=stream(self._seed, f"electrodes at {rate_hz} Hz"),
            movement=self._motion.movement,
            on_skin=self._on_skin,
            noise=MotionNoise(qrs_mv=self._beating.qrs_mv, rng=stream(self._seed, "motion noise")),
        )

    def ppg(self, rate_hz: int, site: str = "wrist") -> SignalSource:
        """Return what light on the skin tells: `(n, 1)` arbitrary counts, higher with more blood.

        Raises
        ------
        ConfigurationError
            There is no such site.
        """
        return PpgSensor(
            self._beating,
            self._courses,
            self._breaths,
            self._motion,
            site=site,
            rate_hz=rate_hz,
            rng=stream(self._seed, f"light at the {site} at {rate_hz} Hz"),
            on_skin=self._on_skin,
        )

    def acceleration(self, rate_hz: int, site: str) -> SignalSource:
        """Return what an accelerometer at wrist, chest or waist feels: `(n, 3)` g.

        Raises
        ------
        ConfigurationError
            There is no such site.
        """
        rng = stream(self._seed, f"acceleration at the {site} at {rate_hz} Hz")
        return Accelerometer(self._motion, site, rate_hz=rate_hz, rng=rng)

    def _heart_rate_bpm(self, at_s: float) -> float:
        """Return the rate of the beats of the last seconds; before there are any, the one aimed at."""
        beats = self._beating.beats_between(at_s - _AVERAGED_S, at_s)
        if len(beats) < _FEWEST_BEATS:
            return self._courses.at(Quantity.HEART_RATE, at_s)
        return _S_PER_MINUTE * (len(beats) - 1) / (beats[-1].at_s - beats[0].at_s)

    def _on_skin(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        touching = np.ones_like(t_s)
        for span in self._life.off_skin:
            touching[(span.from_s <= t_s) & (t_s < span.to_s)] = 0.0
        return touching


_START_HOUR: Final = 10.0
_S_PER_MINUTE: Final = 60.0
_AVERAGED_S: Final = 10.0
_FEWEST_BEATS: Final = 3
_SLOW_WAVE_PERIODS_S: Final = (9.0, 11.5)
"""Near 0.1 Hz: Task Force of the ESC and NASPE, Circulation 1996;93:1043-1065."""
_MEASURED: Final = (
    Quantity.RESPIRATORY_RATE,
    Quantity.OXYGEN_SATURATION,
    Quantity.PERFUSION_INDEX,
    Quantity.BODY_TEMPERATURE,
    Quantity.SYSTOLIC,
    Quantity.DIASTOLIC,
    Quantity.GLUCOSE,
    Quantity.WEIGHT,
    Quantity.BODY_FAT,
    Quantity.SWEATING,
    Quantity.TREMOR,
)


class _Drive:
    """The body's nerves: how fast, how much variation, where in the breath."""

    def __init__(self, courses: Courses, breaths: Accumulated, rng: np.random.Generator) -> None:
        self._courses = courses
        self._breaths = breaths
        self._slow_wave = Drift(rng, periods_s=_SLOW_WAVE_PERIODS_S, waves=3)

    def tone(self, at_s: float) -> Tone:
        """Return what nerves say at one second."""
        t_s = np.array([at_s])
        return Tone(
            rate_bpm=self._courses.at(Quantity.HEART_RATE, at_s),
            breath=sin(2.0 * pi * self._breaths.at(at_s)),
            slow_wave=float(self._slow_wave.at(t_s)[0]),
            variability=self._courses.at(Quantity.VARIABILITY, at_s),
        )

    def breath(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how full the lungs are at each second of `(n,)`, from -1 to 1."""
        fullness: NDArray[np.float64] = np.sin(2.0 * np.pi * self._breaths.over(t_s))
        return fullness


def _rows(scenarios: Sequence[str | Scenario]) -> list[Scenario]:
    rows: list[Scenario] = []
    for scenario in scenarios:
        rows += (scenario,) if isinstance(scenario, Scenario) else scenarios_named(scenario)
    return rows


@lru_cache(maxsize=8)
def _excerpt(name: str) -> Recording:
    return load_excerpt(name)


def _pace(courses: Courses, recorded_bpm: float | None) -> Callable[[float], float]:
    if recorded_bpm is None:
        return lambda _at_s: 1.0
    return lambda at_s: courses.at(Quantity.HEART_RATE, at_s) / recorded_bpm


def _generated(
    life: Life, courses: Courses, breaths: Accumulated, seed: np.random.SeedSequence
) -> GeneratedBeating:
    course = life.beats.course if isinstance(life.beats, GeneratedBeats) else {0.0: Sinus()}
    drive = _Drive(courses, breaths, stream(seed, "slow wave"))
    return GeneratedBeating(course, drive=drive, rng=stream(seed, "beats"))


def _outside(at_s: float, spans: Sequence[Span]) -> bool:
    return not any(at_s in span for span in spans)
