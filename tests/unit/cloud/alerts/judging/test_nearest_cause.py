"""Missing data by its reason: of everything that explains a silence the nearest is told, and told once."""

from typing import Any

import pytest

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.judging.surroundings import Surroundings, Watch
from cloud.alerts.rules.catalogue import RULES
from cloud.ports import Alert, AlertState, Device, Priority
from tests.fakes.alert_material import (
    PATCH,
    STRAP,
    at,
    fresh_state,
    gap,
    heart_rate,
    report,
    slice_of,
)
from tests.fakes.gateway_presence import FakeGatewayPresence
from vitals.records import AnyRecord, GapReason, LinkState

HOURS_S = 4 * 3_600
GONE = LinkState.DISCONNECTED


def device(name: str = STRAP, gateway: str = "home") -> Device:
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


class Home:
    """A strap that was heard at 0 s, its gateway, and the service; each second somebody looks."""

    def __init__(self) -> None:
        self.presence = FakeGatewayPresence(heard_ms={"home": at(0)}, connected={"home": True})
        self.devices = [device()]
        self.watch = Watch(presence=self.presence, since_ms=at(0))
        self.state: PatientState
        self.state, _ = evaluate(fresh_state(), slice_of(heart_rate((0, 70)), received_s=0), at(0))
        self.now_s = 0
        self.open: dict[str, Alert] = {}
        self.told: list[tuple[str, AlertState]] = []
        self.outages: list[AlertState] = []

    def say(self, *records: AnyRecord) -> None:
        self.state, changed = evaluate(self.state, slice_of(*records, received_s=self.now_s), at(self.now_s))
        self._note(changed)

    def live(self, for_s: int, *, gateway_heard: bool = True, step_s: int = 5) -> None:
        until_s = self.now_s + for_s
        while self.now_s < until_s:
            self.now_s += step_s
            if gateway_heard:
                self.presence.heard_ms["home"] = at(self.now_s)
            self.watch.look(self.presence.heard_ms, at(self.now_s))
            around = self.watch.around(self.devices, self.presence.heard_ms, at(self.now_s))
            self.state, changed = tick(self.state, at(self.now_s), around)
            self._note(changed)

    def _note(self, changed: list[Alert]) -> None:
        """Take note of what a person is told: what is over, and what no other open alert explains."""
        for one in changed:
            if one.state is AlertState.RESOLVED:
                self.open.pop(one.id, None)
            else:
                self.open[one.id] = one
        conditions = {one.condition for one in self.open.values()} - {"unwatched"}
        self.outages += [one.state for one in changed if one.condition == "unwatched"]
        self.told += [
            (one.condition, one.state)
            for one in changed
            if one.condition != "unwatched"  # told beside any cause
            if one.id not in self.open or conditions.isdisjoint(RULES[one.condition].inhibited_by)
        ]

    @property
    def active(self) -> list[str]:
        return [name for name, state in self.told if state is AlertState.ACTIVE]


def test_a_sensor_taken_off_is_told_as_such_and_alone() -> None:
    home = Home()
    home.say(report(1, on_body=False))
    home.live(HOURS_S)
    assert home.active == ["sensor-off"]


def test_a_wearable_that_walked_away_is_out_of_reach() -> None:
    home = Home()
    home.say(report(1, link=GONE, battery=80))
    home.live(HOURS_S)
    assert home.active == ["device-out-of-reach"]


@pytest.mark.parametrize(
    "last_word",
    [{"battery": 9}, {"battery": 15}, {"conditions": ["battery-low"]}],
    ids=["9 %", "at the limit", "told without a number"],
)
def test_one_that_said_its_battery_is_low_and_went_has_an_empty_battery(last_word: dict[str, Any]) -> None:
    home = Home()
    home.say(report(1, link=GONE, **last_word))
    home.live(HOURS_S)
    assert [name for name in home.active if not name.startswith("battery-low")] == ["battery-empty"]
    home.say(report(HOURS_S + 5, battery=100))
    assert ("battery-empty", AlertState.RESOLVED) in home.told


def test_where_the_radio_of_the_gateway_failed_no_wearable_is_called_out_of_reach() -> None:
    home = Home()
    home.devices = [device(STRAP), device(PATCH)]
    home.presence.alarming["home"] = frozenset({"radio-failed"})
    home.say(report(1, link=GONE), report(1, link=GONE, device=PATCH))
    home.live(HOURS_S)
    assert home.active == ["bluetooth-failed"]
    home.presence.alarming.clear()
    home.live(5)
    assert home.told[-1] == ("bluetooth-failed", AlertState.RESOLVED)


@pytest.mark.parametrize(
    ("online", "told", "after_s"),
    [(False, "gateway-silent", 60), (None, "gateway-silent", 180), (True, "gateway-stuck", 180)],
    ids=["its Last Will has spoken", "nobody says", "the broker says it is there"],
)
def test_a_gateway_that_sends_nothing_is_told_by_what_the_broker_says_of_it(
    online: bool | None,  # noqa: FBT001 - a column of the table
    told: str,
    after_s: int,
) -> None:
    home = Home()
    home.presence.connected = {} if online is None else {"home": online}
    home.live(after_s - 5, gateway_heard=False)
    assert home.active == []
    home.live(5, gateway_heard=False)
    assert home.active == [told]
    home.live(HOURS_S, gateway_heard=False)
    assert home.active == [told]
    home.live(5)
    assert home.told[-1] == (told, AlertState.RESOLVED)


def test_one_told_as_stuck_is_not_told_again_when_it_is_gone() -> None:
    home = Home()
    home.live(200, gateway_heard=False)
    home.presence.connected["home"] = False
    home.live(HOURS_S, gateway_heard=False)
    assert home.active == ["gateway-stuck"]


def test_while_the_service_takes_nothing_in_no_home_is_blamed_and_families_hear_of_it_after_a_while() -> None:
    home = Home()
    home.live(100)
    home.presence.taking_in = False
    home.presence.connected["home"] = False
    home.live(595, gateway_heard=False)
    assert home.active == []
    home.live(HOURS_S, gateway_heard=False)
    assert home.active == ["cloud-deaf"]
    home.presence.taking_in = True
    home.live(50, gateway_heard=False)
    assert home.told[-1] == ("cloud-deaf", AlertState.RESOLVED), "it has time to be heard now"
    home.live(5)
    home.say(heart_rate((home.now_s, 70)))
    home.live(230)
    assert home.active == ["cloud-deaf"]


def test_of_a_home_whose_gateways_all_fell_the_home_is_told_of_and_not_each_of_them() -> None:
    home = Home()
    home.devices = [device(STRAP), device(PATCH, "bedroom")]
    home.presence.connected = {"home": False, "bedroom": False}
    home.presence.heard_ms["bedroom"] = at(20)
    home.live(75, gateway_heard=False)
    assert home.active == []
    home.live(5, gateway_heard=False)
    assert home.active == ["home-offline"]
    home.live(HOURS_S, gateway_heard=False)
    assert home.active == ["home-offline"]
    home.live(300)
    assert home.told[1:3] == [
        ("home-offline", AlertState.RESOLVED),
        ("gateway-silent", AlertState.ACTIVE),
    ], "one of the two is back"


def test_several_gateways_that_are_there_and_send_nothing_are_told_of_each() -> None:
    home = Home()
    home.devices = [device(STRAP), device(PATCH, "bedroom")]
    home.presence.connected["bedroom"] = True
    home.presence.heard_ms["bedroom"] = at(0)
    home.live(HOURS_S, gateway_heard=False)
    assert home.active == ["gateway-stuck", "gateway-stuck"]


def test_a_gateway_that_does_not_come_back_with_the_others_is_told_of_by_itself() -> None:
    home = Home()
    others = {f"other-{number}": at(0) for number in range(9)}
    home.presence.heard_ms |= others
    home.presence.connected = dict.fromkeys(home.presence.heard_ms, False)
    home.live(1_000, gateway_heard=False)
    assert home.active == ["cloud-deaf"]
    for _ in range(0, 120, 5):
        home.presence.heard_ms |= dict.fromkeys(others, at(home.now_s + 5))
        home.live(5, gateway_heard=False)
    assert home.told[-2:] == [("cloud-deaf", AlertState.RESOLVED), ("gateway-silent", AlertState.ACTIVE)]


def test_gateways_that_fall_one_long_after_the_other_are_told_of_each() -> None:
    home = Home()
    home.devices = [device(STRAP), device(PATCH, "bedroom")]
    home.presence.connected = {"home": False, "bedroom": False}
    for second in range(0, 400, 5):
        home.presence.heard_ms["bedroom"] = at(min(second, 160))
        home.live(5, gateway_heard=False)
    assert home.active.count("gateway-silent") == 2
    assert "home-offline" not in home.active


def test_what_a_gateway_says_afterwards_tells_want_of_power_from_want_of_a_network() -> None:
    for said, told in (((gap(10, 1_000, GapReason.GATEWAY_DOWN),), True), ((), False)):
        home = Home()
        home.presence.connected["home"] = False
        home.live(1_000, gateway_heard=False)
        home.live(5)
        home.say(heart_rate((home.now_s, 70)), *said)
        assert home.active[0] == "gateway-silent"
        assert ("gap" in {name for name, _ in home.told}) is told


def test_a_gateway_that_comes_by_another_way_meanwhile_is_judged_as_ever() -> None:
    home = Home()
    home.presence.taking_in = False
    home.live(300)
    home.presence.connected["home"] = False
    home.live(60, gateway_heard=False)
    assert home.active == ["device-silent", "gateway-silent"]


def test_when_many_gateways_fall_at_once_no_home_is_blamed_and_families_hear_of_it_after_a_while() -> None:
    home = Home()
    home.presence.heard_ms |= {f"other-{number}": at(0) for number in range(30)}
    home.live(595, gateway_heard=False)
    assert home.active == []
    home.live(HOURS_S, gateway_heard=False)
    assert home.active == ["cloud-deaf"]
    home.live(200)
    assert home.told[-1] == ("cloud-deaf", AlertState.RESOLVED)
    home.live(100)
    assert home.active == ["cloud-deaf", "device-silent"], "it came back, and its wearable did not"


def test_a_wearable_that_was_bound_and_never_heard_is_told_after_an_hour_and_ends_when_it_is() -> None:
    home = Home()
    home.devices.append(device(PATCH, gateway=""))
    home.live(3_600)
    home.say(heart_rate((home.now_s, 70)))
    assert home.active == ["device-silent"]
    home.live(60)
    assert home.active[-1] == "device-never-heard"
    home.live(120)
    assert home.active.count("device-never-heard") == 1
    home.say(report(home.now_s, device=PATCH))
    home.live(5)
    assert home.told[-1] == ("device-never-heard", AlertState.RESOLVED)


def test_what_was_first_looked_for_is_remembered_over_restarts() -> None:
    state, _ = tick(fresh_state(), at(0), surroundings())
    state, _ = tick(decode_state(encode_state(state)), at(3_599), surroundings())
    assert state.episodes == ()
    state, alerts = tick(decode_state(encode_state(state)), at(3_600), surroundings())
    assert [one.condition for one in alerts] == ["device-never-heard"]


def surroundings() -> Surroundings:
    return Surroundings(devices=frozenset({STRAP}), gateways=(), watching_since_ms=at(0))


class TestUnwatched:
    """What hung at midnight is told before morning: as high, so that no quiet hours hold it back."""

    AFTER_S = RULES["unwatched"].after_s  # type: ignore[attr-defined] # the row is an OutageRule

    def test_a_home_not_heard_for_half_an_hour_is_told_as_high_and_ends_with_the_next_reading(self) -> None:
        home = Home()
        home.live(self.AFTER_S - 5, gateway_heard=False)
        assert home.outages == []
        home.live(5, gateway_heard=False)
        (alert,) = [one for one in home.open.values() if one.condition == "unwatched"]
        assert (alert.priority, alert.began_ms) == (Priority.HIGH, at(0))
        home.say(heart_rate((home.now_s, 70)))
        home.live(5)
        assert home.outages == [AlertState.ACTIVE, AlertState.RESOLVED]

    def test_a_strap_taken_off_for_the_night_is_no_outage(self) -> None:
        home = Home()
        home.say(report(1, on_body=False))
        home.live(HOURS_S)
        assert home.outages == []

    def test_who_took_the_strap_off_before_the_gateway_hung_was_not_watched_anyway(self) -> None:
        home = Home()
        home.say(report(1, on_body=False))
        home.live(120)
        home.live(HOURS_S, gateway_heard=False)
        assert home.outages == []

    def test_who_is_watched_by_another_wearable_is_watched(self) -> None:
        home = Home()
        home.devices.append(device(PATCH, gateway="other"))
        home.presence.connected["other"] = True
        for _ in range(2 * self.AFTER_S // 60):
            home.presence.heard_ms["other"] = at(home.now_s)
            home.say(heart_rate((home.now_s, 70), device=PATCH))
            home.live(60, gateway_heard=False, step_s=60)
        assert home.active == ["gateway-stuck"]
        assert home.outages == []

    def test_a_service_that_was_away_gives_everybody_their_time(self) -> None:
        home = Home()
        home.now_s = HOURS_S
        home.watch = Watch(presence=home.presence, since_ms=at(HOURS_S))
        home.live(self.AFTER_S - 60, gateway_heard=False)
        assert home.outages == []
