"""The worker: at least once with one key, killed anywhere; one patient's trouble is nobody else's."""

import threading
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import STATE_VERSION, PatientState, decode_state, encode_state
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.telling.circles import Circles
from cloud.alerts.working.worker import AlertWorker
from cloud.care.facts import FactsRemembered
from cloud.care.plans import Plans
from cloud.care.rules import RulesRemembered
from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import Alert, AlertState, Device, Patient, PatientSlice, Person, Role
from tests.fakes.alert_material import (
    PATIENT,
    STRAP,
    T0,
    at,
    end,
    heart_rate,
    onset,
    report,
    slice_of,
    steady,
)
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.fact_book import FakeFactBook
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.killed import Killed, KillSwitch
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from tests.fakes.patient_feed import FakePatientFeed
from tests.fakes.rule_book import FakeRuleBook, change_of

OWNER = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT)
OTHER = "p-ama"
UNBOUND = KillSwitch(fatal=0, after=False)


class House:
    """What outlives a worker: its stores, and the world around it."""

    def __init__(self) -> None:
        self.clock = FakeClock(wall=at(62))
        self.feed, self.store = FakePatientFeed(), FakeAlertStateStore()
        self.directory, self.live = FakeDirectory(), FakeLiveFeed()
        self.presence, self.notifier = FakeGatewayPresence(), FakeNotifier()
        self.leases = FakeLeases()
        for patient in (PATIENT, OTHER):
            self.directory.add_patient(Patient(id=patient, display_name=patient))
            self.directory.add_person(replace(OWNER, id=f"u-{patient}", patient_id=patient))
        self.directory.note_device(
            Device(
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
        )

    def worker(self, switch: KillSwitch = UNBOUND, **more: Any) -> AlertWorker:
        """Start a worker; whatever was in the memory of an earlier one is gone."""
        store = switch.wrap(self.store)
        return AlertWorker(
            feed=switch.wrap(self.feed),
            store=store,
            reader=store,
            directory=self.directory,
            circles=Circles(people=self.directory),
            pages=switch.wrap(self.notifier),
            live=more.pop("live", None) or switch.wrap(self.live),
            clock=self.clock,
            presence=self.presence,
            leases=self.leases,
            **more,
        )

    def receive(self, *slices: PatientSlice) -> None:
        self.feed.waiting += slices

    def state(self, patient: str = PATIENT) -> PatientState:
        return decode_state(self.store.states[patient])

    @property
    def conditions(self) -> dict[str, AlertState]:
        return {one.condition: one.state for one in self.store.alerts.values()}


FAST = slice_of(steady(142, 0, 60), received_s=61, name="fast")
UNEVEN = slice_of(onset(0), received_s=61, name="uneven")
AFTERWARDS = (
    slice_of(steady(80, 65, 100), received_s=101, name="slow again"),
    slice_of(end(100), received_s=101, name="even again"),
)


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


class TestTheTick:
    def test_comes_every_five_seconds_once_nothing_waits(self) -> None:
        house = House()
        worker = house.worker()
        house.receive(slice_of(report(0, on_body=False), heart_rate((0, 70)), received_s=62))
        house.presence.heard_ms["home"] = at(62)
        worker.step()
        house.clock.wall = at(121.999)
        worker.step()
        assert house.conditions == {}
        house.clock.wall = at(127)
        worker.step()
        assert house.conditions == {"sensor-off": AlertState.ACTIVE}
        assert [name for name, _ in house.notifier.told] == list(house.store.alerts)

    def test_writes_nothing_where_nothing_changed(self) -> None:
        house = House()
        house.presence.heard_ms["home"] = at(62)
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        worker = house.worker()
        worker.step()
        for _ in range(5):
            house.clock.advance(5)
            worker.step()
        assert house.store.commits == 1

    def test_hears_a_gateway_fall_silent(self) -> None:
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        house.presence.heard_ms["home"] = at(62)
        worker = house.worker()
        worker.step()
        house.clock.wall = at(242)
        worker.step()
        assert house.conditions == {"gateway-silent": AlertState.ACTIVE}

    def test_misses_a_device_of_which_nothing_ever_came(self) -> None:
        house = House()
        house.presence.heard_ms["home"] = at(62)
        worker = house.worker()
        for second in range(67, 67 + 3_600 + 60, 60):
            house.clock.wall = house.presence.heard_ms["home"] = at(second)
            worker.step()
        assert house.conditions == {"device-never-heard": AlertState.ACTIVE}

    def test_tells_whoever_runs_it_that_many_gateways_fell_at_once_and_blames_none(self) -> None:
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        house.presence.heard_ms = {name: at(62) for name in ("home", "mill", "farm", "inn")}
        worker = house.worker()
        worker.step()
        house.clock.wall = at(62 + 300)
        worker.step()
        assert (house.conditions, worker.statistics.fallen) == ({}, 4)

    def test_while_nothing_is_taken_in_blames_no_gateway(self) -> None:
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        house.presence.heard_ms["home"] = at(62)
        worker = house.worker()
        worker.step()
        house.presence.taking_in = False
        for second in (70, 100, 400):
            house.clock.wall = at(second)
            worker.step()
        assert house.conditions == {}

    def test_waits_while_slices_wait_but_not_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cloud.alerts.working.worker.SLICES_AT_ONCE", 1)
        house = House()
        house.receive(slice_of(heart_rate((61, 70)), received_s=62, name="first"))
        worker = house.worker()
        worker.step()
        house.clock.wall = at(62 + 59.999)
        house.receive(slice_of(heart_rate((62, 70)), received_s=63, name="second"))
        house.presence.heard_ms["home"], house.presence.connected["home"] = at(62), False
        worker.step()
        assert house.conditions == {}
        house.clock.wall = at(62 + 60)
        house.receive(slice_of(heart_rate((63, 70)), received_s=64, name="third"))
        worker.step()
        assert house.conditions == {"gateway-silent": AlertState.ACTIVE}

    def test_of_one_patient_failing_leaves_the_others_watched(self) -> None:
        house = House()
        house.store.states[OTHER] = b"\xc1"
        house.receive(slice_of(report(0, on_body=False), received_s=62))
        house.presence.heard_ms["home"] = at(130)
        worker = house.worker()
        worker.step()
        house.clock.wall = at(130)
        worker.step()
        assert house.conditions == {"sensor-off": AlertState.ACTIVE}
        assert worker.statistics.counters["patient.failed"] == 1
        assert worker.statistics.unwatched == {OTHER}
        house.store.states[OTHER] = encode_state(PatientState(patient_id=OTHER))
        house.clock.advance(5)
        worker.step()
        assert worker.statistics.unwatched == set()

    def test_of_who_was_erased_leaves_no_trouble_behind(self) -> None:
        house = House()
        house.store.states[OTHER] = b"\xc1"
        house.receive(slice_of(heart_rate((0, 70)), received_s=0, patient=OTHER))
        worker = house.worker()
        worker.step()
        house.clock.advance(5)
        worker.step()
        assert (worker.statistics.blocked, worker.statistics.unwatched) == ({OTHER}, {OTHER})
        del house.store.states[OTHER]
        house.feed.waiting.clear()
        house.clock.advance(5)
        worker.step()
        assert (worker.statistics.blocked, worker.statistics.unwatched) == (set(), set())


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


class TestTheLoop:
    def test_steps_when_woken_and_ends_when_told(self) -> None:
        house, stop = House(), threading.Event()
        worker = house.worker()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        house.receive(UNEVEN)
        worker.wake()
        assert eventually(lambda: bool(house.notifier.told))
        stop.set()
        worker.wake()
        thread.join(5)
        assert not thread.is_alive()

    def test_outlives_a_store_in_trouble_and_counts_it(self) -> None:
        house, stop = House(), threading.Event()
        house.receive(UNEVEN)
        house.notifier.error = None
        worker = house.worker()
        worker.feed = _Troubled(house.feed)
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        assert eventually(lambda: worker.statistics.counters["worker.failed"] == 1)
        worker.wake()
        assert eventually(lambda: bool(house.notifier.told))
        stop.set()
        worker.wake()
        thread.join(5)
        assert not thread.is_alive()


class _Troubled(FakePatientFeed):
    """Fails once."""

    def __init__(self, feed: FakePatientFeed) -> None:
        super().__init__(feed.waiting)
        self.failures = 1

    def pending(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Any:
        if self.failures:
            self.failures -= 1
            raise RuntimeError
        return FakePatientFeed.pending(self, limit, partitions)


def eventually(condition: Any, within_s: float = 5.0) -> bool:
    pause = threading.Event()
    for _ in range(round(within_s / 0.02)):
        if condition():
            return True
        pause.wait(0.02)
    return False


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


class TestLeases:
    def test_only_what_is_leased_is_evaluated_watched_and_told(self) -> None:
        house = House()
        hers = slice_of(onset(0, event_id="hers-0001"), received_s=61, name="hers", patient=OTHER)
        house.receive(UNEVEN, hers)
        house.leases.epochs = {partition_of(OTHER): 0}
        worker = house.worker()
        assert worker.step() == 1
        house.clock.wall = at(1_000)
        worker.step()
        assert {one.patient_id for one in house.store.alerts.values()} == {OTHER}
        assert [one.message_id for one in house.feed.waiting] == ["uneven"]
        house.leases.epochs = {partition_of(PATIENT): 0}
        told = len(house.notifier.told)
        worker.step()
        assert {one.alert.patient_id for one in house.notifier.delivered[told:]} == {PATIENT}

    def test_one_whose_epoch_has_gone_by_commits_nothing_tells_nothing_and_leaves_the_slice(self) -> None:
        house = House()
        house.receive(UNEVEN)
        house.store.epochs[partition_of(PATIENT)] = 1
        worker = house.worker()
        assert worker.step() == 0
        assert (house.store.states, house.notifier.told, house.live.published) == ({}, [], [])
        assert [one.message_id for one in house.feed.waiting] == ["uneven"]
        assert partition_of(PATIENT) not in house.leases.mine()
        assert worker.statistics.counters["patient.fenced"] == 1
        assert worker.statistics.blocked == set()

    def test_one_frozen_between_its_judgement_and_its_word_leaves_the_word_to_the_other(self) -> None:
        house = House()
        house.receive(UNEVEN)
        worker = house.worker(live=_Freezing(house))
        worker.step()
        assert house.conditions == {"atrial-fibrillation": AlertState.ACTIVE}
        assert house.notifier.told == []
        assert len(house.store.owed) == 1

    def test_a_tick_of_one_that_was_fenced_off_raises_nothing(self) -> None:
        house = House()
        house.presence.heard_ms["home"] = at(62)
        house.receive(slice_of(heart_rate((61, 70)), received_s=62))
        worker = house.worker()
        worker.step()
        house.store.epochs[partition_of(PATIENT)] = 1
        house.clock.wall = at(400)
        worker.step()
        assert house.conditions == {}
        assert worker.statistics.unwatched == set()
        assert worker.statistics.counters["patient.fenced"] == 1

    def test_a_word_given_while_it_judges_is_kept_and_it_judges_anew(self) -> None:
        house = House()
        worker = house.worker()
        house.receive(FAST)
        worker.step()
        (name,) = house.store.alerts
        service = AlertService(store=house.store, reader=house.store, permissions=house.directory)

        def interrupted(
            state: PatientState, fresh: PatientSlice, now_ms: int, plan: CarePlan
        ) -> tuple[PatientState, list[Alert]]:
            service.acknowledge(name, replace(OWNER, id="u-p-wei"), AcknowledgeReason.KNOWN, at(63))
            return evaluate(state, fresh, now_ms, plan)

        worker.evaluation = interrupted
        house.receive(slice_of(steady(150, 65, 100), received_s=101, name="still fast"))
        worker.step()
        assert house.feed.waiting
        worker.step()
        assert house.conditions == {"tachycardia": AlertState.ACKNOWLEDGED}
        assert worker.statistics.counters["patient.overtaken"] == 1
        assert house.feed.waiting == []


class _Freezing(FakeLiveFeed):
    """Everything is somebody else's by the time that it publishes."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house

    def publish(self, *_: object) -> None:
        self.house.leases.epochs.clear()


def plans_by(book: FakeRuleBook) -> Plans:
    """Return plans as a process of its own has them."""
    return Plans(facts=FactsRemembered(book=FakeFactBook()), rules=RulesRemembered(book=book))


def test_a_limit_that_is_moved_under_an_open_alert_is_what_ends_it() -> None:
    house, book = House(), FakeRuleBook()
    worker = house.worker(plans=plans_by(book))
    house.receive(FAST)
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.ACTIVE}
    book.add(change_of("tachycardia", limit=160))
    house.clock.wall = at(101)
    house.receive(slice_of(steady(142, 65, 100), received_s=101, name="as fast"))
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.RESOLVED}
    assert [state for _, state in house.notifier.told] == [AlertState.ACTIVE, AlertState.RESOLVED]


def test_an_alert_whose_row_is_switched_off_ends_with_the_next_tick_and_whoever_was_told_hears_of_it() -> (
    None
):
    house, book = House(), FakeRuleBook()
    worker = house.worker(plans=plans_by(book))
    house.receive(slice_of(steady(38, 0, 60), received_s=61, name="slow"))
    worker.step()
    assert house.conditions == {"bradycardia": AlertState.ACTIVE}
    book.add(change_of("bradycardia", is_off=True))
    house.clock.advance(6)
    with capture_logs() as logged:
        worker.step()
    assert [one["because"] for one in logged if one["event"] == "alert.transition"] == ["not-watched"]
    assert house.conditions == {"bradycardia": AlertState.RESOLVED}
    assert [state for _, state in house.notifier.told] == [AlertState.ACTIVE, AlertState.RESOLVED]


def test_a_change_is_in_force_in_whichever_process_judges_next() -> None:
    house, book = House(), FakeRuleBook()
    processes = [house.worker(plans=plans_by(book)) for _ in range(2)]
    for one in processes:
        one.step()
    book.add(change_of("tachycardia", limit=150))
    for number, one in enumerate(processes):
        house.receive(slice_of(steady(142, 0, 60), received_s=61, name=f"fast {number}"))
        one.step()
    assert house.conditions == {}
    book.add(change_of("tachycardia"))
    house.clock.wall = at(141)
    house.receive(slice_of(steady(142, 65, 140), received_s=141, name="still fast"))
    processes[1].step()
    assert house.conditions == {"tachycardia": AlertState.ACTIVE}


def test_a_change_ends_by_itself_when_its_time_is_over() -> None:
    house, book = House(), FakeRuleBook()
    worker = house.worker(plans=plans_by(book))
    book.add(change_of("tachycardia", is_off=True, until_ms=at(100)))
    house.receive(FAST)
    worker.step()
    assert house.conditions == {}
    house.clock.wall = at(201)
    house.receive(slice_of(steady(142, 65, 200), received_s=201, name="still fast"))
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.ACTIVE}
