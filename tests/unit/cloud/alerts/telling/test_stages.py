"""Each stage: what goes on, what is held, and the reason."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cloud.alerts.telling.batch import Batch, HoldReason, Parcel, Situation
from cloud.alerts.telling.circle import Circle
from cloud.alerts.telling.history import history_of
from cloud.alerts.telling.stages import GROUP_MS, dedupe, group, inhibit, silence
from cloud.ports import Alert, AlertState, Family, HandOff, Occasion, Priority, Silence
from tests.fakes.alert_material import PATCH, PATIENT, STRAP, T0, alert, at

TECHNICAL = {"family": Family.TECHNICAL}


def batch(*alerts: Alert, occasion: Occasion = Occasion.ONSET, step: int = 0) -> Batch:
    return Batch(going=tuple(Parcel(alerts=(one,), occasion=occasion, step=step) for one in alerts))


def situation(
    *open_alerts: Alert,
    now_s: float = 100,
    hand_offs: Sequence[HandOff] = (),
    silences: Sequence[Silence] = (),
    handed_s: float | None = None,
) -> Situation:
    handed = {} if handed_s is None else {(PATIENT, Family.PHYSIOLOGICAL): at(handed_s)}
    return Situation(
        now_ms=at(now_s),
        open_alerts=lambda _: open_alerts,
        history=lambda name: history_of(one for one in hand_offs if one.alert_id == name),
        circle=lambda _: Circle(),
        silences=silences,
        handed_ms=handed,
    )


def going(result: Batch) -> list[list[str]]:
    return [[one.id for one in parcel.alerts] for parcel in result.going]


def held(result: Batch) -> list[tuple[str, HoldReason]]:
    return [(one.alert.id, one.reason) for one in result.held]


def hand_off(
    name: str = "a1",
    *,
    channel: str = "in-app",
    error: str | None = None,
    state: AlertState = AlertState.ACTIVE,
    second: float = 90,
) -> HandOff:
    return HandOff(alert_id=name, channel=channel, person_id="", at_ms=at(second), error=error, state=state)


class TestInhibit:
    OFF = alert("off", condition="sensor-off", began_s=-10, **TECHNICAL)  # type: ignore[arg-type]

    def test_what_a_technical_condition_of_the_same_device_explains_is_held(self) -> None:
        result = inhibit(batch(alert()), situation(self.OFF))
        assert going(result) == []
        assert [(one.reason, one.because, one.is_settled) for one in result.held] == [
            (HoldReason.INHIBITED, "sensor-off explains it", False)
        ]

    def test_another_device_explains_nothing(self) -> None:
        elsewhere = replace(self.OFF, explanation={"devices": [PATCH]})
        assert going(inhibit(batch(alert()), situation(elsewhere))) == [["a1"]]

    @pytest.mark.parametrize(("began_s", "is_held"), [(0, True), (0.001, False), (30, False)])
    def test_what_was_there_before_the_technical_condition_came_by_itself(
        self, began_s: float, *, is_held: bool
    ) -> None:
        off = replace(self.OFF, began_ms=at(began_s))
        assert bool(inhibit(batch(alert(began_s=0)), situation(off)).held) is is_held

    def test_a_technical_condition_is_explained_whichever_came_first(self) -> None:
        quiet = alert("quiet", condition="device-silent", began_s=-500, **TECHNICAL)  # type: ignore[arg-type]
        gateway = alert("gateway", condition="gateway-silent", **TECHNICAL)  # type: ignore[arg-type]
        assert held(inhibit(batch(quiet), situation(gateway, quiet))) == [("quiet", HoldReason.INHIBITED)]

    @pytest.mark.parametrize("cause", ["sensor-off", "signal-poor", "extreme-bradycardia"])
    @pytest.mark.parametrize("urgency", [Priority.LOW, Priority.MEDIUM, Priority.HIGH])
    def test_high_priority_is_explained_by_nothing_less_urgent(self, cause: str, urgency: Priority) -> None:
        slow = alert("slow", condition="bradycardia", priority=Priority.HIGH)
        other = alert("cause", condition=cause, priority=urgency, began_s=-10)
        is_held = urgency is Priority.HIGH
        assert going(inhibit(batch(slow), situation(other))) == ([] if is_held else [["slow"]])

    def test_what_is_over_and_was_seen_by_nobody_explains_nothing_new(self) -> None:
        high = Priority.HIGH
        past = alert("vf", condition="ventricular-fibrillation", priority=high, began_s=-60)
        past = replace(past, state=AlertState.LATCHED)
        now = alert("vt", condition="ventricular-tachycardia", priority=high)
        assert going(inhibit(batch(now), situation(past, now))) == [["vt"]]
        assert held(inhibit(batch(now), situation(replace(past, state=AlertState.ACTIVE), now)))

    def test_a_condition_not_named_in_the_row_inhibits_nothing(self) -> None:
        battery = alert("battery", condition="battery-low", began_s=-10, **TECHNICAL)  # type: ignore[arg-type]
        assert going(inhibit(batch(alert()), situation(battery))) == [["a1"]]

    def test_an_alert_of_a_row_that_is_gone_still_goes(self) -> None:
        assert going(inhibit(batch(alert(condition="retired-row")), situation(self.OFF))) == [["a1"]]


class TestGroup:
    def test_the_first_goes_without_waiting(self) -> None:
        assert going(group(batch(alert()), situation())) == [["a1"]]

    def test_medium_and_low_of_a_patient_go_as_one_the_most_urgent_first(self) -> None:
        low = alert("low", priority=Priority.LOW, raised_s=10)
        assert going(group(batch(low, alert("medium", raised_s=60)), situation())) == [["medium", "low"]]

    @pytest.mark.parametrize(("now_s", "goes"), [(100, False), (129.999, False), (130, True)])
    def test_more_within_thirty_seconds_waits_for_the_end_of_them(self, now_s: float, *, goes: bool) -> None:
        result = group(batch(alert()), situation(now_s=now_s, handed_s=100))
        assert going(result) == ([["a1"]] if goes else [])
        assert held(result) == ([] if goes else [("a1", HoldReason.GROUPED)])
        assert GROUP_MS == 30_000

    def test_high_priority_never_waits_and_goes_alone(self) -> None:
        high = alert("high", priority=Priority.HIGH)
        result = group(batch(alert(), high), situation(handed_s=99))
        assert going(result) == [["high"]]

    def test_patients_and_families_are_not_mixed(self) -> None:
        others = (alert("other", patient="p-ama"), alert("technical", **TECHNICAL))  # type: ignore[arg-type]
        result = group(batch(alert(), *others), situation(handed_s=99))
        assert sorted(going(result)) == [["other"], ["technical"]]

    def test_beginnings_and_ends_are_not_mixed(self) -> None:
        both = Batch(
            going=(
                Parcel(alerts=(alert(),)),
                Parcel(alerts=(alert("over", state=AlertState.RESOLVED),), occasion=Occasion.ENDED),
            )
        )
        assert sorted(going(group(both, situation()))) == [["a1"], ["over"]]

    def test_who_is_told_of_what_others_know_already_waits_for_nobody(self) -> None:
        told = [hand_off(second=95)]
        assert going(group(batch(alert()), situation(hand_offs=told, handed_s=95))) == [["a1"]]


class TestSilence:
    ROW = Silence(
        patient_id=PATIENT, condition="tachycardia", from_ms=at(0), until_ms=at(200), author_id="u-carer"
    )

    def test_holds_its_condition_and_says_who_asked(self) -> None:
        result = silence(batch(alert()), situation(silences=(self.ROW,)))
        assert [(one.reason, one.because) for one in result.held] == [
            (HoldReason.SILENCED, "silenced by u-carer")
        ]

    @pytest.mark.parametrize(
        ("now_s", "is_held"), [(-0.001, False), (0, True), (199.999, True), (200, False)]
    )
    def test_holds_from_its_start_until_its_end(self, now_s: float, *, is_held: bool) -> None:
        assert bool(silence(batch(alert()), situation(silences=(self.ROW,), now_s=now_s)).held) is is_held

    @pytest.mark.parametrize(
        "other",
        [alert(condition="bradycardia"), alert(patient="p-ama")],
        ids=["other direction", "other patient"],
    )
    def test_holds_nothing_else(self, other: Alert) -> None:
        assert going(silence(batch(other), situation(silences=(self.ROW,)))) == [["a1"]]

    @pytest.mark.parametrize("floor", list(Priority))
    @pytest.mark.parametrize("priority", list(Priority))
    def test_never_reaches_its_floor(self, priority: Priority, floor: Priority) -> None:
        order = [Priority.LOW, Priority.MEDIUM, Priority.HIGH]
        result = silence(
            batch(alert(priority=priority)), situation(silences=(replace(self.ROW, floor=floor),))
        )
        assert bool(result.held) is (order.index(priority) < order.index(floor))

    def test_high_priority_cannot_be_silenced_by_any(self) -> None:
        rows = tuple(replace(self.ROW, floor=floor) for floor in Priority)
        assert going(silence(batch(alert(priority=Priority.HIGH)), situation(silences=rows))) == [["a1"]]

    def test_what_ends_while_it_is_silenced_is_over_without_a_word(self) -> None:
        over = alert(state=AlertState.RESOLVED)
        (only,) = silence(batch(over), situation(silences=(self.ROW,), hand_offs=[hand_off()])).held
        assert only.is_settled

    def test_one_that_was_taken_back_holds_nothing(self) -> None:
        ended = replace(self.ROW, ended_ms=at(50), ended_by="u-carer")
        assert going(silence(batch(alert()), situation(silences=(ended,)))) == [["a1"]]

    def test_takes_one_out_of_a_group_and_lets_the_others_go(self) -> None:
        both = Batch(going=(Parcel(alerts=(alert(), alert("a2", condition="atrial-fibrillation"))),))
        assert going(silence(both, situation(silences=(self.ROW,)))) == [["a2"]]


class TestDedupe:
    def test_a_second_device_seeing_the_same_waits_while_the_first_is_open(self) -> None:
        second = alert("a2", raised_s=70, devices=[PATCH])
        result = dedupe(batch(alert(), second), situation(alert(), second))
        assert going(result) == [["a1"]]
        assert [(one.alert.id, one.reason, one.is_settled) for one in result.held] == [
            ("a2", HoldReason.DUPLICATE, False)
        ]

    def test_it_goes_once_the_first_is_over(self) -> None:
        second = alert("a2", raised_s=70, devices=[PATCH])
        assert going(dedupe(batch(second), situation(second))) == [["a2"]]

    @pytest.mark.parametrize("device", [STRAP, PATCH])
    @pytest.mark.parametrize(("later_s", "is_told"), [(599, False), (600, True), (90_000, True)])
    def test_a_second_fall_is_told_though_nobody_acknowledged_the_first(
        self, device: str, later_s: int, *, is_told: bool
    ) -> None:
        first = alert("first", condition="fall", priority=Priority.HIGH, state=AlertState.LATCHED)
        second = alert(
            "second",
            condition="fall",
            priority=Priority.HIGH,
            began_s=later_s,
            raised_s=later_s + 1,
            devices=[device],
        )
        found = dedupe(batch(second), situation(first, second, now_s=later_s + 2))
        assert going(found) == ([["second"]] if is_told else [])

    @pytest.mark.parametrize(
        ("more", "because"),
        [
            ({"state": AlertState.LATCHED}, "one like it waits for a person still"),
            ({"devices": [PATCH]}, "another device of the patient has raised it"),
        ],
    )
    def test_what_is_less_urgent_waits_for_the_like_of_it_however_old(
        self, more: dict[str, object], because: str
    ) -> None:
        first = alert("first", condition="pause", **more)  # type: ignore[arg-type]
        second = alert("second", condition="pause", began_s=90_000, raised_s=90_001)
        (one,) = dedupe(batch(second), situation(first, second, now_s=90_002)).held
        assert (one.reason, one.because) == (HoldReason.DUPLICATE, because)

    @pytest.mark.parametrize(
        "first",
        [
            replace(alert(state=AlertState.ACKNOWLEDGED), acknowledged_reason="false-alarm"),
            alert(priority=Priority.LOW),
        ],
        ids=["taken for false", "milder"],
    )
    def test_what_people_cannot_know_of_by_the_first_waits_for_nothing(self, first: Alert) -> None:
        second = alert("a2", raised_s=70, devices=[PATCH])
        assert going(dedupe(batch(second), situation(first, second))) == [["a2"]]

    def test_nothing_waits_for_what_is_held_back_itself(self) -> None:
        second = alert("a2", raised_s=70, devices=[PATCH])
        off = alert("off", condition="sensor-off", began_s=-10, **TECHNICAL)  # type: ignore[arg-type]
        around = situation(off, alert(), second)
        assert going(dedupe(inhibit(batch(alert(), second), around), around)) == [["a2"]]

    def test_what_was_taken_on_is_known_from_every_device(self) -> None:
        first = replace(alert(state=AlertState.ACKNOWLEDGED), acknowledged_reason="real")
        second = alert("a2", raised_s=70, devices=[PATCH])
        assert held(dedupe(batch(second), situation(first, second))) == [("a2", HoldReason.DUPLICATE)]

    def test_technical_conditions_of_two_devices_are_two(self) -> None:
        batteries = [alert(name, condition="battery-low", **TECHNICAL) for name in ("a1", "a2")]  # type: ignore[arg-type]
        assert going(dedupe(batch(*batteries), situation(*batteries))) == [["a1"], ["a2"]]

    @pytest.mark.parametrize(
        "reason",
        [
            HoldReason.INHIBITED,
            HoldReason.SILENCED,
            HoldReason.DUPLICATE,
            HoldReason.QUIET_HOURS,
            HoldReason.UNWANTED,
            HoldReason.STORM,
        ],
    )
    def test_the_end_of_what_was_held_back_is_nothing_to_tell(self, reason: HoldReason) -> None:
        over = alert(state=AlertState.RESOLVED)
        past = hand_off(channel=f"held:{reason}", error="explained")
        result = dedupe(batch(over), situation(hand_offs=[past]))
        assert [(one.reason, one.is_settled) for one in result.held] == [(HoldReason.NOTHING_TO_TELL, True)]

    @pytest.mark.parametrize(
        "past",
        [
            [],
            [hand_off()],
            [hand_off(channel="held:inhibited", error="explained"), hand_off(second=95)],
            [hand_off(channel="held:grouped", error="waits")],
            [hand_off(error="channel down")],
        ],
        ids=["never tried", "told", "held then told", "only grouped", "only failed"],
    )
    def test_any_other_end_is_told(self, past: list[HandOff]) -> None:
        assert going(dedupe(batch(alert(state=AlertState.RESOLVED)), situation(hand_offs=past))) == [["a1"]]


@pytest.mark.parametrize("stage", [inhibit, group, silence, dedupe])
def test_every_stage_passes_on_or_holds_every_alert(stage: object) -> None:
    alerts = [
        alert(f"{priority}-{state}", priority=priority, state=state)
        for priority in Priority
        for state in (AlertState.ACTIVE, AlertState.ACKNOWLEDGED, AlertState.RESOLVED)
    ]
    off = alert("off", condition="sensor-off", began_s=-1, **TECHNICAL)  # type: ignore[arg-type]
    row = TestSilence.ROW
    result = stage(batch(*alerts), situation(off, silences=(row,), handed_s=99))  # type: ignore[operator]
    passed = [name for parcel in going(result) for name in parcel]
    assert sorted(passed + [name for name, _ in held(result)]) == sorted(one.id for one in alerts)
    assert all(one.because for one in result.held)
    assert at(0) == T0
    assert STRAP in alerts[0].explanation["devices"]  # type: ignore[operator]


class TestAClockSetBack:
    """What was done at a time still to come was done by a clock that was wrong: it holds nothing back."""

    def test_a_group_handed_over_in_the_future_does_not_hold_the_next(self) -> None:
        assert going(group(batch(alert()), situation(handed_s=3_700))) == [["a1"]]
