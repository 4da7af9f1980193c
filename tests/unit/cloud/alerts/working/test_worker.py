"""The worker: at least once with one key, killed anywhere; one patient's trouble is nobody else's."""

from dataclasses import replace

import msgspec
import pytest

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import STATE_VERSION, PatientState
from cloud.alerts.rules.plan import CarePlan
from cloud.ports import Alert, AlertState, PatientSlice
from tests.fakes.alert_house import AFTERWARDS, FAST, OTHER, OWNER, UNEVEN, House
from tests.fakes.alert_material import PATIENT, T0, at, heart_rate, onset, slice_of, steady
from tests.fakes.killed import Killed, KillSwitch


def test_a_slice_becomes_an_alert_at_a_person() -> None:
    house = House()
    house.receive(UNEVEN)
    assert house.worker().step() == 1
    assert house.conditions == {"atrial-fibrillation": AlertState.ACTIVE}
    assert [state for _, state in house.notifier.told] == [AlertState.ACTIVE]
    assert house.feed.waiting == []
    (published,) = house.live.published
    assert published[:2] == (PATIENT, "alert")


def test_many_slices_of_a_patient_are_one_commit() -> None:
    house = House()
    house.receive(FAST, UNEVEN)
    assert house.worker().step() == 2
    assert house.store.commits == 1
    assert house.store.finished == {"fast", "uneven"}


def test_a_slice_whose_effect_is_committed_is_only_forgotten() -> None:
    house = House()
    house.receive(UNEVEN)
    house.worker().step()
    house.receive(UNEVEN)
    house.worker().step()
    assert house.store.commits == 1
    assert house.feed.waiting == []


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_killed_at_any_call_it_does_it_again_and_nothing_is_lost_or_doubled(*, after: bool) -> None:
    killed_at = 0
    while True:
        killed_at += 1
        house, switch = House(), KillSwitch(fatal=killed_at, after=after)
        house.receive(UNEVEN)
        house.clock.wall = at(62)
        try:
            house.worker(switch).step()
        except Killed:
            house.worker().step()
        assert house.conditions == {"atrial-fibrillation": AlertState.ACTIVE}
        assert house.store.history == [(next(iter(house.store.alerts)), AlertState.ACTIVE)]
        assert set(house.notifier.told) == {(next(iter(house.store.alerts)), AlertState.ACTIVE)}
        assert house.store.owed == set()
        assert house.feed.waiting == []
        if switch.calls < killed_at:
            break
    assert killed_at > 8


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_killed_again_and_again_a_whole_episode_is_still_one(*, after: bool) -> None:
    house = House()
    deaths = 0
    for slices in ((FAST, UNEVEN), AFTERWARDS):
        house.receive(*slices)
        for fatal in range(1, 40):
            house.clock.advance(1)
            try:
                house.worker(KillSwitch(fatal=fatal, after=after)).step()
            except Killed:
                deaths += 1
    assert deaths > 10
    assert house.conditions == {
        "tachycardia": AlertState.RESOLVED,
        "atrial-fibrillation": AlertState.RESOLVED,
    }
    assert [state for _, state in house.store.history] == [AlertState.ACTIVE] * 2 + [AlertState.RESOLVED] * 2
    assert house.store.owed == set()


def test_a_restart_gives_the_same_alert_the_same_id() -> None:
    ids = set[str]()
    for _ in range(2):
        house = House()
        house.receive(FAST)
        house.worker().step()
        ids.update(house.store.alerts)
    assert len(ids) == 1


def poisoned_by_a_value(
    state: PatientState, fresh: PatientSlice, now_ms: int, plan: CarePlan
) -> tuple[PatientState, list[Alert]]:
    if fresh.message_id.startswith("poison"):
        raise ZeroDivisionError
    return evaluate(state, fresh, now_ms, plan)


def test_a_poison_slice_is_set_aside_with_a_technical_alert_and_the_rest_goes_on() -> None:
    house = House()
    poison = slice_of(heart_rate((0, 70)), received_s=61, name="poison")
    other = slice_of(onset(0, event_id="hers-0001"), received_s=61, name="hers", patient=OTHER)
    house.receive(poison, UNEVEN, other)
    worker = house.worker(evaluation=poisoned_by_a_value)
    worker.step()
    assert sorted((one.patient_id, one.condition) for one in house.store.alerts.values()) == [
        (OTHER, "atrial-fibrillation"),
        (PATIENT, "atrial-fibrillation"),
        (PATIENT, "evaluation-failed"),
    ]
    assert house.feed.waiting == []
    assert worker.statistics.counters["slice.set_aside"] == 1


def test_one_patient_whose_store_fails_waits_and_the_others_go_on() -> None:
    house = House()
    house.store.failing_patients = {PATIENT}
    house.receive(UNEVEN, slice_of(onset(0, event_id="hers-0001"), received_s=61, name="hers", patient=OTHER))
    worker = house.worker()
    worker.step()
    assert [one.message_id for one in house.feed.waiting] == ["uneven"]
    assert {one.patient_id for one in house.store.alerts.values()} == {OTHER}
    assert worker.statistics.blocked == {PATIENT}
    house.store.failing_patients.clear()
    worker.step()
    assert house.feed.waiting == []
    assert worker.statistics.blocked == set()


def test_who_has_an_event_is_told_of_before_the_others_are_even_evaluated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cloud.alerts.working.worker.PATIENTS_AT_ONCE", 1)
    house = House()
    happened: list[str] = []

    def watched(
        state: PatientState, fresh: PatientSlice, now_ms: int, plan: CarePlan
    ) -> tuple[PatientState, list[Alert]]:
        happened.append(f"{fresh.message_id}, told of {len(house.notifier.told)}")
        return evaluate(state, fresh, now_ms, plan)

    house.receive(slice_of(heart_rate((0, 70)), received_s=61, name="routine", patient=OTHER), UNEVEN)
    house.worker(evaluation=watched).step()
    assert happened == ["uneven, told of 0", "routine, told of 1"]


def test_an_event_waits_for_no_more_than_one_chunk_of_what_came_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cloud.alerts.working.worker.PATIENTS_AT_ONCE", 1)
    house = House()
    for patient in ("p-1", "p-2", "p-3"):
        house.receive(slice_of(heart_rate((0, 70)), received_s=61, name=patient, patient=patient))
    worker = house.worker()
    assert worker.step() == 1
    house.receive(UNEVEN)
    assert worker.step() == 2
    assert house.store.finished == {"p-1", "uneven", "p-2"}
    assert len(house.notifier.told) == 1


def test_who_cannot_be_kept_comes_last_and_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.alerts.working.worker.PATIENTS_AT_ONCE", 1)
    house = House()
    house.store.failing_patients = {"p-1", "p-2"}
    for patient in ("p-1", "p-2", "p-3", "p-4"):
        house.receive(slice_of(heart_rate((0, 70)), received_s=61, name=patient, patient=patient))
    worker = house.worker()
    assert [worker.step() for _ in range(3)] == [1, 1, 0]
    assert house.store.finished == {"p-3", "p-4"}


def test_when_a_disk_refuses_what_was_evaluated_together_all_of_it_waits() -> None:
    house = House()
    hers = slice_of(onset(0, event_id="hers-0001"), received_s=61, name="hers", patient=OTHER)
    house.receive(UNEVEN, hers)
    house.store.failing_together = True
    worker = house.worker()
    assert worker.step() == 0
    assert house.feed.waiting == [UNEVEN, hers]
    assert house.store.alerts == {}
    assert house.notifier.told == []
    assert worker.statistics.blocked == {PATIENT, OTHER}
    house.store.failing_together = False
    assert worker.step() == 2
    assert len(house.notifier.told) == 2
    assert worker.statistics.blocked == set()


def test_slices_that_wait_never_fill_the_view_of_those_behind_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.alerts.working.worker.SLICES_AT_ONCE", 2)
    house = House()
    house.store.failing_patients = {PATIENT}
    house.receive(*(slice_of(heart_rate((n, 70)), received_s=n, name=f"stuck-{n}") for n in range(6)))
    house.receive(slice_of(onset(0, event_id="hers-0001"), received_s=61, name="hers", patient=OTHER))
    worker = house.worker()
    for _ in range(4):
        worker.step()
    assert {one.patient_id for one in house.store.alerts.values()} == {OTHER}


NEWER = msgspec.msgpack.encode({"v": STATE_VERSION + 1, "patient_id": PATIENT})


@pytest.mark.parametrize("unreadable", [NEWER, b"\xc1"], ids=["newer", "damaged"])
def test_a_state_that_cannot_be_read_is_left_as_it_is_and_said(unreadable: bytes) -> None:
    house = House()
    house.store.states[PATIENT] = unreadable
    house.receive(UNEVEN)
    worker = house.worker()
    worker.step()
    assert house.store.states[PATIENT] == unreadable
    assert [one.message_id for one in house.feed.waiting] == ["uneven"]
    assert worker.statistics.blocked == {PATIENT}
    del house.store.states[PATIENT]
    worker.step()
    assert worker.statistics.blocked == set()


def test_latency_is_from_the_notification_at_the_gateway_to_the_hand_off() -> None:
    house = House()
    house.receive(UNEVEN, *AFTERWARDS)
    house.receive(slice_of(onset(61.5, event_id="episode-2"), received_s=62, name="again"))
    worker = house.worker()
    worker.step()
    assert [
        (one.condition, one.channel, one.latency_ms, one.delayed) for one in worker.statistics.latencies
    ] == [("atrial-fibrillation", "in-app", 500, False)]
    assert worker.statistics.counters["alert.active"] == 1
    assert worker.statistics.stepped_s == house.clock.monotonic_s()


def test_an_acknowledgement_between_readings_is_kept_by_the_worker() -> None:
    house = House()
    worker = house.worker()
    service = AlertService(store=house.store, reader=house.store, permissions=house.directory)
    house.receive(FAST)
    worker.step()
    (name,) = house.store.alerts
    service.acknowledge(name, replace(OWNER, id="u-p-wei"), AcknowledgeReason.KNOWN, at(63))
    house.receive(slice_of(steady(150, 65, 200), received_s=201, name="still fast"))
    house.clock.wall = at(201)
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.ACKNOWLEDGED}
    assert [state for _, state in house.notifier.told] == [AlertState.ACTIVE]
    house.receive(slice_of(steady(80, 205, 240), received_s=241, name="calm"))
    house.clock.wall = at(241)
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.RESOLVED}
    assert [one for one in house.state().episodes if one.rule == "tachycardia"] == []
    assert house.store.alerts[name].acknowledged_reason == "known"
    assert house.store.alerts[name].began_ms == T0
