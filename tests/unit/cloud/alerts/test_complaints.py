"""What users of other systems suffer from, and that it does not happen here; a test each.

The numbers are those of the issue in which it was complained of.
"""

from dataclasses import replace

import pytest

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import decode_state, encode_state
from cloud.alerts.judging.surroundings import Watch
from cloud.ports import AlertState, Channel, Device, Occasion, Priority, Silence
from tests.fakes.alert_material import PATIENT, STRAP, alert, at, fresh_state, heart_rate, slice_of, steady
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.telling_bench import BO, LIN, TellingBench

HIGH = alert("high", condition="bradycardia", priority=Priority.HIGH, raised_s=100)
MEDIUM = alert("medium", condition="tachycardia", priority=Priority.MEDIUM, raised_s=100)


def silence(condition: str, until_s: float, floor: Priority = Priority.HIGH) -> Silence:
    return Silence(
        patient_id=PATIENT,
        condition=condition,
        from_ms=at(0),
        until_ms=at(until_s),
        author_id=LIN.id,
        floor=floor,
    )


def test_nightscout_5180_an_acknowledged_alert_does_not_come_back_with_the_next_reading() -> None:
    bench = TellingBench()
    state, (raised,) = evaluate(fresh_state(), slice_of(steady(150, 0, 61), received_s=61), at(61))
    bench.store.states[PATIENT] = encode_state(state)
    bench.raised(raised)
    service = AlertService(store=bench.store, reader=bench.store, permissions=bench.directory)
    service.acknowledge(raised.id, LIN, AcknowledgeReason.KNOWN, bench.clock.wall_ms())
    bench.later(60)  # the others are told who has taken it on
    told = len(bench.told)
    for second in range(65, 165, 10):
        before = decode_state(bench.store.states[PATIENT])
        reading = slice_of(heart_rate((second, 155)), received_s=second)
        state, changed = evaluate(before, reading, at(second))
        bench.store.commit(bench.store.load(PATIENT), encode_state(state), changed)
        bench.later(10)
    assert len(bench.told) == told
    assert bench.store.alerts[raised.id].state is AlertState.ACKNOWLEDGED


def test_nightscout_8231_a_snooze_is_not_undone_by_the_next_reading() -> None:
    bench = TellingBench(silences=[silence("tachycardia", until_s=1_000)])
    bench.raised(MEDIUM)
    for reading in range(10):
        bench.raised(replace(MEDIUM, explanation={"summary": f"reading {reading}"}))
        bench.later(10)
    assert bench.told == []
    bench.later(1_000)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}


def test_nightguard_39_to_snooze_what_is_high_does_not_mute_what_is_low() -> None:
    bench = TellingBench(silences=[silence("glucose-high", until_s=10_000)])
    bench.raised(alert("high", condition="glucose-high", raised_s=100))
    assert bench.told == []
    bench.raised(alert("low", condition="glucose-low", raised_s=100))
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}


def test_no_silence_reaches_what_may_cost_a_life() -> None:
    bench = TellingBench(silences=[silence(HIGH.condition, until_s=10_000, floor=Priority.HIGH)])
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}


@pytest.mark.parametrize("device_clock_s", [-86_400, 0, 240])
def test_nightscout_5720_missing_data_is_noticed_by_the_servers_clock_whatever_the_devices_says(
    device_clock_s: float,
) -> None:
    late = slice_of(heart_rate((device_clock_s, 70)), received_s=0)
    state, _ = evaluate(fresh_state(), late, at(0))
    presence = FakeGatewayPresence(heard_ms={"home": at(1_000)}, connected={"home": True})
    watch = Watch(presence=presence, since_ms=at(0))
    worn = Device(
        id=STRAP,
        gateway="home",
        patient_id=PATIENT,
        link=None,
        model=None,
        battery_percent=None,
        on_body=None,
        reported_ms=None,
        received_ms=None,
    )
    around = watch.around([worn], presence.heard_ms, at(1_000))
    _, alerts = tick(state, at(1_000), around)
    assert "device-silent" in {one.condition for one in alerts}


def test_thingsboard_6047_everybody_knows_who_acknowledged() -> None:
    bench = TellingBench()
    bench.raised(HIGH)
    bench.acknowledge(HIGH, LIN)
    kept = bench.store.alerts[HIGH.id]
    assert (kept.acknowledged_by, kept.acknowledged_reason) == (LIN.id, "real")
    last = bench.slow.offered[-1]
    assert (last.person, last.occasion) == (BO, Occasion.ACKNOWLEDGED)
    assert last.alert.acknowledged_by == LIN.id


def test_thingsboard_8520_it_goes_on_to_others_until_somebody_acknowledges() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {LIN.id}
    assert BO.id in {who for who, *_ in bench.later(125)}
    assert bench.later(300) != []
    bench.acknowledge(HIGH, BO)
    assert {occasion for _, _, occasion, _ in bench.later(600)} <= {Occasion.ACKNOWLEDGED}


def test_thingsboard_3368_each_person_is_told_as_they_want() -> None:
    bench = TellingBench()
    bench.prefer(LIN, muted_channels=(Channel.EMAIL,))
    bench.prefer(BO, least_priority=Priority.HIGH)
    bench.raised(MEDIUM)
    assert {(who, channel) for who, channel, *_ in bench.told} == {(LIN.id, Channel.WEB_PUSH)}


def test_quiet_hours_never_hold_back_what_is_of_high_priority() -> None:
    bench = TellingBench()
    for person in (LIN, BO):
        bench.prefer(person, quiet_from_minute=0, quiet_until_minute=1_439)
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}


def test_loopfollow_624_one_word_hands_the_night_over() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.take_duty(BO)
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {BO.id}


def test_an_alert_says_why() -> None:
    _, (raised,) = evaluate(fresh_state(), slice_of(steady(150, 0, 61), received_s=61), at(61))
    why = raised.explanation
    assert (why["value"], why["limit"], why["unit"]) == (150.0, 131.0, "/min")
    assert {"quality", "baseline", "contributors", "model", "history"} <= why.keys()
    assert len(why["history"]) == len(range(0, 61, 10))  # type: ignore[arg-type] # a list of points
