"""What the gateway notices about itself: alarms, the way to the cloud, what was safe before a restart."""

import pytest
from structlog.testing import capture_logs

from edge.alarms.local_alarm import ALARMS, AlarmChange, AlarmKey, LocalAlarms, Priority
from edge.counters import Timings
from edge.health import GatewayHealth
from edge.ports import Backlog
from edge.sending.delivery_watch import SILENCE_S, DeliveryWatch


@pytest.fixture
def changes() -> list[AlarmChange]:
    return []


@pytest.fixture
def alarms(changes: list[AlarmChange]) -> LocalAlarms:
    return LocalAlarms(hook=changes.append)


def told(changes: list[AlarmChange]) -> list[tuple[AlarmKey, bool]]:
    return [(change.alarm.key, change.is_raised) for change in changes]


def test_an_alarm_is_told_when_it_comes_and_when_it_goes_and_not_between(
    alarms: LocalAlarms, changes: list[AlarmChange]
) -> None:
    for stands, t_ms in ((False, 1), (True, 2), (True, 3), (False, 4), (False, 5)):
        alarms.set(AlarmKey.MODEL_UNUSABLE, stands=stands, t_ms=t_ms)
    assert [(change.is_raised, change.t_ms) for change in changes] == [(True, 2), (False, 4)]


def test_an_alarm_that_becomes_more_urgent_is_told_again_and_keeps_when_it_began(
    alarms: LocalAlarms, changes: list[AlarmChange]
) -> None:
    for priority, t_ms in ((Priority.LOW, 1), (Priority.LOW, 2), (Priority.MEDIUM, 3)):
        alarms.set(AlarmKey.CLOUD_NO_WAY, stands=True, t_ms=t_ms, priority=priority)
    alarms.set(AlarmKey.CLOUD_NO_WAY, stands=False, t_ms=4)
    alarms.set(AlarmKey.CLOUD_NO_WAY, stands=False, t_ms=5)
    assert [(change.alarm.priority, change.is_raised, change.t_ms) for change in changes] == [
        (Priority.LOW, True, 1),
        (Priority.MEDIUM, True, 1),
        (Priority.MEDIUM, False, 4),
    ]
    assert alarms.standing == {}


def test_alarms_stand_side_by_side(alarms: LocalAlarms) -> None:
    alarms.set(AlarmKey.MODEL_UNUSABLE, stands=True, t_ms=2)
    alarms.set(AlarmKey.CLOUD_SILENT, stands=True, t_ms=3)
    assert alarms.standing == {AlarmKey.MODEL_UNUSABLE: 2, AlarmKey.CLOUD_SILENT: 3}


def test_by_default_an_alarm_is_heard_in_the_log_with_what_to_do() -> None:
    with capture_logs() as logs:
        alarms = LocalAlarms()
        alarms.set(AlarmKey.CLOUD_SILENT, stands=True, t_ms=1)
        alarms.set(AlarmKey.CLOUD_SILENT, stands=False, t_ms=2)
    assert [entry["event"] for entry in logs] == ["local_alarm.raised", "local_alarm.cleared"]
    assert logs[0]["remedy"] == ALARMS[AlarmKey.CLOUD_SILENT].remedy


def test_every_alarm_has_a_row() -> None:
    assert set(ALARMS) == set(AlarmKey)


def test_a_cloud_that_acknowledges_nothing_while_records_wait_is_silent(
    alarms: LocalAlarms, changes: list[AlarmChange]
) -> None:
    watch = DeliveryWatch(alarms=alarms)
    watch.look(Backlog(records=5, acknowledged=100), now_s=0.0, now_ms=0)
    watch.look(Backlog(records=9, acknowledged=100), now_s=SILENCE_S - 0.1, now_ms=0)
    assert changes == []
    watch.look(Backlog(records=12, acknowledged=100), now_s=SILENCE_S, now_ms=0)
    watch.look(Backlog(records=12, acknowledged=101), now_s=SILENCE_S + 5, now_ms=0)
    assert told(changes) == [(AlarmKey.CLOUD_SILENT, True), (AlarmKey.CLOUD_SILENT, False)]


def test_with_nothing_to_send_nobody_is_silent(alarms: LocalAlarms, changes: list[AlarmChange]) -> None:
    watch = DeliveryWatch(alarms=alarms)
    for now_s in (0.0, 1000.0, 2000.0):
        watch.look(Backlog(records=0), now_s=now_s, now_ms=0)
    watch.look(Backlog(records=1), now_s=2001.0, now_ms=0)
    assert changes == []


def test_an_outbox_that_gives_records_up_is_full_until_it_no_longer_does(
    alarms: LocalAlarms, changes: list[AlarmChange]
) -> None:
    watch = DeliveryWatch(alarms=alarms)
    for given_up in (0, 7, 9, 9):
        watch.look(Backlog(records=1, given_up=given_up), now_s=0.0, now_ms=0)
    assert told(changes) == [(AlarmKey.OUTBOX_FULL, True), (AlarmKey.OUTBOX_FULL, False)]


def test_the_counters_of_all_parts_and_the_standing_alarms_are_reported_together(alarms: LocalAlarms) -> None:
    health = GatewayHealth(alarms=alarms)
    health.counters["ecg.samples"] += 3
    health.sources.append(lambda: {"mqtt.connected": 2})
    alarms.set(AlarmKey.RADIO_FAILED, stands=True, t_ms=0)
    assert health.counted() == {"ecg.samples": 3, "mqtt.connected": 2, "alarm.radio-failed": 1}


def test_the_middle_of_the_last_timings_is_told() -> None:
    timings = Timings()
    assert timings.p50_us is None
    for duration_us in [9_000.0] * 300 + [50.0] * 200:
        timings.record(round(duration_us * 1000))
    assert timings.count == 500
    assert timings.p50_us == pytest.approx(50.0)
