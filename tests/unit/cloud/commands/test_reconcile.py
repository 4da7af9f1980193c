"""An alert that is taken on falls quiet at the gateway that raised it, known by the event's id."""

import pytest

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import encode_state
from cloud.commands.issue import CommandIssuer
from cloud.commands.reconcile import GatewayReconciliation
from cloud.ports import AlertState, HeardDevice, Patient, Person, Role
from tests.fakes.alert_material import PATIENT, T0, at, end, fresh_state, gap, onset, slice_of
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.directory import FakeDirectory
from vitals.errors import StorageError
from vitals.records import AnyRecord, HealthEvent

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)


class Desk:
    """Alerts from records, acknowledged by a carer, and the commands that follow."""

    def __init__(self, *records: AnyRecord, gateways: tuple[str, ...] = ("hallway",)) -> None:
        self.book, self.back_office = FakeCommandBook(), FakeBackOffice()
        device = next(one.device for one in records if hasattr(one, "device"))
        self.back_office.heard_from += [
            *(HeardDevice(device=device, gateway=each, received_ms=1) for each in gateways),
            HeardDevice(device="another", gateway="kitchen", received_ms=1),
        ]
        issuer = CommandIssuer(book=self.book, clock=FakeClock(), new_id=self.book.new_id)
        self.store, directory = FakeAlertStateStore(), FakeDirectory()
        directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        directory.add_person(CARER)
        directory.grant(CARER.id, PATIENT, T0, None)
        reconciliation = GatewayReconciliation(issuer=issuer, gateways=self.back_office)
        self.service = AlertService(
            store=self.store,
            reader=self.store,
            permissions=directory,
            on_acknowledged=reconciliation.on_acknowledged,
        )
        state, alerts = evaluate(fresh_state(), slice_of(*records, received_s=1), at(1))
        self.store.commit(self.store.load(PATIENT), encode_state(state), alerts)

    def acknowledge(self, reason: AcknowledgeReason = AcknowledgeReason.REAL) -> AlertState:
        (name,) = self.store.alerts
        alert = self.service.acknowledge(name, CARER, reason, at(10))
        assert alert is not None
        return alert.state


def test_the_gateways_that_hear_the_device_are_told_the_events_id_once_each() -> None:
    raised = onset(0)
    assert isinstance(raised, HealthEvent)
    desk = Desk(raised, gateways=("hallway", "garden"))
    desk.acknowledge()
    desk.acknowledge()
    sent = sorted((one.gateway, one.name, one.issued_by) for one in desk.book.commands.values())
    assert sent == [
        ("garden", "alert-acknowledged", CARER.id),
        ("hallway", "alert-acknowledged", CARER.id),
    ]
    assert {one.body["event_id"] for one in desk.book.commands.values()} == {raised.event_id}


@pytest.mark.parametrize("reason", AcknowledgeReason)
def test_the_gateway_is_told_whether_there_was_something_to_alarm_of(reason: AcknowledgeReason) -> None:
    desk = Desk(onset(0))
    desk.acknowledge(reason)
    (command,) = desk.book.commands.values()
    assert command.body["was_right"] is (reason is not AcknowledgeReason.FALSE_ALARM)


def test_what_no_gateway_concluded_concerns_none() -> None:
    desk = Desk(gap(0, 600))
    desk.acknowledge()
    assert desk.book.commands == {}


def test_what_is_over_is_quiet_already() -> None:
    desk = Desk(onset(0), end(1))
    desk.acknowledge()
    assert desk.book.commands == {}


def test_an_alert_is_acknowledged_although_no_command_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bool:
        raise StorageError("the database is away")

    desk = Desk(onset(0))
    monkeypatch.setattr(FakeCommandBook, "add", refuse)
    assert desk.acknowledge() is AlertState.ACKNOWLEDGED
