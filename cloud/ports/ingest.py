"""From the broker to the store: deliveries, what they become, and what is known of every one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from cloud.ports.accounts import EpochAccount
from cloud.ports.people import Device
from vitals.records import AnyRecord, CommandOutcome
from vitals.wire.envelope import Ack, ContentType


class AckSender(Protocol):
    """Carries the application acknowledgement back to a gateway."""

    def send(self, gateway: str, ack: Ack, kind: ContentType = ContentType.MSGPACK) -> None:
        """Send `ack` in the encoding the gateway speaks; losing it is harmless, it sends again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message from a gateway as it came.

    `acknowledge` releases it where it came from, after the last acknowledgement has gone by `reply`.
    """

    gateway: str
    payload: bytes
    content_type: str | None
    received_ms: int
    acknowledge: Callable[[], None]
    reply: AckSender | None = None
    """The way its acknowledgement goes back; `None`: by the broker."""


class BatchSource(Protocol):
    """Where gateways' messages wait to be stored. What is not acknowledged is brought again, anew opened."""

    def take(self, *, max_messages: int, max_bytes: int, wait_s: float) -> Sequence[Delivery]:
        """Return what waits, a gateway's in its order and at least one if any; nothing after `wait_s`."""
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


class IdentifiedRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A valid record with the identity it keeps for ever and the patient it was bound to.

    A run over a change of wearer, or believed in part, comes in parts that share one identity. There is
    one for every record that ever comes: a Struct, which is made in a fifth of a dataclass's time.
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
    """Bytes that could not be stored, kept whole with the reason. `seq` 0: not even a batch.

    `header` is the envelope a numbered record came in, in the record's encoding and without its records:
    what its times rest on. It is empty where there is none.
    """

    gateway: str
    epoch: str
    seq: int
    payload: bytes
    content_type: str
    reason: str
    received_ms: int
    header: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitOutcome:
    """What one transaction did. Every seq offered is durable afterwards, fresh or not, but for `refused`.

    `refused` are identities for which quarantine has no room: they are nowhere, and must not be acknowledged.
    """

    fresh: int
    duplicates: int
    quarantined: int
    refused: frozenset[tuple[str, str, int]] = frozenset()


class Committer(Protocol):
    """Makes records durable, once each."""

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it in one transaction, or raise StorageError and store nothing."""
        ...


class RecordStore(Committer, Protocol):
    """Makes records durable, and accounts for every one."""

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen, by gateway and epoch."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearing:
    """From `from_ms` on, until the next, what the device measures is the patient's; None: nobody's."""

    from_ms: int
    patient_id: str | None


class DeviceRegistry(Protocol):
    """What ingest asks and tells about devices."""

    def wearings_of(self, devices: Collection[str]) -> Mapping[str, Sequence[Wearing]]:
        """Return who wore each of `devices` when, oldest first; nothing for one nobody ever wore."""
        ...

    def note_device(self, device: Device) -> None:
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
