"""Who is told, when, by what channel and in what words: what people set, what is sent, and who keeps it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cloud.ports.alerts import Alert, Priority
from cloud.ports.people import Person


class Channel(StrEnum):
    """The families of ways to a person; a notifier each."""

    IN_APP = "in-app"
    WEB_PUSH = "web-push"
    EMAIL = "email"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """One way to one person (FHIR ContactPoint). `address` is what its notifier needs, JSON-ready."""

    id: str
    person_id: str
    channel: Channel
    address: Mapping[str, object]
    label: str
    added_ms: int


class ContactBook(Protocol):
    """By which ways people can be reached; in-app is always one, and not written down."""

    def add(self, contact: ContactPoint) -> None:
        """Add a way, or correct it."""
        ...

    def remove(self, contact_id: str, because: str, now_ms: int) -> None:
        """Use it no more; one that is gone is gone."""
        ...

    def of(self, person_ids: Collection[str]) -> Mapping[str, Sequence[ContactPoint]]:
        """Return the ways to each of these people in the order they were added; nothing for who has none."""
        ...


class Whom(StrEnum):
    """Whom a step of an escalation tells, of those who may see the patient then."""

    ON_DUTY = "on-duty"
    """Whoever has the duty now; everyone if nobody has."""
    EVERYONE = "everyone"
    NAMED = "named"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """From `after_s` without acknowledgement on, these people by these channels (empty: all they have)."""

    after_s: int
    whom: Whom
    person_ids: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """The steps for alerts of a priority, in rising order of time; `repeat_s` says the last one again.

    `remind_s`: one who acknowledged is told again if it still goes on after so long; None: never.
    """

    steps: tuple[EscalationStep, ...]
    repeat_s: int | None = None
    remind_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A patient's policies by priority from `made_ms` on, by whom and why."""

    patient_id: str
    policies: Mapping[Priority, EscalationPolicy]
    author_id: str
    reason: str
    made_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyShift:
    """Somebody looks after a patient in from <= t < until (None: until somebody else takes over)."""

    id: str
    patient_id: str
    person_id: str
    from_ms: int
    until_ms: int | None
    made_by: str
    made_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaSlot:
    """A weekly duty: ISO weekday 1-7 and minutes of the local day; one that ends earlier ends next day."""

    person_id: str
    weekday: int
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How one person wants to be told. Quiet hours, in minutes of the local day, never hold a high alert."""

    person_id: str
    language: str = "en"
    quiet_from_minute: int | None = None
    quiet_until_minute: int | None = None
    least_priority: Priority = Priority.LOW
    muted_channels: tuple[Channel, ...] = ()
    glucose_unit: str = "mg/dL"
    time_zone: str | None = None
    """By which clock pages tell them the time, such as Europe/Berlin; None: their browser's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One row: a patient's condition is not handed over from `from_ms` until `until_ms`.

    An alert of priority `floor` or above goes out all the same. `ended_ms` is when somebody took it back.
    """

    patient_id: str
    condition: str
    from_ms: int
    until_ms: int
    author_id: str
    floor: Priority = Priority.HIGH
    id: str = ""
    reason: str = ""
    made_ms: int = 0
    ended_ms: int | None = None
    ended_by: str | None = None


class Occasion(StrEnum):
    """Why somebody is told of an alert now."""

    ONSET = "onset"
    ESCALATION = "escalation"
    """It was told before, to others or to the same, and nobody has taken it on."""
    REMINDER = "reminder"
    """Somebody took it on, and it still goes on."""
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"
    UNTOLD = "untold"
    """Nobody can be told: said to administrators, without saying what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A message in its reader's language: a subject, one line short enough for SMS, and the whole."""

    subject: str
    line: str
    body: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One telling of one alert to one person by one way.

    `key` is the same however often the same telling is sent: who receives it twice can tell.
    `contact` is None for in-app. `url` opens the alert.
    """

    key: str
    alert: Alert
    person: Person
    contact: ContactPoint | None
    occasion: Occasion
    step: int
    words: Words
    url: str


class Notifier(Protocol):
    """A channel to people. May take its time: it is called by a thread of its own, under a deadline."""

    @property
    def channel(self) -> Channel:
        """Which it is."""
        ...

    def deliver(self, message: Message) -> str | None:
        """Hand over; return the channel's own receipt if it gives one.

        Raises
        ------
        DeliveryError
            The channel has not taken it; it says what went wrong, without a health value.
        ContactGoneError
            The way is gone for good (a browser that unsubscribed): it is not to be used again.
        """
        ...
