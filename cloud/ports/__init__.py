"""What the cloud's core asks of the outside, and the values that cross those seams.

Each port is small, is owned by its consumer, and has one contract suite that every adapter
passes. In-process adapters are the default; a cluster replaces them one by one.

The order of safety: `RecordStore.commit` makes records, their identities and the patients'
slices durable in one transaction; only then is the gateway acknowledged; the alert worker takes
slices from the `PatientFeed` and commits state, alerts and the slice's id together.
"""

from cloud.ports.alerts import (
    Alert,
    AlertReader,
    AlertState,
    AlertStateStore,
    Family,
    HandOff,
    LiveFeed,
    Notifier,
    PatientFeed,
    PatientSlice,
    Priority,
)
from cloud.ports.commands import CommandBook, CommandState, IssuedCommand
from cloud.ports.gateways import CredentialStore, GatewayCredential
from cloud.ports.ingest import (
    AckSender,
    AnswerBook,
    ClockDoubt,
    ClockFix,
    CommandAnswer,
    CommitOutcome,
    Delivery,
    DeviceRegistry,
    EpochAccount,
    IdentifiedRecord,
    QuarantinedRecord,
    QuarantineReader,
    RecordClock,
    RecordStore,
    Wearing,
)
from cloud.ports.people import Device, Directory, Patient, Person, Role, SessionStore, Worn
from cloud.ports.series import (
    LEAST_QUALITY,
    GatewayReader,
    HeardDevice,
    OccurrenceReader,
    Point,
    RollupQuery,
    RollupReader,
    Rollups,
    Series,
    SeriesReader,
    Strip,
)

__all__ = [
    "LEAST_QUALITY",
    "AckSender",
    "Alert",
    "AlertReader",
    "AlertState",
    "AlertStateStore",
    "AnswerBook",
    "ClockDoubt",
    "ClockFix",
    "CommandAnswer",
    "CommandBook",
    "CommandState",
    "CommitOutcome",
    "CredentialStore",
    "Delivery",
    "Device",
    "DeviceRegistry",
    "Directory",
    "EpochAccount",
    "Family",
    "GatewayCredential",
    "GatewayReader",
    "HandOff",
    "HeardDevice",
    "IdentifiedRecord",
    "IssuedCommand",
    "LiveFeed",
    "Notifier",
    "OccurrenceReader",
    "Patient",
    "PatientFeed",
    "PatientSlice",
    "Person",
    "Point",
    "Priority",
    "QuarantineReader",
    "QuarantinedRecord",
    "RecordClock",
    "RecordStore",
    "Role",
    "RollupQuery",
    "RollupReader",
    "Rollups",
    "Series",
    "SeriesReader",
    "SessionStore",
    "Strip",
    "Wearing",
    "Worn",
]
