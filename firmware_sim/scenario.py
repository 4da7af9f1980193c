"""What a scenario is made of, and how several become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firmware_sim.causes import Episode, Span
from firmware_sim.falls import Fall
from firmware_sim.faults import ScheduledFault
from firmware_sim.rhythms import Rhythm
from firmware_sim.vital_signs import Quantity
from vitals.errors import ConfigurationError

__all__ = ["GeneratedBeats", "Life", "RecordedBeats", "Scenario", "combined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBeats:
    """A shipped recording, by its name in `EXCERPTS`, at the pace the body asks for."""

    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedBeats:
    """Which rhythm rules from which second on."""

    course: Mapping[float, Rhythm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What a body lives through. Nothing named: an adult who sits awake, in sinus rhythm.

    `baselines` take the place of what a quantity is at rest; `episodes` move it from there.
    """

    beats: RecordedBeats | GeneratedBeats | None = None
    start_hour: float | None = None
    baselines: Mapping[Quantity, float] = field(default_factory=dict)
    episodes: tuple[Episode, ...] = ()
    falls: tuple[Fall, ...] = ()
    off_skin: tuple[Span, ...] = ()
    out_of_reach: tuple[Span, ...] = ()
    device_faults: tuple[ScheduledFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row: what happens, where it comes from, and what an attentive system says about it."""

    name: str
    description: str
    source: str
    expected: str
    life: Life


def combined(scenarios: Sequence[Scenario]) -> Life:
    """Return one life: later scenarios override what they set, what moves vital signs adds up.

    Raises
    ------
    ConfigurationError
        Two of them name different hearts: nobody has both.
    """
    lives = [scenario.life for scenario in scenarios]
    hours = [life.start_hour for life in lives if life.start_hour is not None]
    return Life(
        beats=_one_heart(scenarios),
        start_hour=hours[-1] if hours else None,
        baselines={quantity: value for life in lives for quantity, value in life.baselines.items()},
        episodes=tuple(episode for life in lives for episode in life.episodes),
        falls=tuple(fall for life in lives for fall in life.falls),
        off_skin=tuple(span for life in lives for span in life.off_skin),
        out_of_reach=tuple(span for life in lives for span in life.out_of_reach),
        device_faults=tuple(fault for life in lives for fault in life.device_faults),
    )


def _one_heart(scenarios: Sequence[Scenario]) -> RecordedBeats | GeneratedBeats | None:
    named = [scenario for scenario in scenarios if scenario.life.beats is not None]
    for other in named[1:]:
        if other.life.beats != named[0].life.beats:
            raise ConfigurationError(
                f"{named[0].name} and {other.name} name different hearts, and nobody has two: leave one out"
            )
    return named[0].life.beats if named else None
