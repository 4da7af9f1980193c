"""Simulated people: told, they look or do not, the same in every run, and say what they found."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from carewire.day.people import MODEL, People
from carewire.day.truth import Cause
from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.early_warning.local_time import LocalTime
from cloud.ports import AlertState, HandOff, Patient, Person, Priority, Role
from tests.fakes.alert_material import PATIENT, alert
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.directory import FakeDirectory

CARER = Person(id="carer", display_name="Lin", role=Role.CAREGIVER)
NOON_MS = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1000)


@dataclass(slots=True)
class House:
    """A carer and alerts, each with a cause."""

    store: FakeAlertStateStore = field(default_factory=FakeAlertStateStore)
    cause: Cause = Cause.ILLNESS

    def people(self) -> People:
        directory = FakeDirectory()
        directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        directory.add_person(CARER)
        directory.grant(CARER.id, PATIENT, 0, None)
        return People(
            reader=self.store,
            service=AlertService(store=self.store, reader=self.store, permissions=directory),
            people={CARER.id: CARER},
            cause_of=lambda _: self.cause,
            local=LocalTime(zone=ZoneInfo("UTC")),
        )


def handed(name: str, number: int) -> dict[int, HandOff]:
    return {
        number: HandOff(
            alert_id=name, channel="in-app", person_id=CARER.id, at_ms=NOON_MS, state=AlertState.ACTIVE
        )
    }


def acknowledged_at(house: House, priority: Priority, *, hours: int = 12, alerts: int = 40) -> list[float]:
    """Tell somebody of so many alerts, and return after how many seconds which were acknowledged."""
    people, names = house.people(), [f"a{number}" for number in range(alerts)]
    for name in names:
        house.store.alerts[name] = alert(name, priority=priority)
    told = {number: one for number, name in enumerate(names, 1) for one in handed(name, number).values()}
    start_ms = NOON_MS + (hours - 12) * 3_600_000
    for step in range(0, 6 * 3600, 60):
        people.act(start_ms + step * 1000, told)
    seen = (house.store.alerts[name].acknowledged_ms for name in names)
    return sorted((at_ms - start_ms) / 1000 for at_ms in seen if at_ms is not None)


def test_the_more_urgent_it_is_the_sooner_and_the_more_surely_somebody_looks() -> None:
    high = acknowledged_at(House(), Priority.HIGH)
    low = acknowledged_at(House(), Priority.LOW)
    assert len(high) > len(low) > 0
    assert high[len(high) // 2] < low[len(low) // 2]


def test_by_night_it_takes_longer() -> None:
    day, night = (acknowledged_at(House(), Priority.MEDIUM, hours=hours) for hours in (12, 25))
    assert len(day) > len(night) > 0
    assert day[len(day) // 2] < night[len(night) // 2]


def test_the_same_day_is_lived_the_same_again() -> None:
    assert acknowledged_at(House(), Priority.MEDIUM) == acknowledged_at(House(), Priority.MEDIUM)


@pytest.mark.parametrize("cause", Cause)
def test_what_somebody_finds_is_what_was_behind_it(cause: Cause) -> None:
    house = House(cause=cause)
    acknowledged_at(house, Priority.HIGH)
    reasons = {one.acknowledged_reason for one in house.store.alerts.values() if one.acknowledged_reason}
    assert len(reasons) == 1
    assert AcknowledgeReason(reasons.pop()).was_right is (cause not in {Cause.ARTEFACT, Cause.NONE})


def test_who_was_not_told_or_could_not_be_does_nothing() -> None:
    house = House()
    people = house.people()
    house.store.alerts["a1"] = alert("a1")
    failed = HandOff(
        alert_id="a1",
        channel="email",
        person_id=CARER.id,
        at_ms=NOON_MS,
        error="refused",
        state=AlertState.ACTIVE,
    )
    for step in range(600):
        people.act(NOON_MS + step * 60_000, {1: failed})
    assert house.store.alerts["a1"].acknowledged_ms is None


def test_every_priority_has_a_habit_by_day_and_by_night() -> None:
    assert set(MODEL) == {(priority, night) for priority in Priority for night in (False, True)}
