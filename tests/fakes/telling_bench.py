"""A pipeline over fakes, with people around a patient, and what they were told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from cloud.alerts.telling.batch import Batch
from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.pipeline import Pipeline
from cloud.early_warning.local_time import LocalTime
from cloud.ports import (
    Alert,
    AlertState,
    Channel,
    ContactPoint,
    DutyShift,
    Message,
    Occasion,
    Patient,
    Person,
    Preferences,
    Role,
    Silence,
)
from tests.fakes.alert_material import PATIENT, at
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.clock import FakeClock
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.directory import FakeDirectory
from tests.fakes.notifier import FakeNotifier
from tests.fakes.slow_channels import FakeSlowChannels
from tests.fakes.telling_books import FakeDutyBook, FakePolicyBook, FakePreferenceBook

LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
BO = Person(id="u-bo", display_name="Bo", role=Role.CAREGIVER)
WEI = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT)
ADA = Person(id="u-ada", display_name="Ada", role=Role.ADMINISTRATOR)
SAM = Person(id="u-sam", display_name="Sam", role=Role.CLINICIAN)
UTC = LocalTime(zone=ZoneInfo("UTC"))


@dataclass(slots=True)
class TellingBench:
    """Lin and Bo may see Wei, by mail and by telephone; Ada administers, by mail; Sam may see nobody.

    It is a hundred seconds after T0, which is 22:13:20 on a Tuesday.
    """

    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=at(100)))
    store: FakeAlertStateStore = field(default_factory=FakeAlertStateStore)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    contacts: FakeContactBook = field(default_factory=FakeContactBook)
    duties: FakeDutyBook = field(default_factory=FakeDutyBook)
    policies: FakePolicyBook = field(default_factory=FakePolicyBook)
    preferences: FakePreferenceBook = field(default_factory=FakePreferenceBook)
    silences: list[Silence] = field(default_factory=list)
    pages: FakeNotifier = field(default_factory=FakeNotifier)
    slow: FakeSlowChannels = field(init=False)
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        self.directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        for person in (LIN, BO, WEI, ADA, SAM):
            self.directory.add_person(person)
        for person in (LIN, BO):
            self.directory.grant(person.id, PATIENT, 0, None)
            self.reach(person, Channel.EMAIL)
            self.reach(person, Channel.WEB_PUSH)
        self.reach(ADA, Channel.EMAIL)
        self.slow = FakeSlowChannels(self.clock)
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is stored: whatever was in memory or under way is gone."""
        self.slow.waiting.clear()
        self.pipeline = Pipeline(
            store=self.store,
            reader=self.store,
            circles=Circles(
                people=self.directory,
                local=UTC,
                policies=self.policies,
                duties=self.duties,
                preferences=self.preferences,
                contacts=self.contacts,
                administrators=self.directory,
            ),
            pages=self.pages,
            slow=self.slow,
            clock=self.clock,
            silences=lambda _: self.silences,
            local=UTC,
        )

    def reach(self, person: Person, channel: Channel) -> None:
        name = f"{channel} of {person.id}"
        self.contacts.add(
            ContactPoint(id=name, person_id=person.id, channel=channel, address={}, label=name, added_ms=0)
        )

    def raised(self, *alerts: Alert, at_once: bool = True) -> None:
        """Commit alerts as they are now, and have done with whatever is due."""
        for one in alerts:
            self.store.commit(self.store.load(one.patient_id), b"", [one])
        if at_once:
            self.settle()

    def settle(self) -> Batch:
        """Run until nothing is due."""
        for _ in range(500):
            batch = self.pipeline.run()
            if not batch.letters and not batch.hand_offs:
                return batch
        raise AssertionError("there is no end to it")

    def later(self, seconds: float) -> list[tuple[str, Channel, Occasion, int]]:
        """Let time pass in steps of a second at most; return what was told meanwhile, but on pages."""
        before = len(self.slow.offered)
        until_ms = self.clock.wall_ms() + round(seconds * 1_000)
        while self.clock.wall_ms() < until_ms:
            self.clock.advance(min(max(1.0, seconds / 500), (until_ms - self.clock.wall_ms()) / 1_000))
            self.settle()
        return told_by(self.slow.offered[before:])

    @property
    def told(self) -> list[tuple[str, Channel, Occasion, int]]:
        """Who was told by which channel, on which occasion, at which step: but on pages."""
        return told_by(self.slow.offered)

    @property
    def held(self) -> list[tuple[str, str]]:
        """What was held back, and from whom, as it is recorded."""
        return [
            (one.channel.removeprefix("held:"), one.person_id) for one in self.store.hand_offs if one.is_hold
        ]

    def acknowledge(self, alert: Alert, person: Person) -> None:
        """Have somebody take an alert on."""
        self.raised(
            replace(
                alert,
                state=AlertState.ACKNOWLEDGED,
                acknowledged_ms=self.clock.wall_ms(),
                acknowledged_by=person.id,
                acknowledged_reason="real",
            )
        )

    def prefer(self, person: Person, **wants: object) -> None:
        self.preferences.put(Preferences(person_id=person.id, **wants))  # type: ignore[arg-type] # as they are
        self.store.rouse()

    def take_duty(self, person: Person, *, until_s: float | None = None) -> None:
        now_ms = self.clock.wall_ms()
        self.duties.take(
            DutyShift(
                id=f"shift-{len(self.duties.shifts)}",
                patient_id=PATIENT,
                person_id=person.id,
                from_ms=now_ms,
                until_ms=None if until_s is None else at(until_s),
                made_by=person.id,
                made_ms=now_ms,
            )
        )
        self.store.rouse()


def told_by(messages: Sequence[Message]) -> list[tuple[str, Channel, Occasion, int]]:
    return [
        (one.person.id, one.contact.channel, one.occasion, one.step)
        for one in messages
        if one.contact is not None
    ]
