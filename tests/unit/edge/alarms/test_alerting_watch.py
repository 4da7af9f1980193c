"""Nobody outside is told: the gateway says so in its home, in time, with the nearest cause, and ends it."""

import pytest

from edge.alarms.alerting_watch import LINK_LOST_S, SERVICE_LOST_S, AlertingWatch, Patience, Way
from edge.alarms.local_alarm import AlarmChange, AlarmKey, LocalAlarms, Priority

EVERY_S = 5.0
PATIENCE = Patience(silent_s=120.0, long_s=600.0)
CLOUD_KEYS = {AlarmKey.CLOUD_NO_WAY, AlarmKey.CLOUD_NO_SERVICE, AlarmKey.CLOUD_NO_ALERTING}


class Bench:
    """Looks every few seconds at a cloud that does what the test says."""

    def __init__(self, *, was_heard: bool = False) -> None:
        self.now_s = 1_000.0
        self.changes: list[AlarmChange] = []
        self.alarms = LocalAlarms(hook=self.changes.append)
        self.acked_s: float | None = None
        self.watch = AlertingWatch(
            alarms=self.alarms, patience=PATIENCE, now_s=self.now_s, was_heard=was_heard
        )

    def live(self, for_s: float, *, is_up: bool = True, acks: bool = False, says: bool | None = None) -> None:
        until_s = self.now_s + for_s
        while self.now_s < until_s:
            self.now_s += EVERY_S
            if acks:
                self.acked_s = self.now_s
            if says is not None:
                self.watch.heard(is_alerting=says, now_s=self.now_s)
            self.look(is_up=is_up)

    def look(self, *, is_up: bool = True) -> None:
        heard_s_ago = None if self.acked_s is None else self.now_s - self.acked_s
        self.watch.look(
            Way(is_up=is_up, heard_s_ago=heard_s_ago), now_s=self.now_s, now_ms=int(self.now_s * 1000)
        )

    def stands(self) -> set[AlarmKey]:
        return set(self.alarms.standing)

    def told(self) -> list[tuple[AlarmKey, Priority | None]]:
        return [(each.alarm.key, each.alarm.priority if each.is_raised else None) for each in self.changes]


def test_a_cloud_that_never_said_it_is_alive_is_never_missed() -> None:
    bench = Bench()
    bench.live(for_s=86_400, acks=True)
    bench.live(for_s=86_400, is_up=False)
    assert bench.changes == []
    assert not bench.watch.is_expected


@pytest.mark.parametrize(
    ("is_up", "acks", "says", "key"),
    [
        (False, False, None, AlarmKey.CLOUD_NO_WAY),
        (True, False, None, AlarmKey.CLOUD_NO_SERVICE),
        (True, True, None, AlarmKey.CLOUD_NO_ALERTING),
        (True, False, False, AlarmKey.CLOUD_NO_ALERTING),
    ],
    ids=["the internet is down", "only a broker answers", "acknowledged, never alive", "it says so itself"],
)
def test_a_silence_is_told_in_time_with_its_nearest_cause_and_then_more_urgently(
    key: AlarmKey, *, is_up: bool, acks: bool, says: bool | None
) -> None:
    bench = Bench()
    bench.live(for_s=600, acks=True, says=True)
    bench.live(for_s=PATIENCE.silent_s - EVERY_S, is_up=is_up, acks=acks, says=says)
    assert bench.stands() == set()
    bench.live(for_s=EVERY_S, is_up=is_up, acks=acks, says=says)
    assert bench.told() == [(key, Priority.LOW)]
    bench.live(for_s=PATIENCE.long_s - PATIENCE.silent_s, is_up=is_up, acks=acks, says=says)
    assert bench.told() == [(key, Priority.LOW), (key, Priority.MEDIUM)]
    bench.live(for_s=EVERY_S, says=True)
    assert bench.told()[-1] == (key, None)
    assert bench.stands() == set()


def test_a_link_that_comes_and_goes_is_one() -> None:
    bench = Bench()
    bench.live(for_s=60, acks=True, says=True)
    for _ in range(60):
        bench.live(for_s=EVERY_S, is_up=True)
        bench.live(for_s=LINK_LOST_S - EVERY_S, is_up=False)
    assert {change.alarm.key for change in bench.changes} == {AlarmKey.CLOUD_NO_SERVICE}
    assert len(bench.changes) == 2


def test_when_the_cause_changes_the_one_that_holds_is_told_alone() -> None:
    bench = Bench()
    bench.live(for_s=60, acks=True, says=True)
    bench.live(for_s=300, is_up=False)
    assert bench.stands() == {AlarmKey.CLOUD_NO_WAY}
    bench.live(for_s=60, is_up=True)
    assert bench.stands() == {AlarmKey.CLOUD_NO_SERVICE}
    bench.live(for_s=SERVICE_LOST_S, acks=True)
    assert bench.stands() == {AlarmKey.CLOUD_NO_ALERTING}


def test_a_gateway_that_starts_anew_still_misses_a_cloud_that_was_heard_before() -> None:
    bench = Bench(was_heard=True)
    bench.live(for_s=PATIENCE.silent_s - EVERY_S, is_up=False)
    assert bench.stands() == set()
    bench.live(for_s=EVERY_S, is_up=False)
    assert bench.stands() == {AlarmKey.CLOUD_NO_WAY}


def test_a_cloud_that_reaches_nobody_is_told_as_urgently_as_it_asks_until_that_time_is_over() -> None:
    bench = Bench()
    bench.watch.nobody_reached(Priority.HIGH, for_s=300, now_s=bench.now_s)
    bench.live(for_s=295)
    assert bench.told() == [(AlarmKey.NOBODY_REACHED, Priority.HIGH)]
    bench.live(for_s=EVERY_S)
    assert bench.told()[-1] == (AlarmKey.NOBODY_REACHED, None)


def test_a_cloud_that_reaches_somebody_again_ends_it() -> None:
    bench = Bench()
    bench.watch.nobody_reached(Priority.MEDIUM, for_s=3_600, now_s=bench.now_s)
    bench.look()
    bench.watch.nobody_reached(Priority.MEDIUM, for_s=0, now_s=bench.now_s)
    bench.look()
    assert [change.is_raised for change in bench.changes] == [True, False]


def test_however_the_cloud_behaves_no_two_causes_stand_at_once() -> None:
    bench = Bench(was_heard=True)
    for number in range(400):
        bench.live(
            for_s=EVERY_S * (number % 17),
            is_up=number % 3 > 0,
            acks=number % 5 == 0,
            says=(None, None, False, None, True)[number % 5] if number % 7 == 0 else None,
        )
        assert len(bench.stands() & CLOUD_KEYS) <= 1
