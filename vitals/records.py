"""What a gateway tells the cloud. Seven kinds of record, told apart by their `type`.

Times are milliseconds since 1970-01-01 UTC on the gateway's clock at the moment the quantity
was true (effective time). A record knows its device, never its patient.
"""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

# `$` alone would let a trailing newline pass.
DEVICE_ID: Final = r"^[a-z0-9-]{3,64}$(?!\n)"
LONGEST_DEVICE_ID: Final = 64
_KIND_KEY: Final = r"^[a-z0-9_]{2,40}$(?!\n)"
DeviceId = Annotated[str, Meta(pattern=DEVICE_ID)]
KindKey = Annotated[str, Meta(pattern=_KIND_KEY)]
# Matching patterns takes three quarters of the time in which a batch of short runs is decoded. So those of
# a run are only stated here; `vitals.wire.envelope.check` holds it to them, looking at each name once.
_RunDevice = Annotated[str, Meta(extra_json_schema={"pattern": DEVICE_ID})]
_RunKind = Annotated[str, Meta(extra_json_schema={"pattern": _KIND_KEY})]
Condition = Annotated[str, Meta(pattern=r"^[a-z0-9-]{2,64}$(?!\n)")]
CommandId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{8,64}$(?!\n)")]
CommandName = Annotated[str, Meta(pattern=r"^[a-z-]{2,40}$(?!\n)")]
TimeMs = Annotated[int, Meta(ge=0, le=32_503_680_000_000)]  # 1970 to 3000
DeviceMs = Annotated[int, Meta(ge=-(2**53), le=2**53)]  # a wearable's clock may show any year
Count = Annotated[int, Meta(ge=0, le=2**53)]  # what JSON's numbers hold exactly
Microvolts = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
MOST_BEAT_POINTS = 240


class Record(Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What all records share: they are immutable and name their type on the wire."""


class ObservationRun(Record, frozen=True, kw_only=True, tag="observations"):
    """Samples of one kind from one device, oldest first: `t_ms[i]` saw `value[i]`.

    `value` is in the unit of `OBSERVATION_KINDS[kind]`; `quality` runs 0 (unusable) to 1. `device_ms` is
    what the device's own clock said, read as UTC, where that is what `t_ms` was reckoned from.
    """

    device: _RunDevice
    kind: _RunKind
    t_ms: list[TimeMs]
    value: list[float]
    quality: list[Share] | None = None
    device_ms: list[DeviceMs] | None = None


class Waveform(Record, frozen=True, kw_only=True, tag="waveform"):
    """A strip of evenly spaced samples: physical value = `samples[i] * scale + offset`.

    `samples` is little-endian int16, two bytes a sample (base64 in JSON); `scale` and `offset`
    are in the unit of `OBSERVATION_KINDS[kind]`. Sample i was taken at `t0_ms + 1000 * i / rate_hz`.
    """

    device: DeviceId
    kind: KindKey
    t0_ms: TimeMs
    rate_hz: Annotated[float, Meta(ge=0.01, le=10_000.0)]
    samples: Annotated[bytes, Meta(max_length=131_072)]
    scale: float
    offset: float = 0.0
    lead: Annotated[str, Meta(max_length=16)] = ""


class Feature(Struct, frozen=True, kw_only=True):
    """One named reason behind a decision, with its unit (UCUM) and what is usual, if known."""

    name: str
    value: float
    unit: str
    usual_low: float | None = None
    usual_high: float | None = None


class Prototype(Struct, frozen=True, kw_only=True):
    """A beat that people labelled, and how far the one judged lies from it: 0 is the same.

    `beat_uv` is drawn like the event's own `beat_uv`.
    """

    label: Annotated[str, Meta(max_length=40)]
    distance: float
    beat_uv: Annotated[list[Microvolts], Meta(max_length=MOST_BEAT_POINTS)] = []


class Evidence(Struct, frozen=True, kw_only=True):
    """Why a model or a rule said what it said, small enough to travel with the event (under 8 kB).

    A rule has no `probability`; its `features` carry its limits as what is usual. `beat_uv` is the beat that
    was judged, to be laid over `median_beat_uv`, the wearer's own, at `median_beat_rate_hz`; `strip_uv` is
    what was judged where that is no single beat. `stages` names what the judgement passed on its way.
    """

    model: str
    model_version: Count
    features: list[Feature]
    probability: Share | None = None
    threshold: Share | None = None
    median_beat_uv: list[Microvolts] = []
    median_beat_rate_hz: float = 0.0
    beat_uv: Annotated[list[Microvolts], Meta(max_length=MOST_BEAT_POINTS)] = []
    prototypes: Annotated[list[Prototype], Meta(max_length=8)] = []
    strip_uv: Annotated[list[Microvolts], Meta(max_length=1_000)] = []
    strip_rate_hz: float = 0.0
    stages: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=16)] = []


class Phase(StrEnum):
    """Where in its course a health event is."""

    ONSET = "onset"
    END = "end"


class HealthEvent(Record, frozen=True, kw_only=True, tag="event"):
    """The gateway concluded something about the wearer.

    `t_ms` is when the condition began (or ended); `noticed_ms` when the notification that
    completed the conclusion arrived at the gateway; `event_id` names the episode for ever and
    is shared by its onset and its end.
    """

    event_id: Annotated[str, Meta(min_length=8, max_length=64)]
    device: DeviceId
    condition: Condition
    phase: Phase
    t_ms: TimeMs
    noticed_ms: TimeMs
    signal_quality: Share | None = None
    evidence: Evidence | None = None


class LinkState(StrEnum):
    """Whether a wearable is within reach and talking.

    One that comes to deliver a reading and goes is `AWAY` in between, and not missed.
    """

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SILENT = "silent"
    AWAY = "away"


class DeviceReport(Record, frozen=True, kw_only=True, tag="device"):
    """How a wearable is: sent on change and now and then. `None` means not known.

    `conditions` are technical: what it says is wrong with itself, and what the gateway found, as that its
    clock is wrong. `clock_drift_ppm` is how much faster its clock runs than the gateway's.
    """

    device: DeviceId
    t_ms: TimeMs
    link: LinkState
    model: str | None = None
    manufacturer: str | None = None
    firmware: str | None = None
    battery_percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    rssi_dbm: Annotated[int, Meta(ge=-127, le=20)] | None = None
    on_body: bool | None = None
    reason: str | None = None
    conditions: Annotated[list[Condition], Meta(max_length=32)] = []
    clock_drift_ppm: Annotated[int, Meta(ge=-100_000, le=100_000)] | None = None


class HostState(Struct, frozen=True, kw_only=True):
    """How the computer is that the gateway runs on. `None`: this one cannot tell.

    `memory_bytes` is what the gateway itself holds in memory; `load` the mean of runnable tasks over a
    minute; `throttled` that a Raspberry Pi slows down now, for heat or for want of power.
    """

    cpu_temperature_c: Annotated[float, Meta(ge=-60.0, le=200.0)] | None = None
    disk_free_bytes: Count | None = None
    memory_bytes: Count | None = None
    load: Annotated[float, Meta(ge=0.0, le=10_000.0)] | None = None
    throttled: bool | None = None


class GatewayReport(Record, frozen=True, kw_only=True, tag="gateway"):
    """How the gateway is: counters since it started, `uptime_s` ago, keyed by event name.

    `models` gives the version of each model in use; `configuration_version` is that of the settings
    given from afar, 0 where there are none.
    """

    t_ms: TimeMs
    software: str
    outbox_records: Count
    outbox_bytes: Count
    oldest_unsent_ms: TimeMs | None = None
    counters: dict[str, Count] = {}
    inference_count: Count = 0
    inference_p50_us: float | None = None
    uptime_s: Count | None = None
    host: HostState | None = None
    clock_synced: bool | None = None
    models: dict[Annotated[str, Meta(max_length=64)], Count] = {}
    configuration_version: Count | None = None


class GapReason(StrEnum):
    """Why something that should have been seen was not."""

    LINK_LOST = "link-lost"
    LINK_SILENT = "link-silent"
    FRAMES_MISSED = "frames-missed"
    FRAME_UNREADABLE = "frame-unreadable"
    SENSOR_OFF = "sensor-off"
    NOT_MEASURED = "not-measured"
    OUTBOX_FULL = "outbox-full"
    OUTBOX_DAMAGED = "outbox-damaged"
    OVERSIZE = "oversize"
    GATEWAY_DOWN = "gateway-down"


class Gap(Record, frozen=True, kw_only=True, tag="gap"):
    """Data that does not exist, stated: from when to when, how much if countable, and why."""

    device: DeviceId
    kind: KindKey
    from_ms: TimeMs
    to_ms: TimeMs
    reason: GapReason
    missed: Count | None = None


class CommandOutcome(StrEnum):
    """What became of something the cloud asked."""

    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"
    FAILED = "failed"


class CommandReport(Record, frozen=True, kw_only=True, tag="command"):
    """The answer to the command `id`: what became of it, and in a sentence why.

    A command that comes again is answered again and never done again; the first answer holds.
    """

    id: CommandId
    name: CommandName
    outcome: CommandOutcome
    detail: Annotated[str, Meta(max_length=1_000)] = ""
    t_ms: TimeMs


AnyRecord = ObservationRun | Waveform | HealthEvent | DeviceReport | GatewayReport | Gap | CommandReport
