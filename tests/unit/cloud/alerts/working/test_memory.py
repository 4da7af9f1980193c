"""A state is read when somebody else wrote it, and only then."""

import pytest

from cloud.alerts.errors import StateUnreadableError
from cloud.alerts.judging.state import PatientState, encode_state
from cloud.alerts.working.memory import Known, Memory
from cloud.ports import Remembered
from tests.fakes.alert_material import PATIENT
from tests.fakes.alert_state_store import FakeAlertStateStore

HERS = PatientState(patient_id=PATIENT, resolved=("a1",))


class _CountingStore(FakeAlertStateStore):
    loads: int = 0

    def load(self, patient_id: str) -> Remembered:
        self.loads += 1
        return FakeAlertStateStore.load(self, patient_id)


def recalled(memory: Memory) -> Known:
    return memory.recall(PATIENT, memory.revisions([PATIENT])[PATIENT])


def written(store: FakeAlertStateStore, state: PatientState) -> None:
    store.commit(store.load(PATIENT), encode_state(state), ())


def test_of_whom_nothing_was_kept_there_is_an_empty_state_of_revision_0() -> None:
    assert recalled(Memory(store=FakeAlertStateStore())) == Known(
        revision=0, state=PatientState(patient_id=PATIENT)
    )


def test_what_was_read_once_is_not_read_again() -> None:
    store = _CountingStore()
    written(store, HERS)
    memory, store.loads = Memory(store=store), 0
    assert [recalled(memory).state for _ in range(3)] == [HERS] * 3
    assert store.loads == 1


def test_what_was_just_kept_is_not_read_at_all() -> None:
    store = _CountingStore()
    written(store, HERS)
    memory, store.loads = Memory(store=store), 0
    memory.keep(PATIENT, Known(revision=1, state=HERS))
    assert recalled(memory).state is HERS
    assert store.loads == 0


def test_what_another_wrote_is_read() -> None:
    store = FakeAlertStateStore()
    memory = Memory(store=store)
    written(store, HERS)
    assert recalled(memory) == Known(revision=1, state=HERS)
    written(store, PatientState(patient_id=PATIENT))
    assert recalled(memory) == Known(revision=2, state=PatientState(patient_id=PATIENT))


def test_who_was_erased_begins_anew() -> None:
    store = FakeAlertStateStore()
    written(store, HERS)
    memory = Memory(store=store)
    recalled(memory)
    store.states.clear()
    store.revisions_kept.clear()
    assert recalled(memory).state == PatientState(patient_id=PATIENT)


def test_a_state_that_cannot_be_read_is_not_remembered() -> None:
    store = FakeAlertStateStore(states={PATIENT: b"\xc1"})
    memory = Memory(store=store)
    with pytest.raises(StateUnreadableError):
        recalled(memory)
    store.states[PATIENT] = encode_state(HERS)
    assert recalled(memory).state == HERS


def test_who_is_no_longer_evaluated_here_is_let_go_of() -> None:
    store = _CountingStore()
    written(store, HERS)
    memory, store.loads = Memory(store=store), 0
    recalled(memory)
    memory.forget_all_but([])
    recalled(memory)
    assert store.loads == 2
