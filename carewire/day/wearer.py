"""One patient of a simulated day: what their wearables measure, and what their gateway says and when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carewire.day.scripts import Concluded, Script
from firmware_sim.causes import Span
from firmware_sim.courses import Courses
from firmware_sim.seeds import seed_sequence
from firmware_sim.vital_signs import Quantity
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import AnyRecord, DeviceReport, HealthEvent, LinkState, ObservationRun, Phase

__all__ = ["NOTICED_AFTER_S", "Measured", "Wearer"]

_HEART_EVERY_S: Final = 5
_OXYGEN_EVERY_S: Final = 10
_MINUTE_S: Final = 60
_REPORT_EVERY_S: Final = 600
_SURE, _UNSURE = 0.95, 0.2
_USUAL_BATTERY, _LOW_BATTERY = 80, 12
NOTICED_AFTER_S: Final = 20.0
"""How long a gateway's windows take to conclude something."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """One kind by one wearable: seconds of the day, value and quality in columns of one length."""

    kind: str
    device: str
    at_s: NDArray[np.float64]
    value: NDArray[np.float64]
    quality: NDArray[np.float64]

    def between(self, from_s: float, to_s: float, start_ms: int) -> ObservationRun | None:
        """Return what was measured in from <= t < to as a record, if anything was."""
        first, last = np.searchsorted(self.at_s, (from_s, to_s))
        if first == last:
            return None
        return ObservationRun(
            device=self.device,
            kind=self.kind,
            t_ms=[start_ms + round(each * 1000) for each in self.at_s[first:last].tolist()],
            value=self.value[first:last].tolist(),
            quality=self.quality[first:last].tolist(),
        )


@dataclass(slots=True, kw_only=True)
class Wearer:
    """One patient by a script; the same seed lives the same day."""

    number: int
    script: Script
    seed: int
    start_ms: int
    day_s: float
    measured: Sequence[Measured] = field(init=False)
    said: Sequence[tuple[float, AnyRecord]] = field(init=False)
    """What is told at a second of the day beside what is measured."""

    def __post_init__(self) -> None:
        self.measured = tuple(self._measure())
        self.said = sorted((*self._conclusions(), *self._reports()), key=lambda told: told[0])

    @property
    def patient_id(self) -> str:
        """Return the patient's id."""
        return f"day-{self.number:02d}"

    @property
    def name(self) -> str:
        """Return what they are called."""
        return f"Patient {self.number:02d}, {self.script.name}"

    @property
    def gateway(self) -> str:
        """Return their gateway."""
        return f"day-gateway-{self.number:02d}"

    @property
    def devices(self) -> Sequence[str]:
        """Return their wearables."""
        return tuple(dict.fromkeys(each.device for each in self.measured))

    def is_offline(self, at_s: float) -> bool:
        """Tell whether the gateway cannot reach the service."""
        return _is_in(self.script.outages, at_s)

    def records(self, from_s: float, to_s: float) -> list[AnyRecord]:
        """Return what the gateway comes to know in from <= t < to."""
        runs = (each.between(from_s, to_s, self.start_ms) for each in self.measured)
        told = (record for at_s, record in self.said if from_s <= at_s < to_s)
        return [*(run for run in runs if run is not None), *told]

    def _measure(self) -> Iterator[Measured]:
        courses = Courses(
            self.script.episodes,
            seed=seed_sequence(self.seed),
            start_hour=0.0,
            baselines=self.script.baselines,
        )
        heart = self._series(courses, "heart_rate", "strap", Quantity.HEART_RATE, _HEART_EVERY_S)
        for artefact in self.script.artefacts:
            heart.value[_within(heart.at_s, (artefact.span,))] = artefact.heart_rate_bpm
        yield heart
        if self.script.unclear:
            yield _clarity_of(heart)
        if self.script.has_oximeter:
            yield self._series(
                courses, "oxygen_saturation", "oximeter", Quantity.OXYGEN_SATURATION, _OXYGEN_EVERY_S
            )
        if self.script.has_glucose_sensor:
            yield self._series(courses, "glucose", "sensor", Quantity.GLUCOSE, _MINUTE_S)
        if self.script.has_thermometer:
            yield self._series(courses, "body_temperature", "patch", Quantity.BODY_TEMPERATURE, _MINUTE_S)

    def _series(
        self, courses: Courses, kind: str, wearable: str, quantity: Quantity, every_s: int
    ) -> Measured:
        at_s = np.arange(0.0, self.day_s, every_s)
        is_strap = wearable == "strap"
        if is_strap:
            at_s = at_s[~_within(at_s, (*self.script.off, *self.script.away))]
        resolution = OBSERVATION_KINDS[kind].resolution
        value = np.round(courses.over(quantity, at_s) / resolution) * resolution
        unclear = _within(at_s, self.script.unclear if is_strap else ())
        return Measured(
            kind=kind,
            device=self._device(wearable),
            at_s=at_s,
            value=value,
            quality=np.where(unclear, _UNSURE, _SURE),
        )

    def _device(self, wearable: str) -> str:
        return f"day-{wearable}-{self.number:02d}"

    def _conclusions(self) -> Iterator[tuple[float, AnyRecord]]:
        for number, one in enumerate(self.script.concluded):
            for phase, at_s in ((Phase.ONSET, one.span.from_s), (Phase.END, one.span.to_s)):
                noticed_s = at_s + NOTICED_AFTER_S
                yield noticed_s, self._event(number, one, phase, (at_s, noticed_s))

    def _event(self, number: int, one: Concluded, phase: Phase, times_s: tuple[float, float]) -> HealthEvent:
        t_ms, noticed_ms = (self.start_ms + round(each * 1000) for each in times_s)
        return HealthEvent(
            event_id=f"{self.patient_id}-event-{number:02d}",
            device=self._device("strap"),
            condition=one.condition,
            phase=phase,
            t_ms=t_ms,
            noticed_ms=noticed_ms,
            signal_quality=_SURE,
        )

    def _reports(self) -> Iterator[tuple[float, AnyRecord]]:
        changes = [
            each for span in (*self.script.off, *self.script.away) for each in (span.from_s, span.to_s)
        ]
        if self.script.battery_low_from_s is not None:
            changes.append(self.script.battery_low_from_s)
        for wearable in ("strap", "oximeter", "sensor", "patch"):
            if self._device(wearable) in self.devices:
                own = changes if wearable == "strap" else []
                for at_s in sorted({*np.arange(0.0, self.day_s, _REPORT_EVERY_S).tolist(), *own}):
                    yield at_s, self._report(wearable, at_s)

    def _report(self, wearable: str, at_s: float) -> DeviceReport:
        is_strap = wearable == "strap"
        is_away = is_strap and _is_in(self.script.away, at_s)
        low_from_s = self.script.battery_low_from_s
        is_low = is_strap and low_from_s is not None and at_s >= low_from_s
        return DeviceReport(
            device=self._device(wearable),
            t_ms=self.start_ms + round(at_s * 1000),
            link=LinkState.DISCONNECTED if is_away else LinkState.CONNECTED,
            on_body=not (is_strap and _is_in(self.script.off, at_s)),
            battery_percent=_LOW_BATTERY if is_low else _USUAL_BATTERY,
        )


def _clarity_of(heart: Measured) -> Measured:
    """Return how clear the signal was from which a heart rate was read."""
    return Measured(
        kind="ecg_quality",
        device=heart.device,
        at_s=heart.at_s,
        value=heart.quality,
        quality=np.full_like(heart.quality, _SURE),
    )


def _is_in(spans: Iterable[Span], at_s: float) -> bool:
    return any(at_s in span for span in spans)


def _within(at_s: NDArray[np.float64], spans: Iterable[Span]) -> NDArray[np.bool_]:
    found = np.zeros(len(at_s), np.bool_)
    for span in spans:
        found |= (at_s >= span.from_s) & (at_s < span.to_s)
    return found
