"""Acknowledging: by name, once, only by those who may see, and it can never be undone."""

from dataclasses import replace

import pytest

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import decode_state, encode_state
from cloud.ports import Alert, AlertState, OvertakenError, Patient, Person, Role
from tests.fakes.alert_material import PATIENT, T0, at, end, fresh_state, gap, heart_rate, onset, slice_of
from tests.fakes.alert_reader import FakeAlertReader
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.directory import FakeDirectory
from vitals.errors import AccessDeniedError, StorageError
from vitals.records import AnyRecord

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
OWNER = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT)
STRANGER = Person(id="u-stranger", display_name="Sam", role=Role.CLINICIAN)


class Desk:
    def __init__(self, *records: AnyRecord) -> None:
        self.store, self.directory = FakeAlertStateStore(), FakeDirectory()
        self.directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        for person in (CARER, OWNER):
            self.directory.add_person(person)
        self.directory.grant(CARER.id, PATIENT, T0, at(1000))
        self.service = AlertService(store=self.store, reader=self.store, permissions=self.directory)
        self.evaluate(*records, received_s=1)
        (self.name,) = self.store.alerts

    def evaluate(self, *records: AnyRecord, received_s: float) -> None:
        before = self.store.load(PATIENT)
        state = decode_state(before.state) if before.state else fresh_state()
        state, alerts = evaluate(state, slice_of(*records, received_s=received_s), at(received_s))
        self.store.commit(self.store.load(PATIENT), encode_state(state), alerts)

    @property
    def alert_state(self) -> AlertState:
        return self.store.alerts[self.name].state


@pytest.mark.parametrize("reason", list(AcknowledgeReason))
def test_it_is_recorded_by_name_time_and_reason(reason: AcknowledgeReason) -> None:
    desk = Desk(onset(0))
    alert = desk.service.acknowledge(desk.name, CARER, reason, at(10))
    assert alert == desk.store.alerts[desk.name]
    assert alert is not None
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_ms, alert.acknowledged_reason) == (
        AlertState.ACKNOWLEDGED,
        "u-carer",
        at(10),
        reason.value,
    )


def test_the_state_knows_it_too_so_that_the_end_still_resolves() -> None:
    desk = Desk(onset(0))
    desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(10))
    desk.evaluate(onset(0), received_s=20)
    assert desk.alert_state is AlertState.ACKNOWLEDGED
    desk.evaluate(end(30), received_s=31)
    alert = desk.store.alerts[desk.name]
    assert (alert.state, alert.acknowledged_by, alert.resolved_ms) == (AlertState.RESOLVED, "u-carer", at(30))


def test_the_first_to_acknowledge_stays_on_record() -> None:
    desk = Desk(onset(0))
    first = desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(10))
    assert desk.service.acknowledge(desk.name, OWNER, AcknowledgeReason.FALSE_ALARM, at(20)) == first


def test_an_alert_that_is_over_takes_a_reason_and_stays_over() -> None:
    desk = Desk(onset(0), end(1))
    alert = desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.FALSE_ALARM, at(10))
    assert alert is not None
    assert (alert.state, alert.resolved_ms, alert.acknowledged_reason) == (
        AlertState.RESOLVED,
        at(1),
        "false-alarm",
    )


def test_a_latched_alert_whose_cause_is_over_ends_when_somebody_has_seen_it() -> None:
    desk = Desk(gap(0, 400))
    assert desk.alert_state is AlertState.LATCHED
    alert = desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.HANDLED, at(410))
    assert alert is not None
    assert (alert.state, alert.resolved_ms) == (AlertState.RESOLVED, at(410))
    assert decode_state(desk.store.states[PATIENT]).episodes == ()


def test_the_like_of_a_latched_alert_is_said_again_after_that() -> None:
    desk = Desk(gap(0, 400))
    desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.HANDLED, at(410))
    desk.evaluate(gap(500, 900), received_s=901)
    assert [one.state for one in desk.store.alerts.values()] == [AlertState.RESOLVED, AlertState.LATCHED]


@pytest.mark.parametrize(("person", "second"), [(STRANGER, 10), (CARER, -1), (CARER, 1000)])
def test_who_may_not_see_the_patient_now_may_not_acknowledge(person: Person, second: float) -> None:
    desk = Desk(onset(0))
    with pytest.raises(AccessDeniedError, match="ask the patient"):
        desk.service.acknowledge(desk.name, person, AcknowledgeReason.REAL, at(second))
    assert desk.alert_state is AlertState.ACTIVE


def test_an_alert_that_does_not_exist_is_none() -> None:
    assert Desk(onset(0)).service.acknowledge("nothing", OWNER, AcknowledgeReason.REAL, at(10)) is None


def test_a_store_in_trouble_acknowledges_nothing_and_can_be_asked_again() -> None:
    desk = Desk(onset(0))
    desk.store.failing = True
    with pytest.raises(StorageError):
        desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(10))
    desk.store.failing = False
    assert desk.alert_state is AlertState.ACTIVE
    desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(11))
    assert desk.alert_state.value == "acknowledged"


def test_one_alert_leaves_the_others_as_they_are() -> None:
    desk = Desk(onset(0))
    desk.evaluate(gap(0, 400), received_s=401)
    desk.service.acknowledge(desk.name, replace(CARER), AcknowledgeReason.REAL, at(402))
    others = [one for one in decode_state(desk.store.states[PATIENT]).alerts if one.id != desk.name]
    assert [(one.condition, one.state) for one in others] == [("gap", AlertState.LATCHED)]


class _Evaluating(FakeAlertReader):
    """Changes the state each time that the alert is read after it, so many times."""

    def __init__(self, desk: Desk, times: int) -> None:
        super().__init__(alerts=desk.store.alerts)
        self.desk, self.times, self.reads = desk, times, 0

    def alert(self, alert_id: str) -> Alert | None:
        found = FakeAlertReader.alert(self, alert_id)
        self.reads += 1
        if 1 < self.reads <= self.times + 1:
            self.desk.evaluate(heart_rate((10 + self.reads, 70.0)), received_s=10 + self.reads)
        return found


def test_a_word_given_while_the_evaluator_works_is_kept_with_what_that_worked_out() -> None:
    desk = Desk(onset(0))
    desk.service.reader = _Evaluating(desk, 3)
    alert = desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(10))
    assert alert is not None
    assert desk.alert_state is AlertState.ACKNOWLEDGED
    state = decode_state(desk.store.states[PATIENT])
    assert [one.alert.acknowledged_by for one in state.episodes if one.alert] == [CARER.id]
    assert state.lately["heart_rate"]
    assert desk.store.revisions_kept[PATIENT] == 1 + 3 + 1


def test_a_word_that_is_overtaken_for_ever_is_refused_and_nothing_is_kept_of_it() -> None:
    desk = Desk(onset(0))
    desk.service.reader = _Evaluating(desk, 1_000)
    with pytest.raises(OvertakenError, match="try again"):
        desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(10))
    assert desk.alert_state is AlertState.ACTIVE


def test_what_is_resolved_between_two_looks_is_not_raised_from_the_dead() -> None:
    desk = Desk(onset(0))

    class Resolving(FakeAlertReader):
        def alert(self, alert_id: str) -> Alert | None:
            found = FakeAlertReader.alert(self, alert_id)
            if desk.alert_state is AlertState.ACTIVE:
                desk.evaluate(end(5), received_s=6)
            return found

    desk.service.reader = Resolving(alerts=desk.store.alerts)
    desk.service.acknowledge(desk.name, CARER, AcknowledgeReason.REAL, at(10))
    assert desk.alert_state is AlertState.RESOLVED
