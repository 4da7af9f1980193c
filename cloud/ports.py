"""What the cloud's core asks of the outside, and the values that cross those seams.

Each port is small, is owned by its consumer, and has one contract suite that every adapter
passes. In-process adapters are the default; a cluster replaces them one by one.

The order of safety: `RecordStore.commit` makes records, their identities and the patients'
slices durable in one transaction; only then is the gateway acknowledged; the alert worker takes
slices from the `PatientFeed` and commits state, alerts and the slice's id together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from vitals.records import AnyRecord, CommandOutcome, Gap, GatewayReport, HealthEvent
from vitals.wire.envelope import Ack, ContentType

# --- Ingest ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message from a gateway as it came; `acknowledge` releases it at the broker."""

    gateway: str
    payload: bytes
    content_type: str | None
    received_ms: int
    acknowledge: Callable[[], None]


class AckSender(Protocol):
    """Carries the application acknowledgement back to a gateway."""

    def send(self, gateway: str, ack: Ack, kind: ContentType = ContentType.MSGPACK) -> None:
        """Send `ack` in the encoding the gateway speaks; losing it is harmless, it sends again."""
        ...


class ClockDoubt(StrEnum):
    """Why a record's effective time is not believed; it is kept as it came, never moved."""

    BEFORE_2020 = "before-2020"
    AHEAD = "ahead"
    UNSYNCED = "unsynced"
    """Stamped by a clock nobody held, in a boot of which nothing else is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClock:
    """The clock that stamped a record while it was wrong; `shift_ms` puts its times right, if known.

    `offset_ms` is what that clock showed less the time since boot `boot_id`; `by_ntp` says that the
    shift is the gateway's own, not the server's estimate.
    """

    boot_id: str
    offset_ms: int
    shift_ms: int | None
    by_ntp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFix:
    """What a batch says of its gateway's boot: right time less the time since the boot."""

    gateway: str
    boot_id: str
    offset_ms: int
    by_ntp: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiedRecord:
    """A valid record with the identity it keeps for ever and the patient it was bound to.

    A run over a change of wearer, or believed in part, comes in parts that share one identity.
    """

    gateway: str
    epoch: str
    seq: int
    record: AnyRecord
    patient_id: str | None
    received_ms: int
    clock_doubt: ClockDoubt | None = None
    clock: RecordClock | None = None
    """`None`: its times are right as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRecord:
    """Bytes that could not be stored, kept whole with the reason. `seq` 0: not even a batch."""

    gateway: str
    epoch: str
    seq: int
    payload: bytes
    content_type: str
    reason: str
    received_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitOutcome:
    """What one transaction did. Every seq offered is durable afterwards, fresh or not."""

    fresh: int
    duplicates: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochAccount:
    """Everything known of one epoch: what is stored, set aside, and still missing."""

    gateway: str
    epoch: str
    stored: tuple[tuple[int, int], ...]
    quarantined: tuple[int, ...]
    missing: tuple[tuple[int, int], ...]
    duplicates: int


class RecordStore(Protocol):
    """Makes records durable, once each, and accounts for every one."""

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it in one transaction, or raise StorageError and store nothing."""
        ...

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearing:
    """From `from_ms` on, until the next, what the device measures is the patient's."""

    from_ms: int
    patient_id: str


class DeviceRegistry(Protocol):
    """What ingest asks and tells about devices."""

    def wearings(self, device: str) -> Sequence[Wearing]:
        """Return who wore `device` when, oldest first."""
        ...

    def note_device(self, device: "Device") -> None:
        """Remember the newest report of a device."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswer:
    """What a gateway says became of a command: at `t_ms` on its clock, received at `received_ms`."""

    gateway: str
    command_id: str
    name: str
    outcome: CommandOutcome
    detail: str
    t_ms: int
    received_ms: int


class AnswerBook(Protocol):
    """What ingest tells of answers to commands."""

    def note_answer(self, answer: CommandAnswer) -> None:
        """Keep the answer of a gateway, unless it gave one before: the first holds."""
        ...


class QuarantineReader(Protocol):
    """What was set aside, for an operator."""

    def quarantined(self, limit: int) -> Sequence[QuarantinedRecord]:
        """Return the newest `limit`, newest first."""
        ...

    def quarantined_count(self) -> int: ...


# --- Reading series -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One observed value: effective time, value in its kind's unit, quality 0..1 or unknown."""

    t_ms: int
    value: float
    quality: float | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points oldest first. `omitted` says how many in the range are not in `points`."""

    kind: str
    points: tuple[Point, ...]
    omitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A stretch of waveform: physical value = samples * scale + offset, in its kind's unit."""

    device: str
    kind: str
    t0_ms: int
    rate_hz: float
    samples: bytes
    scale: float
    offset: float
    lead: str


class SeriesReader(Protocol):
    """Reads one patient's history. Time ranges are half open: from <= t < to."""

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        ...

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        ...

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansQuery:
    """Means of one kind over from <= t < to, one each `every_ms` from `from_ms` on.

    Values outside `within`, of a quality below `least_quality` or of a time not believed are left out.
    """

    kind: str
    from_ms: int
    to_ms: int
    every_ms: int
    within: tuple[float, float]
    least_quality: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean of `count` values from `from_ms` on, in their kind's unit."""

    from_ms: int
    value: float
    count: int


class MeansReader(Protocol):
    """Sums up one patient's history where it lies: weeks of it are too much to carry."""

    def means(self, patient_id: str, asked: MeansQuery) -> Sequence[Mean]:
        """Return the means, oldest first; a stretch without values has none."""
        ...


class OccurrenceReader(Protocol):
    """Reads what happened to one patient beside the series. Ranges are half open."""

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        """Return health events by effective time, oldest first."""
        ...

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        """Return the declared gaps that overlap the range, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardDevice:
    """When the server last received anything a device measured, by the server's clock."""

    device: str
    gateway: str
    received_ms: int


class GatewayReader(Protocol):
    """What gateways say of themselves, and when they and their devices were last heard."""

    def gateway_report(self, gateway: str) -> tuple[GatewayReport, int] | None:
        """Return the newest report received and the server time of its receipt."""
        ...

    def heard_gateways(self) -> dict[str, int]:
        """Return every gateway ever heard and the server time of its last batch."""
        ...

    def heard_devices(self) -> Sequence[HeardDevice]: ...


# --- People, places, things -----------------------------------------------------------------


class Role(StrEnum):
    """What somebody is to the system; what they may see is decided by grants."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    CLINICIAN = "clinician"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person who wears devices. `id` is the pseudonym used everywhere else."""

    id: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A wearable as last reported, and whose it is now."""

    id: str
    gateway: str
    patient_id: str | None
    link: str | None
    model: str | None
    battery_percent: int | None
    on_body: bool | None
    reported_ms: int | None
    received_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """A device that somebody wore in from <= t < to."""

    device: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can sign in."""

    id: str
    display_name: str
    role: Role
    patient_id: str | None = None


class Directory(Protocol):
    """Patients, their devices over time, and the people allowed to see them."""

    def patient(self, patient_id: str) -> Patient | None: ...
    def patients_visible_to(self, person: Person, now_ms: int) -> Sequence[Patient]: ...
    def add_patient(self, patient: Patient) -> None: ...
    def bind(self, device: str, patient_id: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is `patient_id`'s; ends an earlier binding."""
        ...

    def patient_wearing(self, device: str, t_ms: int) -> str | None: ...
    def worn_by(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence["Worn"]:
        """Return which devices a patient wore in from <= t < to, and from when to when of it."""
        ...

    def devices_of(self, patient_id: str) -> Sequence[Device]: ...
    def note_device(self, device: Device) -> None:
        """Remember the newest report of a device."""
        ...

    def add_person(self, person: Person) -> None: ...
    def person(self, person_id: str) -> Person | None: ...
    def grant(self, person_id: str, patient_id: str, from_ms: int, until_ms: int | None) -> None: ...
    def may_see(self, person: Person, patient_id: str, now_ms: int) -> bool: ...
    def people_who_may_see(self, patient_id: str, now_ms: int) -> Sequence[Person]:
        """Return everyone for whom `may_see` holds now: to whom an alert may go."""
        ...


class SessionStore(Protocol):
    """Sign-in secrets, kept only as SHA-256 hashes."""

    def add_link(self, token_hash: bytes, person_id: str, expires_ms: int) -> None: ...
    def redeem_link(self, token_hash: bytes, now_ms: int) -> str | None:
        """Return the person whose one-time link this is, once; None if unknown, used or expired."""
        ...

    def add_session(self, token_hash: bytes, person_id: str, expires_ms: int) -> None: ...
    def session_person(self, token_hash: bytes, now_ms: int) -> str | None: ...
    def end_session(self, token_hash: bytes) -> None: ...


# --- Commands to gateways -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCommand:
    """Something asked of a gateway: by whom, and about which patient, if about one."""

    id: str
    gateway: str
    name: str
    body: dict[str, Any]
    issued_ms: int
    expires_ms: int
    issued_by: str
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandState:
    """A command and its gateway's answer, if there is one yet."""

    command: IssuedCommand
    answer: CommandAnswer | None


class CommandBook(Protocol):
    """Every command, until long after it is answered."""

    def add(self, issued: IssuedCommand) -> bool:
        """Keep a command; False, and nothing changes, if its id is known already."""
        ...

    def unanswered(self, now_ms: int, most_each: int) -> Sequence[IssuedCommand]:
        """Return the oldest commands of each gateway that it has not answered and that are not expired.

        At most so many of each: one gateway that is away for days keeps no other's from being sent.
        """
        ...

    def commands_of(self, gateway: str, limit: int) -> Sequence[CommandState]:
        """Return what was asked of a gateway, newest first."""
        ...

    def requests_of(self, patient_id: str, limit: int) -> Sequence[CommandState]:
        """Return what was asked of gateways about a patient, newest first."""
        ...


# --- Alerts ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSlice:
    """The fresh records of one patient in one commit, in order; the unit of alert evaluation."""

    message_id: str
    patient_id: str
    received_ms: int
    records: tuple[AnyRecord, ...]


class PatientFeed(Protocol):
    """Slices waiting to be evaluated: durable, in order for each patient, until they are done."""

    def pending(self, limit: int) -> Sequence[PatientSlice]:
        """Return the oldest slices not yet done."""
        ...

    def done(self, message_ids: Iterable[str]) -> None:
        """Forget slices whose effect has been committed."""
        ...


class Priority(StrEnum):
    """IEC 60601-1-8 alarm priority."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Family(StrEnum):
    """IEC 60601-1-8 keeps the two apart; they are never merged."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


class AlertState(StrEnum):
    """Where an alert is in its life. A pending one is not yet shown to anybody."""

    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alarm condition of one patient, from its start to its end.

    `began_ms` is the effective time of the cause, `raised_ms` when it became active here,
    `noticed_ms` when the notification behind it reached the gateway (None: not known).
    `explanation` is JSON-ready and always carries `summary`, `value`, `limit`, `unit`,
    `quality`, `contributors`, `model` and `advice`; what does not apply is null.
    """

    id: str
    patient_id: str
    condition: str
    family: Family
    priority: Priority
    state: AlertState
    began_ms: int
    raised_ms: int
    noticed_ms: int | None
    resolved_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None
    delayed: bool = False
    explanation: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """An alert given to a channel for somebody, or why that failed.

    `state` is the transition that was handed over: one that came meanwhile stays owed.
    """

    alert_id: str
    channel: str
    person_id: str
    at_ms: int
    error: str | None = None
    state: AlertState | None = None


class AlertStateStore(Protocol):
    """The evaluator's memory, committed together with the alerts it caused."""

    def load(self, patient_id: str) -> bytes | None:
        """Return the evaluator's state for a patient, as it was last committed."""
        ...

    def patients(self) -> Sequence[str]:
        """Return every patient with a state: those whose durations and silence are watched."""
        ...

    def commit(
        self, patient_id: str, state: bytes, alerts: Sequence[Alert], message_ids: Sequence[str]
    ) -> None:
        """In one transaction: keep the state, upsert the alerts, owe their notifications, note the slices."""
        ...

    def is_done(self, message_id: str) -> bool:
        """Tell whether a slice's effect is already committed."""
        ...

    def owed(self, limit: int) -> Sequence[Alert]:
        """Return alerts whose latest transition has not been handed to any channel yet."""
        ...

    def handed_off(self, hand_offs: Sequence[HandOff]) -> None:
        """Record hand-offs; an alert with a successful one is no longer owed."""
        ...


class AlertReader(Protocol):
    """Alerts for the API and the pages."""

    def alert(self, alert_id: str) -> Alert | None: ...
    def alerts_of(self, patient_id: str, *, open_only: bool, limit: int) -> Sequence[Alert]: ...
    def hand_offs_of(self, alert_id: str) -> Sequence[HandOff]: ...


class Notifier(Protocol):
    """A channel to people."""

    name: str

    def deliver(self, alert: Alert, person: Person) -> None:
        """Hand over; return when the channel has taken it, raise DeliveryError when it has not."""
        ...


class LiveFeed(Protocol):
    """What happens now, for open pages: published after it is stored, lost if nobody looks."""

    def publish(self, patient_id: str, event: str, data: object) -> None:
        """Tell whoever watches the patient; never blocks, drops for a watcher that cannot keep up."""
        ...
