"""From a fall to getting up: what is told, when, and what ends it."""

from itertools import count

import numpy as np
import pytest

from edge.falls.course import LONG_LIE_S, FallCourse, Moment
from edge.falls.evidence import EVIDENCE_FEATURES
from edge.falls.verdict import Verdict
from tests.fakes.movement import LYING, UP, still, walking
from vitals.features.falls import FallEvidence
from vitals.records import HealthEvent, Phase
from vitals.wire.envelope import encode_record

PENDANT = "c0-00-00-00-00-05"
SEEN = FallEvidence(
    peak_g=4.1,
    free_fall_ms=360.0,
    least_g=0.12,
    posture_change_deg=85.0,
    stillness_s=2.0,
    movement_before_g=0.2,
    movement_after_g=0.01,
)


def verdict(**changes: object) -> Verdict:
    seen = {name: changes.pop(name, getattr(SEEN, name)) for name in SEEN.__slots__}
    told = {"is_fall": True, "said_by": "falls", "version": 2, "probability": 0.99, "threshold": 0.6}
    return Verdict(**{**told, **changes}, seen=FallEvidence(**seen))


class Wearer:
    """A course, and five seconds at a time of what its wearer does."""

    def __init__(self, **before: str) -> None:
        numbers = count(1)
        before = {condition.replace("_", "-"): event_id for condition, event_id in before.items()}
        self.course = FallCourse(device=PENDANT, new_id=lambda: f"episode-{next(numbers)}", before=before)
        self.now_s = 0.0
        self.told: list[HealthEvent] = []

    def falls(self, said: Verdict | None = None) -> None:
        self.told += self.course.fell(said or verdict(), UP, self.moment())

    def does(self, seconds: float, samples: np.ndarray) -> None:
        for _ in range(round(seconds / 5.0)):
            self.now_s += 5.0
            self.told += self.course.step(samples, self.moment())

    def lies(self, seconds: float) -> None:
        self.does(seconds, still(5.0, up=LYING))

    def walks(self, seconds: float) -> None:
        self.does(seconds, walking(5.0))

    def moment(self) -> Moment:
        t_ms = 1_000_000 + round(1000 * self.now_s)
        return Moment(t_ms=t_ms, noticed_ms=t_ms + 30, monotonic_s=self.now_s)

    @property
    def says(self) -> list[tuple[str, str]]:
        return [(event.condition, event.phase) for event in self.told]


FELL = ("fall", Phase.ONSET)
LIES = ("long-lie", Phase.ONSET)
ENDED = ("fall", Phase.END)
ROSE = ("long-lie", Phase.END)


def test_who_never_fell_is_told_nothing_of() -> None:
    wearer = Wearer()
    wearer.lies(600)
    assert not wearer.told


def test_a_fall_is_told_at_once_with_what_speaks_for_it() -> None:
    wearer = Wearer()
    wearer.falls()
    (event,) = wearer.told
    assert (event.condition, event.phase, event.device) == ("fall", Phase.ONSET, PENDANT)
    assert event.evidence.model == "falls"
    assert [feature.name for feature in event.evidence.features] == [row.name for row in EVIDENCE_FEATURES]
    assert len(encode_record(event)) < 8_000


def test_whoever_walks_off_has_ended_the_fall_and_never_lain_long() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.lies(10)
    wearer.walks(20)
    wearer.lies(600)
    assert wearer.says == [FELL, ENDED]
    assert wearer.told[0].event_id == wearer.told[1].event_id


def test_two_minutes_on_the_floor_are_a_long_lie_told_once_from_the_fall_on() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.lies(LONG_LIE_S - 5)
    assert wearer.says == [FELL]
    wearer.lies(3600)
    assert wearer.says == [FELL, LIES]
    fell, lies = wearer.told
    assert lies.t_ms == fell.t_ms
    assert lies.event_id != fell.event_id
    assert lies.evidence.features[0].name == "time_since_fall"
    assert lies.evidence.features[0].value == pytest.approx(LONG_LIE_S, abs=5)


def test_getting_up_ends_the_long_lie_and_the_fall() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.lies(300)
    wearer.walks(20)
    assert wearer.says == [FELL, LIES, ROSE, ENDED]
    assert {event.event_id for event in wearer.told[:2]} == {event.event_id for event in wearer.told[2:]}


def test_ten_seconds_of_something_like_walking_are_not_getting_up() -> None:
    wearer = Wearer()
    wearer.falls()
    for _ in range(10):
        wearer.walks(10)
        wearer.lies(10)
    assert wearer.says == [FELL, LIES]


def test_standing_as_before_the_fall_is_getting_up_where_the_fall_changed_the_posture() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.lies(30)
    wearer.does(20, still(5.0, up=UP))
    assert wearer.says == [FELL, ENDED]


def test_a_posture_that_the_fall_hardly_changed_shows_nobody_up() -> None:
    wearer = Wearer()
    wearer.falls(verdict(posture_change_deg=40.0))
    wearer.does(180, still(5.0, up=UP))
    assert wearer.says == [FELL, LIES]


def test_another_blow_on_the_floor_is_part_of_the_same_fall() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.walks(10)
    wearer.falls()
    wearer.walks(5)
    assert wearer.says == [FELL]


def test_a_fall_minutes_later_is_told_although_nobody_was_seen_to_get_up_since_the_last() -> None:
    wearer = Wearer()
    wearer.falls(verdict(posture_change_deg=10.0))
    wearer.does(100, still(5.0, up=UP))
    wearer.walks(10)
    wearer.does(20, still(5.0, up=UP))
    wearer.falls()
    first, lie, end, second = wearer.told
    assert wearer.says == [FELL, LIES, ENDED, FELL]
    assert first.event_id == end.event_id != second.event_id
    wearer.lies(300)
    assert wearer.says[4:] == [], "the long lie stands already"
    wearer.walks(20)
    assert wearer.says[4:] == [ROSE, ENDED]
    assert [event.event_id for event in wearer.told[4:]] == [lie.event_id, second.event_id]


def test_a_silence_of_hours_counts_as_lying_until_something_else_is_seen() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.now_s += 7200
    wearer.lies(5)
    assert wearer.says == [FELL, LIES]


def test_nobody_gets_up_because_the_gateway_restarts() -> None:
    first = Wearer()
    first.falls()
    assert first.course.standing() == {"fall": "episode-1"}

    second = Wearer(fall="episode-1")
    assert second.course.standing() == {"fall": "episode-1"}
    second.lies(LONG_LIE_S + 10)
    assert second.says == [LIES], "two minutes from the restart on"
    assert second.course.standing() == {"fall": "episode-1", "long-lie": second.told[0].event_id}
    second.walks(20)
    assert second.says == [LIES, ROSE, ENDED]
    assert second.told[-1].event_id == "episode-1"
    assert second.course.standing() == {}


def test_another_fall_right_after_a_restart_is_told() -> None:
    wearer = Wearer(fall="episode-8")
    wearer.falls()
    assert wearer.says == [ENDED, FELL]


def test_a_long_lie_that_stood_before_a_restart_is_told_once_and_ends_by_its_name() -> None:
    wearer = Wearer(fall="episode-8", long_lie="episode-9")
    wearer.lies(300)
    assert wearer.says == []
    wearer.walks(20)
    assert [event.event_id for event in wearer.told] == ["episode-9", "episode-8"]


def test_a_clock_set_back_delays_no_long_lie() -> None:
    wearer = Wearer()
    wearer.falls()
    lying = still(5.0, up=LYING)
    told = wearer.course.step(lying, Moment(t_ms=500, noticed_ms=530, monotonic_s=LONG_LIE_S + 1))
    assert [event.condition for event in told] == ["long-lie"]


def test_a_sensor_that_feels_nothing_shows_nobody_up() -> None:
    wearer = Wearer()
    wearer.falls()
    wearer.does(180, np.zeros((250, 3)))
    assert wearer.says == [FELL, LIES]
