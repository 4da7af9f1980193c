"""Killed between deciding and sending, or sending and writing it down: sent again, under the same key."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.pipeline import Pipeline
from cloud.bootstrap.access import gatekeeper_over
from cloud.early_warning.local_time import LocalTime
from cloud.ports import AlertState, Channel, ContactPoint, Patient, Person, Priority, Role
from cloud.storage.relational.opening import Relational, open_relational
from tests.fakes.alert_material import PATIENT, alert, at
from tests.fakes.clock import FakeClock
from tests.fakes.killed import Killed, KillSwitch
from tests.fakes.notifier import FakeNotifier
from tests.fakes.relations import a_grant
from tests.fakes.slow_channels import FakeSlowChannels

PEOPLE = [
    Person(id=name, display_name=name, role=Role.CAREGIVER, patient_id=None) for name in ("u-bo", "u-lin")
]
CHANNELS = (Channel.EMAIL, Channel.WEB_PUSH)
HIGH = alert(priority=Priority.HIGH, raised_s=100)
UTC = LocalTime(zone=ZoneInfo("UTC"))


@dataclass(slots=True)
class House:
    """What outlives a process: the database, and what arrived at people by whichever of its lives."""

    relational: Relational
    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=at(100)))
    arrived: list[tuple[str, str, str]] = field(default_factory=list)

    def live(self, switch: KillSwitch, looks: int = 6) -> None:
        """Run a process until it is killed, or has looked so often; what it had under way arrives or not."""
        slow = FakeSlowChannels(self.clock)
        store, channels = switch.wrap(self.relational.alerts), switch.wrap(slow)
        pipeline = Pipeline(
            store=store,
            reader=store,
            circles=Circles(
                people=gatekeeper_over(self.relational, self.clock),
                local=UTC,
                contacts=self.relational.contacts,
            ),
            pages=FakeNotifier(),
            slow=channels,
            clock=self.clock,
            local=UTC,
        )
        try:
            for _ in range(looks):
                pipeline.run()
        finally:
            self.arrived += [
                (one.person.id, "" if one.contact is None else one.contact.id, one.key)
                for one in slow.offered
            ]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(open_relational(f"sqlite:///{tmp_path / 'carewire.db'}")) as relational:
        relational.directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        for person in PEOPLE:
            relational.directory.add_person(person)
            relational.relations.give(a_grant(person.id, PATIENT))
            for channel in CHANNELS:
                relational.contacts.add(
                    ContactPoint(
                        id=f"{person.id} {channel}",
                        person_id=person.id,
                        channel=channel,
                        address={},
                        label="",
                        added_ms=0,
                    )
                )
        relational.alerts.commit(relational.alerts.load(PATIENT), b"", [HIGH])
        yield House(relational)


@pytest.mark.parametrize("after", [False, True], ids=["before the calls", "after the calls"])
def test_killed_at_every_call_in_turn_everybody_is_told_under_one_key_each(
    house: House, *, after: bool
) -> None:
    deaths = 0
    for fatal in range(1, 16):
        try:
            house.live(KillSwitch(fatal=fatal, after=after))
        except Killed:
            deaths += 1
    house.live(KillSwitch(fatal=0, after=False))
    assert deaths > 5
    keys = {(person, way): set[str]() for person, way, _ in house.arrived}
    for person, way, key in house.arrived:
        keys[person, way].add(key)
    assert len(keys) == len(PEOPLE) * len(CHANNELS)
    assert all(len(of_a_way) == 1 for of_a_way in keys.values())
    told = {one.key for one in house.relational.alerts.hand_offs_of("a1") if one.contact_id}
    assert told == {key for of_a_way in keys.values() for key in of_a_way}


def test_one_that_lived_tells_each_way_once_and_then_leaves_it_alone(house: House) -> None:
    house.live(KillSwitch(fatal=0, after=False))
    house.live(KillSwitch(fatal=0, after=False))
    assert len(house.arrived) == len(set(house.arrived)) == 4
    assert house.relational.alerts.due(house.clock.wall_ms()) == ()


def test_the_step_that_came_due_while_nothing_ran_is_made_once_something_does(house: House) -> None:
    house.live(KillSwitch(fatal=0, after=False))
    house.clock.advance(3_600)
    house.live(KillSwitch(fatal=0, after=False))
    steps = {one.step for one in house.relational.alerts.hand_offs_of("a1") if one.contact_id}
    assert steps == {0, 1}


def test_an_end_that_came_between_deciding_and_sending_is_told_to_who_was_told(house: House) -> None:
    with pytest.raises(Killed):
        house.live(KillSwitch(fatal=10, after=True))
    over = replace(HIGH, state=AlertState.RESOLVED, resolved_ms=at(120))
    house.relational.alerts.commit(house.relational.alerts.load(PATIENT), b"", [over])
    house.live(KillSwitch(fatal=0, after=False))
    assert house.relational.alerts.watched_of([PATIENT]) == ()
    assert {person for person, *_ in house.arrived} == {"u-bo", "u-lin"}
