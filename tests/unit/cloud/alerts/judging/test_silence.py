"""Silence is told by the server's clock, once, with its nearest cause, and never of what nobody watches."""

import msgspec
import pytest

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.lasting import ABANDONED_MS
from cloud.alerts.judging.state import PatientState
from cloud.alerts.judging.surroundings import GatewayHeard, Surroundings, Watch
from cloud.ports import Alert, AlertState, Device
from tests.fakes.alert_material import (
    PATCH,
    STRAP,
    T0,
    at,
    fresh_state,
    heart_rate,
    onset,
    report,
    slice_of,
    steady,
    values,
)
from tests.fakes.gateway_presence import FakeGatewayPresence
from vitals.records import LinkState, Waveform


def around(
    *, gateway_heard_s: float | None = None, devices: tuple[str, ...] = (STRAP,), watching_s: float = 0
) -> Surroundings:
    heard = (
        ()
        if gateway_heard_s is None
        else (GatewayHeard(gateway="home", devices=devices, heard_ms=at(gateway_heard_s), is_online=None),)
    )
    return Surroundings(devices=frozenset(devices), gateways=heard, watching_since_ms=at(watching_s))


def heard_at(second: float) -> PatientState:
    state, _ = evaluate(fresh_state(), slice_of(heart_rate((second, 70)), received_s=second), at(second))
    return state


def conditions(alerts: list[Alert]) -> list[tuple[str, AlertState]]:
    return [(one.condition, one.state) for one in alerts]


def test_a_silent_gateway_is_told_once_and_ends_when_it_is_heard() -> None:
    state, first = tick(heard_at(0), at(200), around(gateway_heard_s=0))
    assert conditions(first) == [("gateway-silent", AlertState.ACTIVE)]
    assert first[0].began_ms == at(0)
    state, again = tick(state, at(205), around(gateway_heard_s=0))
    assert again == []
    _, ended = tick(state, at(210), around(gateway_heard_s=209))
    assert conditions(ended) == [("gateway-silent", AlertState.RESOLVED)]


def test_a_device_behind_a_silent_gateway_is_not_told_of() -> None:
    state = heard_at(0)
    told = []
    for second in range(5, 1000, 5):
        state, alerts = tick(state, at(second), around(gateway_heard_s=0))
        told += conditions(alerts)
    assert told == [("gateway-silent", AlertState.ACTIVE)]


def test_when_the_gateway_is_back_its_device_has_time_to_be_heard() -> None:
    state, _ = tick(heard_at(0), at(1000), around(gateway_heard_s=0))
    state, _ = tick(state, at(1005), around(gateway_heard_s=1004))
    assert tick(state, at(1244.999), around(gateway_heard_s=1240))[1] == []
    _, alerts = tick(state, at(1245), around(gateway_heard_s=1240))
    assert conditions(alerts) == [("device-silent", AlertState.ACTIVE)]


@pytest.mark.parametrize(
    "said",
    [report(10, link=LinkState.DISCONNECTED), report(10, on_body=False)],
    ids=["out of reach", "not worn"],
)
def test_a_device_whose_silence_was_announced_is_not_silent(said: object) -> None:
    state, _ = evaluate(heard_at(0), slice_of(said, received_s=10), at(10))  # type: ignore[arg-type]
    _, alerts = tick(state, at(2000), around(gateway_heard_s=1999))
    assert "device-silent" not in {one.condition for one in alerts}


def test_a_visitor_that_delivered_and_went_is_missed_by_nobody_however_long_it_stays_away() -> None:
    away = slice_of(report(10, link=LinkState.AWAY), received_s=10)
    state, alerts = evaluate(heard_at(0), away, at(10))
    assert alerts == []
    for second in (100, 1_000, 86_400):
        state, alerts = tick(state, at(second), around(gateway_heard_s=second - 1))
        assert alerts == []


def test_a_visitor_that_came_back_has_time_to_be_heard() -> None:
    state, _ = evaluate(heard_at(0), slice_of(report(10, link=LinkState.AWAY), received_s=10), at(10))
    state, _ = evaluate(state, slice_of(report(5_000), received_s=5_000), at(5_000))
    assert tick(state, at(5_239.999), around(gateway_heard_s=5_239))[1] == []
    _, alerts = tick(state, at(5_240), around(gateway_heard_s=5_239))
    assert conditions(alerts) == [("device-silent", AlertState.ACTIVE)]


def test_a_device_out_of_reach_that_turns_out_to_be_a_visitor_is_no_alarm_any_more() -> None:
    gone, away = report(10, link=LinkState.DISCONNECTED), report(100, link=LinkState.AWAY)
    state, _ = evaluate(heard_at(0), slice_of(gone, received_s=10), at(10))
    state, told = tick(state, at(80), around(gateway_heard_s=79))
    assert conditions(told) == [("device-out-of-reach", AlertState.ACTIVE)]
    _, ended = evaluate(state, slice_of(away, received_s=100), at(100))
    assert conditions(ended) == [("device-out-of-reach", AlertState.RESOLVED)]


def test_a_reason_that_comes_after_the_alarm_takes_its_place() -> None:
    state, _ = tick(heard_at(0), at(300), around(gateway_heard_s=299))
    state, _ = evaluate(state, slice_of(report(310, link=LinkState.DISCONNECTED), received_s=310), at(310))
    _, alerts = tick(state, at(370), around(gateway_heard_s=369))
    assert set(conditions(alerts)) == {
        ("device-silent", AlertState.RESOLVED),
        ("device-out-of-reach", AlertState.ACTIVE),
    }


def test_data_ends_a_devices_silence() -> None:
    state, _ = tick(heard_at(0), at(300), around(gateway_heard_s=299))
    _, alerts = evaluate(state, slice_of(heart_rate((301, 70)), received_s=301), at(301))
    assert conditions(alerts) == [("device-silent", AlertState.RESOLVED)]


def test_late_data_ends_a_silence_too_for_it_is_the_servers_clock_that_counts() -> None:
    state, _ = tick(heard_at(0), at(300), around(gateway_heard_s=299))
    _, alerts = evaluate(state, slice_of(heart_rate((5, 70)), received_s=301), at(301))
    assert conditions(alerts) == [("device-silent", AlertState.RESOLVED)]


def test_a_second_silence_is_a_second_alert() -> None:
    state, (first,) = tick(heard_at(0), at(300), around(gateway_heard_s=299))
    gone, back = report(310, link=LinkState.DISCONNECTED), report(320)
    state, _ = evaluate(state, slice_of(gone, received_s=310), at(310))
    state, _ = tick(state, at(315), around(gateway_heard_s=314))
    state, _ = evaluate(state, slice_of(back, received_s=320), at(320))
    _, (second,) = tick(state, at(600), around(gateway_heard_s=599))
    assert first.condition == second.condition == "device-silent"
    assert first.id != second.id


def test_what_is_over_stays_over_when_its_cause_is_told_again_by_a_device_that_came_back() -> None:
    slices = [slice_of(report(0, battery=9), received_s=1), slice_of(report(5, battery=80), received_s=6)]
    state = fresh_state()
    for one in slices:
        state, _ = evaluate(state, one, one.received_ms)
    state, _ = tick(state, at(10), around(devices=(PATCH,)))
    assert evaluate(state, slices[0], at(20))[1] == []


def test_silence_from_before_anybody_watched_does_not_count() -> None:
    assert tick(heard_at(0), at(1239.999), around(gateway_heard_s=1239, watching_s=1000))[1] == []
    assert tick(heard_at(0), at(1240), around(gateway_heard_s=1239, watching_s=1000))[1] != []


def test_a_device_that_sends_nothing_but_strips_is_heard() -> None:
    came = Waveform(device=STRAP, kind="acceleration", t0_ms=at(200), rate_hz=50.0, samples=b"", scale=0.001)
    state, _ = evaluate(heard_at(0), slice_of(came, received_s=200), at(200))
    state, changed = tick(state, at(260), around())

    assert changed == []
    assert state.devices[STRAP].data_received_ms == at(200)


def test_a_device_that_never_sent_data_is_not_called_silent() -> None:
    state, _ = evaluate(fresh_state(), slice_of(report(0), received_s=0), at(0))
    assert tick(state, at(5000), around(gateway_heard_s=4999))[1] == []


def test_what_hangs_on_a_device_given_back_ends_with_it() -> None:
    state, _ = evaluate(heard_at(0), slice_of(report(1, battery=9), received_s=1), at(1))
    after, alerts = tick(state, at(10), around(gateway_heard_s=9, devices=(PATCH,)))
    assert conditions(alerts) == [("battery-low", AlertState.RESOLVED)]
    assert STRAP not in after.devices


def test_a_physiological_alert_nobody_has_seen_outlives_its_device() -> None:
    state, _ = evaluate(fresh_state(), slice_of(onset(0), steady(142, 0, 30), received_s=31), at(31))
    after, alerts = tick(state, at(100_000), around(gateway_heard_s=99_999, devices=(PATCH,)))
    assert alerts == []
    assert [one.rule for one in after.episodes] == ["atrial-fibrillation"]


@pytest.mark.parametrize(("unheard_ms", "ended"), [(ABANDONED_MS - 1, False), (ABANDONED_MS, True)])
def test_an_acknowledged_one_ends_an_hour_after_its_device_was_last_heard(
    unheard_ms: int, *, ended: bool
) -> None:
    state, _ = evaluate(fresh_state(), slice_of(onset(0), heart_rate((0, 70)), received_s=0), at(0))
    state = acknowledged(state)
    _, alerts = tick(state, T0 + unheard_ms, around())
    assert (("atrial-fibrillation", AlertState.RESOLVED) in conditions(alerts)) is ended


@pytest.mark.parametrize(("told_s", "ended"), [(43_259, False), (43_260, True)])
def test_an_acknowledged_one_ends_once_its_device_has_told_of_other_things_alone_for_long(
    told_s: int, *, ended: bool
) -> None:
    state, _ = evaluate(fresh_state(), slice_of(steady(142, 0, 60), received_s=61), at(61))
    told = slice_of(values("body_temperature", (told_s, 36.8)), received_s=told_s + 1)
    state, _ = evaluate(acknowledged(state), told, at(told_s + 1))
    _, alerts = tick(state, at(told_s + 2), around())
    assert (("tachycardia", AlertState.RESOLVED) in conditions(alerts)) is ended


def acknowledged(state: PatientState) -> PatientState:
    (episode,) = state.episodes
    alert = episode.alert
    assert alert is not None
    fields = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
    taken = Alert(**fields | {"state": AlertState.ACKNOWLEDGED})
    return msgspec.structs.replace(state, episodes=(msgspec.structs.replace(episode, alert=taken),))


class TestWatch:
    @staticmethod
    def device(name: str, gateway: str) -> Device:
        return Device(
            id=name,
            gateway=gateway,
            patient_id="p-wei",
            link=None,
            model=None,
            battery_percent=None,
            on_body=None,
            reported_ms=None,
            received_ms=None,
        )

    def test_looks_at_each_gateway_with_its_devices(self) -> None:
        presence = FakeGatewayPresence(heard_ms={"home": at(50)}, connected={"home": False})
        watch = Watch(presence=presence, since_ms=T0)
        seen = watch.around(
            [self.device(STRAP, "home"), self.device(PATCH, "home")], presence.heard_ms, at(60)
        )
        assert seen.devices == {STRAP, PATCH}
        assert seen.gateways == (
            GatewayHeard(gateway="home", devices=(STRAP, PATCH), heard_ms=at(50), is_online=False),
        )

    def test_a_gateway_never_heard_counts_from_when_it_was_first_looked_for(self) -> None:
        watch = Watch(presence=FakeGatewayPresence(), since_ms=T0)
        devices = [self.device(STRAP, "home")]
        watch.around(devices, {}, at(60))
        (gateway,) = watch.around(devices, {}, at(500)).gateways
        assert gateway.heard_ms == at(60)

    def test_a_gateway_last_heard_before_the_watch_began_counts_from_its_beginning(self) -> None:
        watch = Watch(presence=FakeGatewayPresence(), since_ms=T0)
        (gateway,) = watch.around([self.device(STRAP, "home")], {"home": at(-5000)}, at(10)).gateways
        assert gateway.heard_ms == T0

    def test_a_device_whose_gateway_is_not_known_yet_belongs_to_no_gateway(self) -> None:
        seen = Watch(presence=FakeGatewayPresence(), since_ms=T0).around([self.device(STRAP, "")], {}, at(10))
        assert seen.devices == {STRAP}
        assert seen.gateways == ()


class TestAServerClockSetBack:
    """An hour ahead, then right again: silence is told in its time, not an hour late."""

    def test_a_gateway_that_fell_silent_is_told(self) -> None:
        presence = FakeGatewayPresence(heard_ms={"home": at(3_600)})
        watch = Watch(presence=presence, since_ms=at(3_500))
        device = Device(
            id=STRAP,
            gateway="home",
            patient_id="p-wei",
            link=None,
            model=None,
            battery_percent=None,
            on_body=None,
            reported_ms=None,
            received_ms=None,
        )
        state, alerts = tick(heard_at(0), at(5), watch.around([device], presence.heard_ms, at(5)))
        assert alerts == []
        _, alerts = tick(state, at(200), watch.around([device], presence.heard_ms, at(200)))
        assert ("gateway-silent", AlertState.ACTIVE) in conditions(alerts)

    def test_a_device_that_fell_silent_is_told(self) -> None:
        state, _ = tick(heard_at(3_600), at(5), around(gateway_heard_s=5))
        _, alerts = tick(state, at(245), around(gateway_heard_s=244))
        assert conditions(alerts) == [("device-silent", AlertState.ACTIVE)]

    def test_a_condition_that_lasts_is_told(self) -> None:
        off = slice_of(report(3_600, on_body=False), received_s=3_600)
        state, _ = evaluate(fresh_state(), off, at(3_600))
        state, _ = tick(state, at(5), around(gateway_heard_s=5))
        _, alerts = tick(state, at(65), around(gateway_heard_s=64))
        assert conditions(alerts) == [("sensor-off", AlertState.ACTIVE)]


def test_values_are_judged_although_a_clock_was_set_back_an_hour() -> None:
    state, _ = evaluate(fresh_state(), slice_of(heart_rate((3_600, 142)), received_s=3_600), at(3_600))
    state, alerts = evaluate(state, slice_of(steady(142, 0, 60), received_s=61), at(61))
    assert conditions(alerts) == [("tachycardia", AlertState.ACTIVE)]


def test_a_device_is_believed_although_its_last_word_came_by_a_clock_an_hour_ahead() -> None:
    state, _ = evaluate(fresh_state(), slice_of(report(3_600), received_s=3_600), at(3_600))
    _, alerts = evaluate(state, slice_of(report(5, battery=9), received_s=6), at(6))
    assert conditions(alerts) == [("battery-low", AlertState.ACTIVE)]
