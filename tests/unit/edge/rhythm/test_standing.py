"""What stood when a gateway ended, and which conditions that is asked of."""

from edge.alarms.standing_alarms import EVENT_ALARMS
from edge.clock import Stamp
from edge.falls.course import FALL, LONG_LIE
from edge.rhythm.standing import HEART_CONDITIONS, StandingEpisodes
from vitals.records import HealthEvent, Phase

STRAP = "c0-00-00-00-00-01"
NOW = Stamp(wall_ms=1_700_000_000_000, monotonic_s=5.0)


def event(condition: str, phase: Phase = Phase.ONSET, event_id: str = "e-0000001") -> HealthEvent:
    return HealthEvent(
        event_id=event_id, device=STRAP, condition=condition, phase=phase, t_ms=1, noticed_ms=2
    )


def test_what_stood_is_ended_once_by_its_name() -> None:
    episodes = StandingEpisodes(device=STRAP, before={"pause": "e-0000009"})
    assert episodes.by_condition() == {"pause": "e-0000009"}
    (end,) = episodes.left_behind(NOW, is_beating=False)
    assert (end.event_id, end.condition, end.phase, end.t_ms) == (
        "e-0000009",
        "pause",
        Phase.END,
        NOW.wall_ms,
    )
    assert episodes.left_behind(NOW, is_beating=True) == []
    assert episodes.by_condition() == {}


def test_a_heart_that_stood_still_is_not_taken_for_well_before_it_beats() -> None:
    episodes = StandingEpisodes(device=STRAP, before={"asystole": "e-0000009"})
    assert episodes.left_behind(NOW, is_beating=False) == []
    assert episodes.by_condition() == {"asystole": "e-0000009"}
    assert [end.condition for end in episodes.left_behind(NOW, is_beating=True)] == ["asystole"]


def test_only_its_own_end_ends_an_episode() -> None:
    episodes = StandingEpisodes(device=STRAP, before={})
    episodes.note([event("pause", event_id="e-0000002")])
    episodes.note([event("pause", Phase.END, "e-0000001")])
    assert episodes.by_condition() == {"pause": "e-0000002"}
    episodes.note([event("pause", Phase.END, "e-0000002")])
    assert episodes.by_condition() == {}


def test_nobody_gets_up_because_a_gateway_restarts() -> None:
    episodes = StandingEpisodes(device=STRAP, before={FALL: "e-0000003"})
    assert episodes.left_behind(NOW, is_beating=True) == []
    episodes.note([event(FALL), event(LONG_LIE)])
    assert episodes.by_condition() == {}


def test_every_condition_of_the_heart_that_is_signalled_here_is_one_of_them() -> None:
    others = {FALL, LONG_LIE, *(name for name in EVENT_ALARMS if name.startswith("glucose"))}
    assert EVENT_ALARMS.keys() - others == HEART_CONDITIONS
