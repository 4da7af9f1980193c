"""An alarm of the gateway's own is told when it comes and when it goes, each wearable's by itself."""

from edge.alarms.local_alarm import ALARMS, AlarmChange, AlarmKey, LocalAlarms

KEY = AlarmKey.WEARABLE_UNREACHABLE


def test_every_alarm_has_a_row() -> None:
    assert set(ALARMS) == set(AlarmKey)


def test_each_change_is_told_once() -> None:
    told: list[AlarmChange] = []
    alarms = LocalAlarms(hook=told.append)
    for stands, t_ms in ((True, 1), (True, 2), (False, 3), (False, 4)):
        alarms.set(AlarmKey.RADIO_FAILED, stands=stands, t_ms=t_ms)
    assert [(change.is_raised, change.t_ms, change.device) for change in told] == [
        (True, 1, None),
        (False, 3, None),
    ]


def test_wearables_have_alarms_of_their_own_and_the_key_stands_while_any_does() -> None:
    told: list[AlarmChange] = []
    alarms = LocalAlarms(hook=told.append)
    alarms.set(KEY, stands=True, t_ms=5, device="first")
    alarms.set(KEY, stands=True, t_ms=3, device="second")
    assert alarms.standing == {KEY: 3}
    assert alarms.devices(KEY) == {"first", "second"}
    alarms.set(KEY, stands=False, t_ms=9, device="second")
    assert alarms.standing == {KEY: 5}
    assert [(change.device, change.is_raised) for change in told] == [
        ("first", True),
        ("second", True),
        ("second", False),
    ]


def test_the_gateways_own_alarm_names_no_wearable() -> None:
    alarms = LocalAlarms(hook=lambda _: None)
    alarms.set(AlarmKey.RADIO_FAILED, stands=True, t_ms=1)
    assert alarms.devices(AlarmKey.RADIO_FAILED) == frozenset()
