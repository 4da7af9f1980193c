"""What becomes of each patient of a simulated day: one row a patient. Hours are of their own local day.

Physiology is that of the simulated firmware; what its gateway concludes, loses and says of its devices is
written here, since no gateway runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from firmware_sim.causes import Cause, Episode, Span
from firmware_sim.vital_signs import Quantity

__all__ = ["SCRIPTS", "Artefact", "Concluded", "Script"]

_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """A conclusion of the gateway's about the wearer, from one second to another."""

    condition: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A sensor that takes something else for a heart, and is sure of it."""

    span: Span
    heart_rate_bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One patient. Everything but physiology happens to wearables and the gateway.

    While it is `off` the body or `away` from the gateway a wearable measures nothing; `unclear` signals are
    measured and never judged; during an `outage` the gateway keeps what it hears and tells it afterwards.
    """

    name: str
    baselines: Mapping[Quantity, float] = field(default_factory=dict)
    episodes: tuple[Episode, ...] = ()
    has_oximeter: bool = False
    has_glucose_sensor: bool = False
    has_thermometer: bool = False
    concluded: tuple[Concluded, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    off: tuple[Span, ...] = ()
    away: tuple[Span, ...] = ()
    unclear: tuple[Span, ...] = ()
    outages: tuple[Span, ...] = ()
    battery_low_from_s: float | None = None


def _hours(from_h: float, to_h: float) -> Span:
    return Span(from_s=from_h * _HOUR_S, to_s=to_h * _HOUR_S)


def _minutes(at_h: float, minutes: float) -> Span:
    return Span(from_s=at_h * _HOUR_S, to_s=at_h * _HOUR_S + minutes * 60)


def _felt(cause: Cause, level: float, span: Span, ramp_s: float = 60.0) -> Episode:
    return Episode(cause=cause, level=level, from_s=span.from_s, to_s=span.to_s, ramp_s=ramp_s)


_NIGHT: Final = (
    _felt(Cause.SLEEP, 1.0, _hours(-8, 6.5), 900.0),
    _felt(Cause.SLEEP, 1.0, _hours(22.5, 30), 900.0),
)
_WALK: Final = _felt(Cause.EXERTION, 0.3, _minutes(10, 35), 60.0)


SCRIPTS: Final = (
    Script(name="well", episodes=(*_NIGHT, _WALK), has_oximeter=True),
    Script(
        name="atrial-fibrillation",
        episodes=(*_NIGHT, _WALK, _felt(Cause.RAPID_CONDUCTION, 78.0, _minutes(1.5, 42))),
        concluded=(Concluded(condition="atrial-fibrillation", span=_minutes(1.5, 42)),),
    ),
    Script(
        name="low-glucose-at-night",
        episodes=(*_NIGHT, _felt(Cause.HYPOGLYCAEMIA, 58.0, _minutes(0.8, 65), 900.0)),
        has_glucose_sensor=True,
    ),
    Script(
        name="fall",
        episodes=(*_NIGHT, _felt(Cause.DISTRESS, 0.9, _minutes(1.2, 25), 5.0)),
        concluded=(
            Concluded(condition="fall", span=_minutes(1.2, 25)),
            Concluded(condition="long-lie", span=Span(from_s=1.2 * _HOUR_S + 120, to_s=1.2 * _HOUR_S + 1500)),
        ),
    ),
    Script(
        name="takes-it-off",
        episodes=_NIGHT,
        off=(_minutes(0.5, 3), _hours(7, 7.7), _hours(19, 19.4)),
        battery_low_from_s=1.0 * _HOUR_S,
    ),
    Script(name="gateway-fails", episodes=(*_NIGHT, _WALK), outages=(_minutes(0.7, 25), _hours(13, 14.5))),
    Script(
        name="apnoea",
        episodes=(
            *_NIGHT,
            *(_felt(Cause.HYPOXIA, 18.0, _minutes(0.6 + 0.75 * turn, 1.6), 15.0) for turn in range(7)),
        ),
        has_oximeter=True,
    ),
    Script(name="slow-sleeper", baselines={Quantity.HEART_RATE: 47.0}, episodes=_NIGHT),
    Script(
        name="athlete",
        episodes=(
            *_NIGHT,
            _felt(Cause.EXERTION, 0.85, _minutes(6.8, 45)),
            _felt(Cause.EXERTION, 0.8, _minutes(17.5, 30)),
        ),
    ),
    Script(
        name="loose-strap",
        episodes=_NIGHT,
        artefacts=tuple(
            Artefact(span=_minutes(hour, 2.5), heart_rate_bpm=156.0) for hour in (1.1, 8.2, 11.4, 15.3, 20.1)
        ),
        unclear=(_minutes(0.4, 6), _minutes(9.5, 12)),
    ),
    Script(
        name="leaves-the-house",
        episodes=(*_NIGHT, _WALK),
        away=(_minutes(1.4, 8), _hours(9, 12.2), _minutes(16, 0.6)),
    ),
    Script(
        name="fever-and-glucose",
        episodes=(*_NIGHT, _felt(Cause.FEVER, 2.4, _hours(2, 20), 5400.0)),
        has_oximeter=True,
        has_glucose_sensor=True,
        has_thermometer=True,
    ),
    Script(
        name="late-word-of-a-fast-heart",
        episodes=(*_NIGHT, _felt(Cause.RAPID_CONDUCTION, 85.0, _minutes(1.0, 6))),
        outages=(_minutes(0.95, 20),),
    ),
)
"""Those that come first happen within two hours of midnight as well, so that a short run sees them."""
SCRIPT_BY_NAME: Final = MappingProxyType({script.name: script for script in SCRIPTS})
