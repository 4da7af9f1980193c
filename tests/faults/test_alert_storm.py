"""Every patient of a ward at once, over real stores and a real dispatch: none is lost, nobody is buried."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.dispatch import Dispatch
from cloud.alerts.telling.pacing import MOST_A_MINUTE
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap.access import gatekeeper_over
from cloud.early_warning.local_time import LocalTime
from cloud.ports import (
    Alert,
    Channel,
    ContactPoint,
    HandOff,
    IdentifiedRecord,
    Message,
    Patient,
    Person,
    Priority,
    Role,
)
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.fakes.alert_material import at, onset
from tests.fakes.clock import FakeClock
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from tests.fakes.relations import a_grant

SAM = Person(id="u-sam", display_name="Sam", role=Role.CLINICIAN)
MAIL = ContactPoint(
    id="mail of Sam", person_id=SAM.id, channel=Channel.EMAIL, address={}, label="mail", added_ms=0
)
PATIENTS = [f"p-{number:03}" for number in range(60)]
URGENT = PATIENTS[::20]
MINUTES = 5


@dataclass(slots=True)
class Mail:
    """A mail server that takes its time."""

    channel: Channel = Channel.EMAIL
    taken: list[Message] = field(default_factory=list)

    def deliver(self, message: Message) -> str | None:
        time.sleep(0.002)
        self.taken.append(message)
        return None


class Ward:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(wall=at(60))
        self.series = SqliteSeries(folder / "series.db")
        self.relational: Relational = open_relational(f"sqlite:///{folder / 'carewire.db'}")
        directory = self.relational.directory
        directory.add_person(SAM)
        for patient in PATIENTS:
            directory.add_patient(Patient(id=patient, display_name=patient))
            self.relational.relations.give(a_grant(SAM.id, patient))
        self.contacts, self.mail = FakeContactBook(), Mail()
        self.contacts.add(MAIL)
        self.dispatch = Dispatch(notifiers=(self.mail,), contacts=self.contacts, clock=self.clock)
        self.worker = AlertWorker(
            feed=self.series,
            store=self.relational.alerts,
            reader=self.relational.alerts,
            directory=directory,
            circles=Circles(
                people=gatekeeper_over(self.relational, self.clock),
                local=LocalTime(),
                policies=self.relational.policies,
                duties=self.relational.duties,
                preferences=self.relational.preferences,
                contacts=self.contacts,
                administrators=directory,
            ),
            pages=FakeNotifier(),
            slow=self.dispatch,
            live=FakeLiveFeed(),
            clock=self.clock,
            presence=FakeGatewayPresence(),
            leases=FakeLeases(),
        )

    def everybody_at_once(self) -> None:
        self.series.commit(
            [
                IdentifiedRecord(
                    gateway="home",
                    epoch="abcdefgh-events",
                    seq=seq,
                    record=onset(
                        59,
                        event_id=f"episode-of-{patient}",
                        condition="asystole" if patient in URGENT else "atrial-fibrillation",
                    ),
                    patient_id=patient,
                    received_ms=self.clock.wall_ms(),
                )
                for seq, patient in enumerate(PATIENTS, 1)
            ]
        )

    @contextmanager
    def dispatching(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self.dispatch.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            self.dispatch.wake()
            thread.join(20)

    def live(self, minutes: int) -> None:
        """Let the worker step once a second of its own clock; the channel is given time in between."""
        for _ in range(60 * minutes):
            self.worker.step()
            self.clock.advance(1)
            time.sleep(0.005)

    def close(self) -> None:
        self.relational.close()
        self.series.close()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    yield made
    made.close()


def test_of_a_whole_ward_at_once_the_urgent_are_told_each_and_first_and_all_others_in_a_few_messages(
    ward: Ward,
) -> None:
    ward.everybody_at_once()
    with ward.dispatching():
        ward.live(MINUTES)
    subjects = [one.alert.patient_id for one in ward.mail.taken]
    assert set(subjects[: len(URGENT)]) == set(URGENT), "the urgent first"
    assert len(ward.mail.taken) <= MINUTES * (MOST_A_MINUTE + len(URGENT)), "nobody is buried"
    told = {hand_off.alert_id for hand_off in handed(ward)}
    raised = {alert.id for patient in PATIENTS for alert in alerts_of(ward, patient)}
    assert len(raised) == len(PATIENTS)
    assert told == raised, "and none is lost"
    assert all(alert.priority is Priority.HIGH for patient in URGENT for alert in alerts_of(ward, patient))


def alerts_of(ward: Ward, patient: str) -> Sequence[Alert]:
    return ward.relational.alerts.alerts_of(patient, open_only=True, limit=9)


def handed(ward: Ward) -> list[HandOff]:
    """Return what was handed over by mail."""
    return [
        hand_off
        for patient in PATIENTS
        for alert in alerts_of(ward, patient)
        for hand_off in ward.relational.alerts.hand_offs_of(alert.id)
        if hand_off.channel == Channel.EMAIL and hand_off.error is None
    ]
