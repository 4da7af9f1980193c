"""Slices taken together, watching in parts, states remembered: nothing of it changes what is told."""

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ports import Alert, AlertState, PatientSlice, Remembered, Watched
from tests.fakes.alert_house import OTHER, House
from tests.fakes.alert_material import at, end, gap, heart_rate, onset, report, slice_of
from tests.fakes.alert_state_store import FakeAlertStateStore
from vitals.errors import StorageError
from vitals.records import AnyRecord, GapReason

SECONDS = st.integers(0, 600)
RECORDS = st.one_of(
    st.builds(
        lambda second, value, lasts: heart_rate(*((second + n, value) for n in range(0, lasts, 5))),
        SECONDS,
        st.sampled_from([30.0, 72.0, 150.0]),
        st.integers(1, 120),
    ),
    st.builds(lambda second, worn: report(second, on_body=worn), SECONDS, st.booleans()),
    st.builds(lambda second, n: onset(second, event_id=f"episode-{n}"), SECONDS, st.integers(0, 2)),
    st.builds(lambda second, n: end(second, event_id=f"episode-{n}"), SECONDS, st.integers(0, 2)),
    st.builds(lambda second: gap(second, second + 4_000, GapReason.OUTBOX_FULL), SECONDS),
)
HISTORIES = st.lists(st.lists(RECORDS, min_size=1, max_size=3), min_size=1, max_size=8)


def slices_of(history: list[list[AnyRecord]], patient: str) -> list[PatientSlice]:
    """All of one urgency: an event is given first, in whatever company."""
    urgent = onset(0, event_id="first-of-all")
    return [
        slice_of(*records, urgent, received_s=700, name=f"{patient}-{n}", patient=patient)
        for n, records in enumerate(history)
    ]


def house_at(second: float) -> House:
    house = House()
    house.clock.wall = at(second)
    return house


@given(st.tuples(HISTORIES, HISTORIES))
def test_together_or_one_by_one_the_transitions_and_the_state_are_the_same(
    histories: tuple[list[list[AnyRecord]], list[list[AnyRecord]]],
) -> None:
    together, singly = house_at(700), house_at(700)
    slices = [
        one
        for patient, history in zip(("p-wei", OTHER), histories, strict=True)
        for one in slices_of(history, patient)
    ]
    together.receive(*slices)
    together.worker().step()
    worker = singly.worker()
    for one in slices:
        singly.receive(one)
        worker.step()
    assert together.store.states == singly.store.states
    assert {name: newest(one) for name, one in together.store.alerts.items()} == {
        name: newest(one) for name, one in singly.store.alerts.items()
    }
    assert together.store.finished == singly.store.finished


def newest(one: Alert) -> tuple[str, AlertState, int, object]:
    return one.condition, one.state, one.began_ms, one.resolved_ms


@given(HISTORIES)
def test_one_that_remembers_and_one_started_anew_for_every_slice_agree(
    history: list[list[AnyRecord]],
) -> None:
    lasting, restarted = house_at(700), house_at(700)
    worker = lasting.worker()
    for one in slices_of(history, "p-wei"):
        lasting.receive(one)
        worker.step()
        restarted.receive(one)
        restarted.worker().step()
    assert lasting.store.states == restarted.store.states
    assert lasting.store.history == restarted.store.history


class _CountingStore(FakeAlertStateStore):
    loads: int = 0
    looks: int = 0

    def load(self, patient_id: str) -> Remembered:
        self.loads += 1
        return FakeAlertStateStore.load(self, patient_id)

    def watched_of(self, patient_ids: Collection[str]) -> Sequence[Watched]:
        self.looks += 1
        return FakeAlertStateStore.watched_of(self, patient_ids)


def test_a_state_is_read_once_however_much_is_judged() -> None:
    house = house_at(62)
    house.store = store = _CountingStore()
    worker = house.worker()
    for second in range(10):
        house.receive(slice_of(heart_rate((second, 70)), received_s=61, name=f"s{second}"))
        house.clock.advance(5)
        worker.step()
    assert store.loads == 1
    assert store.commits >= 10


def test_steps_with_nothing_new_judge_nothing_that_is_held_until_its_time_has_come() -> None:
    house = house_at(62)
    house.store = store = _CountingStore()
    house.directory.people.clear()
    house.receive(slice_of(onset(0), received_s=61, name="uneven"))
    worker = house.worker()
    worker.step()
    looks = store.looks
    for _ in range(19):
        house.clock.advance(0.25)
        worker.step()
    assert store.looks == looks
    house.clock.advance(0.25)
    worker.step()
    assert store.looks == looks + 1


def test_an_event_waits_for_one_part_of_the_watch_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.alerts.working.worker.PATIENTS_AT_ONCE", 1)
    house = house_at(62)
    worker = house.worker()
    for patient in ("p-wei", OTHER):
        house.receive(slice_of(report(0, on_body=False), received_s=62, name=patient, patient=patient))
        worker.step()
    house.clock.wall = at(200)
    house.presence.heard_ms["home"] = at(200)
    worker.step()
    off = {one.patient_id for one in house.store.alerts.values() if one.condition == "sensor-off"}
    assert off == {OTHER}
    house.receive(slice_of(onset(199), received_s=200, name="uneven"))
    worker.step()
    assert "atrial-fibrillation" in house.conditions
    off = {one.patient_id for one in house.store.alerts.values() if one.condition == "sensor-off"}
    assert off == {OTHER, "p-wei"}


def test_a_watch_that_takes_long_is_ended_before_another_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.alerts.working.worker.PATIENTS_AT_ONCE", 1)
    house = house_at(62)
    worker, patients = house.worker(), ("p-1", "p-2", "p-3")
    for patient in patients:
        house.receive(slice_of(report(0, on_body=False), received_s=62, name=patient, patient=patient))
        worker.step()
    house.clock.wall = at(200)
    for _ in patients:
        worker.step()
        house.clock.advance(6)
    assert {one.patient_id for one in house.store.alerts.values()} == set(patients)


def test_what_fails_for_all_holds_up_all_and_is_done_once_it_works_again() -> None:
    house = house_at(62)
    house.store = store = _Unreachable()
    house.receive(slice_of(onset(0), received_s=61, name="uneven"))
    worker = house.worker()
    assert worker.step() == 0
    assert worker.statistics.blocked == {"p-wei"}
    store.is_away = False
    assert worker.step() == 1
    assert worker.statistics.blocked == set()
    assert len(house.notifier.told) == 1


class _Unreachable(FakeAlertStateStore):
    is_away: bool = True

    def done_of(self, message_ids: Collection[str]) -> Collection[str]:
        if self.is_away:
            raise StorageError("the database is away: try again")
        return FakeAlertStateStore.done_of(self, message_ids)
