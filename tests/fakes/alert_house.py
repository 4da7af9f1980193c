"""An alert worker's stores and the world around it, and a few slices it may get."""

from dataclasses import replace
from typing import Any

from cloud.alerts.judging.state import PatientState, decode_state
from cloud.alerts.telling.circles import Circles
from cloud.alerts.working.worker import AlertWorker
from cloud.ports import AlertState, Device, Patient, PatientSlice, Person, Role
from tests.fakes.alert_material import PATIENT, STRAP, at, end, onset, slice_of, steady
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.killed import KillSwitch
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from tests.fakes.patient_feed import FakePatientFeed

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
