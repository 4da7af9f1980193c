"""What stands in this home: who is told, who has seen to it, and that the cloud's return makes it quiet."""

from dataclasses import replace
from itertools import count

import pytest

from edge.alarms.health_limits import HEALTH_LIMITS
from edge.alarms.local_alarm import ALARMS, AlarmChange, AlarmKey, Priority
from edge.alarms.standing_alarms import EVENT_ALARMS, MOST_SILENCE_S, Family, SignalPolicy, StandingAlarms
from tests.fakes.clock import FakeClock
from vitals.records import DeviceReport, HealthEvent, LinkState, ObservationRun, Phase

STRAP = "c0-00-00-00-00-01"
EPISODE = "episode-of-the-gateway"


class Bench:
    def __init__(self, policy: SignalPolicy = SignalPolicy.WHEN_CLOUD_SILENT) -> None:
        numbers = count(1)
        self.clock = FakeClock()
        self.alarms = StandingAlarms(
            clock=self.clock, new_id=lambda: f"limit-episode-{next(numbers)}", policy=policy
        )

    def own(self, key: AlarmKey, *, stands: bool = True, device: str | None = None) -> None:
        change = AlarmChange(alarm=ALARMS[key], is_raised=stands, t_ms=self.clock.wall_ms(), device=device)
        self.alarms.on_change(change)

    def event(
        self, condition: str = "atrial-fibrillation", phase: Phase = Phase.ONSET, event_id: str = EPISODE
    ) -> None:
        now_ms = self.clock.wall_ms()
        self.alarms.on_record(
            HealthEvent(
                event_id=event_id,
                device=STRAP,
                condition=condition,
                phase=phase,
                t_ms=now_ms,
                noticed_ms=now_ms,
            )
        )

    def heart_rate(self, per_min: float, for_s: int) -> None:
        for _ in range(for_s):
            self.clock.advance(1)
            self.alarms.on_record(
                ObservationRun(device=STRAP, kind="heart_rate", t_ms=[self.clock.wall_ms()], value=[per_min])
            )

    def in_line(self) -> list[str]:
        return [alarm.key for alarm in self.alarms.standing]

    def heard(self) -> str | None:
        alarm = self.alarms.sounding()
        return alarm.key if alarm else None

    def seen(self) -> str | None:
        alarm = self.alarms.lit()
        return alarm.key if alarm else None


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_nothing_stands_at_first(bench: Bench) -> None:
    assert (bench.in_line(), bench.heard(), bench.seen()) == ([], None, None)


def test_an_episode_stands_from_its_onset_to_its_end(bench: Bench) -> None:
    bench.event()
    (alarm,) = bench.alarms.standing
    assert (alarm.key, alarm.family, alarm.device) == (EPISODE, Family.PHYSIOLOGICAL, STRAP)
    bench.event(phase=Phase.END)
    assert bench.in_line() == []


def test_while_the_cloud_answers_an_episode_is_shown_but_not_signalled_here(bench: Bench) -> None:
    bench.event()
    assert (bench.in_line(), bench.heard(), bench.seen()) == ([EPISODE], None, None)


def test_once_the_cloud_falls_silent_it_is_signalled_and_once_it_is_back_no_longer(bench: Bench) -> None:
    bench.event("fall")
    bench.own(AlarmKey.CLOUD_SILENT)
    assert (bench.heard(), bench.seen()) == (EPISODE, EPISODE)
    bench.own(AlarmKey.CLOUD_SILENT, stands=False)
    assert (bench.in_line(), bench.heard(), bench.seen()) == ([EPISODE], None, None)


def test_an_episode_that_ended_meanwhile_is_not_heard_when_the_cloud_falls_silent(bench: Bench) -> None:
    bench.event("fall")
    bench.event("fall", Phase.END)
    bench.own(AlarmKey.CLOUD_SILENT)
    assert bench.heard() == AlarmKey.CLOUD_SILENT


def test_by_setting_an_episode_is_always_signalled_here() -> None:
    bench = Bench(SignalPolicy.ALWAYS)
    bench.event()
    assert (bench.heard(), bench.seen()) == (EPISODE, EPISODE)


def test_the_gateways_own_alarms_are_signalled_whatever_the_cloud_does(bench: Bench) -> None:
    bench.own(AlarmKey.RADIO_FAILED)
    assert (bench.heard(), bench.seen()) == (AlarmKey.RADIO_FAILED, AlarmKey.RADIO_FAILED)
    assert bench.alarms.standing[0].family is Family.TECHNICAL
    bench.own(AlarmKey.RADIO_FAILED, stands=False)
    assert bench.heard() is None


def test_two_wearables_with_the_same_trouble_are_two_alarms(bench: Bench) -> None:
    for device in ("strap", "pendant"):
        bench.own(AlarmKey.BOND_LOST, device=device)
    assert sorted(bench.in_line()) == ["bond-lost:pendant", "bond-lost:strap"]
    bench.own(AlarmKey.BOND_LOST, stands=False, device="strap")
    assert [alarm.device for alarm in bench.alarms.standing] == ["pendant"]


def test_people_come_before_equipment_and_the_urgent_before_all(bench: Bench) -> None:
    bench.own(AlarmKey.RADIO_FAILED)
    bench.own(AlarmKey.CLOUD_SILENT)
    bench.event()
    bench.event("fall", event_id="episode-of-a-fall")
    assert bench.in_line() == ["episode-of-a-fall", EPISODE, AlarmKey.CLOUD_SILENT, AlarmKey.RADIO_FAILED]


def test_a_condition_nobody_has_named_yet_is_not_ignored(bench: Bench) -> None:
    bench.event("heart-block")
    (alarm,) = bench.alarms.standing
    assert (alarm.title, alarm.priority) == ("Heart block", Priority.MEDIUM)


def test_a_value_beyond_its_limit_is_an_episode_with_a_name_of_its_own(bench: Bench) -> None:
    bench.own(AlarmKey.CLOUD_SILENT)
    bench.heart_rate(35, for_s=40)
    (alarm, _) = bench.alarms.standing
    assert (alarm.key, alarm.title, alarm.priority) == (
        "limit-episode-1",
        "Heart rate very low",
        Priority.HIGH,
    )
    assert bench.heard() == "limit-episode-1"
    bench.heart_rate(60, for_s=40)
    assert bench.in_line() == [AlarmKey.CLOUD_SILENT]


def test_acknowledging_ends_the_sound_for_good_but_not_the_light(bench: Bench) -> None:
    bench.own(AlarmKey.CLOUD_SILENT)
    bench.event("fall")
    assert bench.alarms.acknowledge(EPISODE)
    assert (bench.heard(), bench.seen()) == (AlarmKey.CLOUD_SILENT, EPISODE)
    bench.clock.advance(100_000)
    assert bench.heard() == AlarmKey.CLOUD_SILENT


def test_what_comes_after_an_acknowledgement_sounds_again(bench: Bench) -> None:
    bench.own(AlarmKey.CLOUD_SILENT)
    bench.event("fall")
    bench.alarms.acknowledge(EPISODE)
    bench.event("fall", event_id="episode-of-another-fall")
    assert bench.heard() == "episode-of-another-fall"


@pytest.mark.parametrize("key", [AlarmKey.OUTBOX_FAILED, AlarmKey.RADIO_FAILED])
def test_a_silence_ends_by_itself(bench: Bench, key: AlarmKey) -> None:
    bench.own(key)
    now_ms = bench.clock.wall_ms()
    assert bench.alarms.silence(key, until_ms=now_ms + 60_000) == now_ms + 60_000
    assert (bench.heard(), bench.seen()) == (None, key)
    bench.clock.advance(59)
    assert bench.heard() is None
    bench.clock.advance(1)
    assert bench.heard() == key


@pytest.mark.parametrize(
    ("condition", "priority"), [("fall", Priority.HIGH), ("atrial-fibrillation", Priority.MEDIUM)]
)
def test_nobody_can_silence_for_longer_than_the_priority_allows(
    bench: Bench, condition: str, priority: Priority
) -> None:
    bench.event(condition)
    now_ms = bench.clock.wall_ms()
    granted_ms = bench.alarms.silence(EPISODE, until_ms=now_ms + 10**10)
    assert granted_ms == now_ms + 1000 * MOST_SILENCE_S[priority]


def test_a_wall_clock_set_back_does_not_lengthen_a_silence(bench: Bench) -> None:
    bench.own(AlarmKey.RADIO_FAILED)
    bench.alarms.silence(AlarmKey.RADIO_FAILED, until_ms=bench.clock.wall_ms() + 60_000)
    bench.clock.jump_wall(-3600)
    bench.clock.advance(60)
    assert bench.heard() == AlarmKey.RADIO_FAILED


def test_a_silence_that_is_over_before_it_begins_changes_nothing(bench: Bench) -> None:
    bench.own(AlarmKey.RADIO_FAILED)
    now_ms = bench.clock.wall_ms()
    assert bench.alarms.silence(AlarmKey.RADIO_FAILED, until_ms=now_ms - 5_000) == now_ms
    assert bench.heard() == AlarmKey.RADIO_FAILED


def test_silencing_or_acknowledging_what_does_not_stand_says_so(bench: Bench) -> None:
    assert bench.alarms.silence("nothing-such", until_ms=10**13) is None
    assert not bench.alarms.acknowledge("nothing-such")


def test_a_gateway_identifies_itself_for_as_long_as_asked(bench: Bench) -> None:
    bench.alarms.identify(30)
    assert bench.alarms.is_identifying
    bench.clock.advance(30)
    assert not bench.alarms.is_identifying


def test_a_flood_of_episodes_keeps_those_nobody_has_seen_to(bench: Bench) -> None:
    bench.event("fall", event_id="episode-seen-to")
    bench.alarms.acknowledge("episode-seen-to")
    for number in range(100):
        bench.clock.advance(1)
        bench.event("fall", event_id=f"episode-{number:03}")
    assert len(bench.in_line()) == 64
    assert bench.in_line()[0] == "episode-099"
    assert "episode-seen-to" not in bench.in_line()


def test_a_flood_of_episodes_is_signalled_though_somebody_saw_to_the_cloud(bench: Bench) -> None:
    bench.own(AlarmKey.CLOUD_SILENT)
    bench.alarms.acknowledge(AlarmKey.CLOUD_SILENT)
    for number in range(100):
        bench.event(event_id=f"episode-{number:03}")
    assert AlarmKey.CLOUD_SILENT not in bench.in_line(), "it gave way to people"
    assert bench.heard() is not None
    bench.own(AlarmKey.CLOUD_SILENT, stands=False)
    assert bench.heard() is None


def test_what_says_nothing_of_a_wearer_changes_nothing(bench: Bench) -> None:
    bench.alarms.on_record(DeviceReport(device=STRAP, t_ms=0, link=LinkState.CONNECTED))
    assert bench.in_line() == []


# --- One heart, told once ----------------------------------------------------------------------


def test_a_slow_heart_told_by_its_beats_is_not_told_again_by_its_pulse() -> None:
    bench = Bench(SignalPolicy.ALWAYS)
    bench.event("extreme-bradycardia")
    bench.heart_rate(36.0, for_s=60)
    assert bench.in_line() == [EPISODE]
    bench.alarms.acknowledge(EPISODE)
    assert bench.heard() is None


def test_the_pulse_is_told_again_once_its_beats_are_not() -> None:
    bench = Bench(SignalPolicy.ALWAYS)
    bench.event("extreme-bradycardia")
    bench.heart_rate(36.0, for_s=60)
    bench.event("extreme-bradycardia", Phase.END)
    assert bench.in_line() == ["limit-episode-1"]


def test_the_worse_of_two_rhythms_of_one_heart_is_told_alone() -> None:
    bench = Bench(SignalPolicy.ALWAYS)
    bench.event("extreme-tachycardia", event_id="episode-of-rate")
    bench.event("ventricular-tachycardia", event_id="episode-of-beats")
    assert bench.in_line() == ["episode-of-beats"]


def test_what_is_covered_of_one_wearer_is_told_of_another() -> None:
    bench = Bench(SignalPolicy.ALWAYS)
    bench.event("asystole")
    other = HealthEvent(
        event_id="episode-of-another",
        device="c0-00-00-00-00-02",
        condition="pause",
        phase=Phase.ONSET,
        t_ms=bench.clock.wall_ms(),
        noticed_ms=bench.clock.wall_ms(),
    )
    bench.alarms.on_record(other)
    assert set(bench.in_line()) == {EPISODE, "episode-of-another"}


@pytest.mark.parametrize("condition", sorted(EVENT_ALARMS))
def test_what_covers_another_is_no_less_urgent(condition: str) -> None:
    ranks, row = list(Priority), EVENT_ALARMS[condition]
    limits = {limit.key: limit.priority for limit in HEALTH_LIMITS}
    covered = [EVENT_ALARMS[key].priority if key in EVENT_ALARMS else limits[key] for key in row.covers]
    assert all(ranks.index(row.priority) <= ranks.index(priority) for priority in covered)


def test_an_event_somebody_says_was_right_is_passed_on_whether_it_stands_or_not() -> None:
    bench, told = Bench(), list[str]()
    bench.alarms.on_confirmed = told.append
    bench.event()
    bench.alarms.acknowledge(EPISODE, was_right=True)
    bench.alarms.acknowledge("episode-long-over", was_right=True)
    bench.alarms.acknowledge(EPISODE, was_right=False)
    bench.alarms.acknowledge(EPISODE)
    assert told == [EPISODE, "episode-long-over"]


@pytest.mark.parametrize("key", [row.key for row in ALARMS.values() if row.mutes_cloud])
def test_the_wearers_alarms_are_heard_here_while_nobody_outside_is_told(key: AlarmKey) -> None:
    bench = Bench()
    bench.event("asystole")
    assert bench.heard() is None
    bench.own(key)
    assert bench.heard() == EPISODE
    bench.own(key, stands=False)
    assert bench.heard() is None


def test_what_mutes_the_cloud_mutes_it_until_the_last_such_alarm_is_over() -> None:
    bench = Bench()
    bench.event("asystole")
    bench.own(AlarmKey.CLOUD_SILENT)
    bench.own(AlarmKey.CLOUD_NO_ALERTING)
    bench.own(AlarmKey.CLOUD_SILENT, stands=False)
    assert bench.heard() == EPISODE


def test_the_nearest_cause_is_told_alone_once_it_is_as_urgent() -> None:
    bench = Bench()
    bench.own(AlarmKey.CLOUD_SILENT)
    low = replace(ALARMS[AlarmKey.CLOUD_NO_WAY], priority=Priority.LOW)
    bench.alarms.on_change(AlarmChange(alarm=low, is_raised=True, t_ms=bench.clock.wall_ms()))
    assert set(bench.in_line()) == {AlarmKey.CLOUD_SILENT, AlarmKey.CLOUD_NO_WAY}
    bench.own(AlarmKey.CLOUD_NO_WAY)
    assert bench.in_line() == [AlarmKey.CLOUD_NO_WAY]
    bench.own(AlarmKey.CLOUD_NO_WAY, stands=False)
    assert bench.in_line() == [AlarmKey.CLOUD_SILENT]


def test_that_nobody_is_reached_is_passed_on_with_its_priority() -> None:
    bench, asked = Bench(), list[tuple[Priority, float]]()
    bench.alarms.on_unreached = lambda priority, for_s: asked.append((priority, for_s))
    bench.alarms.nobody_reached(priority="high", for_s=900)
    assert asked == [(Priority.HIGH, 900)]
