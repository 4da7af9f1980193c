"""The alert worker on the real stores: from committed records to a hand-off, killed on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.telling.circles import Circles
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap.access import gatekeeper_over
from cloud.care.fact_desk import FactDesk, Said
from cloud.care.facts import FactsRemembered
from cloud.care.plans import Plans
from cloud.ports import AlertState, Device, IdentifiedRecord, Patient, Person, Role, Wanted
from cloud.replay.service import Replay
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.series.store import poison
from tests.fakes.alert_material import PATIENT, STRAP, T0, at, end, onset, report, steady, values
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.killed import Killed, KillSwitch
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from tests.fakes.relations import a_grant
from vitals.records import AnyRecord
from vitals.wire.envelope import encode_record

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
NEVER = KillSwitch(fatal=0, after=False)


@dataclass(slots=True)
class House:
    series: SqliteSeries
    relational: Relational
    clock: FakeClock
    notifier: FakeNotifier
    seq: int = 0

    def commit(self, *records: AnyRecord) -> None:
        identified = []
        for record in records:
            self.seq += 1
            identified.append(
                IdentifiedRecord(
                    gateway="home",
                    epoch="abcdefgh-events",
                    seq=self.seq,
                    record=record,
                    patient_id=PATIENT,
                    received_ms=self.clock.wall_ms(),
                )
            )
        self.series.commit(identified)

    def worker(self, switch: KillSwitch = NEVER) -> AlertWorker:
        alerts = switch.wrap(self.relational.alerts)
        return AlertWorker(
            feed=switch.wrap(self.series),
            store=alerts,
            reader=alerts,
            directory=self.relational.directory,
            circles=Circles(people=gatekeeper_over(self.relational, self.clock)),
            pages=switch.wrap(self.notifier),
            live=FakeLiveFeed(),
            clock=self.clock,
            presence=FakeGatewayPresence(heard_ms={"home": self.clock.wall_ms()}),
            leases=FakeLeases(),
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    series = SqliteSeries(tmp_path / "series.db")
    relational = open_relational(f"sqlite:///{tmp_path / 'carewire.db'}")
    directory = relational.directory
    directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
    directory.add_person(CARER)
    relational.relations.give(a_grant(CARER.id, PATIENT, T0 - 1000))
    directory.bind(STRAP, PATIENT, T0 - 1000)
    directory.note_device(
        Device(
            id=STRAP,
            gateway="home",
            patient_id=PATIENT,
            link="connected",
            model=None,
            battery_percent=None,
            on_body=None,
            reported_ms=T0,
            received_ms=T0,
        )
    )
    yield House(series, relational, FakeClock(wall=at(62)), FakeNotifier())
    relational.close()
    series.close()


def test_a_committed_event_becomes_an_explained_alert_at_a_person_and_ends(house: House) -> None:
    house.commit(onset(0), steady(142, 0, 60))
    house.worker().step()
    alerts = house.relational.alerts.alerts_of(PATIENT, open_only=True, limit=10)
    assert {one.condition for one in alerts} == {"atrial-fibrillation", "tachycardia"}
    assert all(msgspec.json.encode(one.explanation) for one in alerts)
    assert house.series.pending(10) == ()
    house.worker().step()
    assert house.relational.alerts.due(house.clock.wall_ms()) == ()
    house.clock.wall = at(120)
    house.commit(end(100), steady(80, 65, 100))
    house.worker().step()
    assert house.relational.alerts.alerts_of(PATIENT, open_only=True, limit=10) == ()


@pytest.mark.parametrize("after", [False, True], ids=["before the calls", "after the calls"])
def test_killed_again_and_again_there_is_one_alert_and_it_is_told(house: House, *, after: bool) -> None:
    house.commit(onset(0))
    deaths = 0
    for fatal in range(1, 25):
        try:
            house.worker(KillSwitch(fatal=fatal, after=after)).step()
        except Killed:
            deaths += 1
    assert deaths > 5
    (alert,) = house.relational.alerts.alerts_of(PATIENT, open_only=False, limit=10)
    assert set(house.notifier.told) == {(alert.id, AlertState.ACTIVE)}
    assert house.relational.alerts.due(house.clock.wall_ms()) == ()
    assert house.series.pending(10) == ()


def test_an_acknowledgement_outlives_restarts_and_readings_and_ends_with_its_episode(house: House) -> None:
    house.commit(onset(0))
    house.worker().step()
    (alert,) = house.relational.alerts.alerts_of(PATIENT, open_only=True, limit=10)
    service = AlertService(
        store=house.relational.alerts,
        reader=house.relational.alerts,
        permissions=gatekeeper_over(house.relational, house.clock),
    )
    service.acknowledge(alert.id, CARER, AcknowledgeReason.REAL, at(63))
    house.commit(onset(0), report(64))
    house.worker().step()
    kept = house.relational.alerts.alert(alert.id)
    assert kept is not None
    assert (kept.state, kept.acknowledged_by) == (AlertState.ACKNOWLEDGED, CARER.id)
    house.clock.wall = at(120)
    house.commit(end(100))
    house.worker().step()
    over = house.relational.alerts.alert(alert.id)
    assert over is not None
    assert (over.state, over.acknowledged_reason, over.resolved_ms) == (AlertState.RESOLVED, "real", at(100))


def test_an_event_brought_back_from_quarantine_is_told_and_labelled_delayed(house: House) -> None:
    unread = poison(1, encode_record(onset(0)), gateway="home", received_ms=house.clock.wall_ms())
    house.series.commit([], [unread])
    house.worker().step()
    assert house.notifier.told == []
    house.clock.wall = at(7 * 86_400)
    replay = Replay(
        quarantine=house.series,
        store=house.series,
        devices=house.relational.directory,
        answers=house.relational.commands,
        clock=house.clock,
    )
    assert replay.replay(Wanted()).stored == 1
    house.worker().step()
    (alert,) = house.relational.alerts.alerts_of(PATIENT, open_only=False, limit=10)
    assert (alert.condition, alert.delayed, alert.began_ms) == ("atrial-fibrillation", True, at(0))
    assert (alert.id, AlertState.ACTIVE) in house.notifier.told


def judged_by_what_was_said(house: House) -> AlertWorker:
    worker = house.worker()
    worker.plans = Plans(facts=FactsRemembered(book=house.relational.facts))
    return worker


def looked_at(house: House, worker: AlertWorker, *seconds: float) -> dict[str, AlertState]:
    """Let the worker look at these times; return every alert there is by then."""
    for second in seconds:
        house.clock.wall = at(second)
        worker.step()
    alerts = house.relational.alerts.alerts_of(PATIENT, open_only=False, limit=10)
    return {one.condition: one.state for one in alerts}


def test_what_was_said_and_what_was_measured_come_together_in_a_score_over_a_restart(house: House) -> None:
    desk = FactDesk(book=house.relational.facts, clock=house.clock)
    desk.say(PATIENT, Said(name="on_oxygen", value=True), by=CARER.id)
    house.commit(values("respiratory_rate", (60, 26.0)), values("body_temperature", (60, 39.5)))
    assert "news2-high" not in looked_at(house, judged_by_what_was_said(house), 62, 70, 150)
    found = looked_at(house, judged_by_what_was_said(house), 200)
    assert found["news2-high"] is AlertState.ACTIVE
    alerts = house.relational.alerts.alerts_of(PATIENT, open_only=True, limit=10)
    (alert,) = (one for one in alerts if one.condition == "news2-high")
    assert (alert.began_ms, alert.explanation["value"]) == (at(60), 7)


def test_a_scale_that_is_prescribed_ends_what_the_other_scale_raised(house: House) -> None:
    house.commit(values("oxygen_saturation", (60, 89.0)))
    worker = judged_by_what_was_said(house)
    assert looked_at(house, worker, 62, 380)["news2-single"] is AlertState.ACTIVE
    desk = FactDesk(book=house.relational.facts, clock=house.clock)
    desk.say(PATIENT, Said(name="spo2_scale", value="2"), by=CARER.id)
    assert looked_at(house, worker, 390, 700)["news2-single"] is AlertState.RESOLVED
