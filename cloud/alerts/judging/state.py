"""The evaluator's memory of one patient: small, versioned, committed with the alerts it caused."""

from dataclasses import replace
from typing import Final

import msgspec
from msgspec import Struct

from cloud.alerts.errors import NewerStateError, StateUnreadableError
from cloud.ports import Alert, AlertState

__all__ = [
    "STATE_VERSION",
    "DeviceMemory",
    "EndedEvent",
    "Episode",
    "Latest",
    "PatientState",
    "decode_state",
    "encode_state",
]

STATE_VERSION: Final = 2
_FIRST_WITH_LATCHED: Final = 2


class Episode(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alarm condition under way; pending until it has an alert.

    `source` tells two episodes of one rule apart: a device, a gateway or an event's id. Times
    are effective, except `began_received_ms`, which is the server's. `subsided` is how version 1
    said that an alert is latched.
    """

    rule: str
    source: str
    devices: tuple[str, ...]
    began_ms: int
    began_received_ms: int
    newest_ms: int
    clearing_ms: int | None = None
    subsided: bool = False
    alert: Alert | None = None

    @property
    def life(self) -> AlertState:
        """Where in its life it is."""
        return AlertState.PENDING if self.alert is None else self.alert.state


class DeviceMemory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one wearable: effective times by kind, and server times of its data.

    `courses` has the last while of the kinds whose course is judged, in a few points (`course.Point`).
    `explained_ms` is when the last reason for its silence ended: before it, quiet was no wonder.
    `is_away`: it delivered what it had and is not expected to say more until it comes again.
    `expected_ms` is when it was first looked for, of one that was never heard. `behind` is of the first of
    values that are all older than what came before, its effective and its server's time (`setback`).
    """

    newest_ms: dict[str, int] = {}
    courses: dict[str, list[tuple[int, float, int]]] = {}
    report_ms: int = -1
    data_received_ms: int | None = None
    explained_ms: int = 0
    is_away: bool = False
    expected_ms: int | None = None
    behind: tuple[int, int] | None = None


class Latest(Struct, frozen=True, kw_only=True):
    """The newest value of a kind, from whichever device, rounded as it is charted."""

    t_ms: int
    value: float
    device: str


class EndedEvent(Struct, frozen=True, kw_only=True):
    """An event whose end is known, so that a late or repeated onset does not raise it again."""

    event_id: str
    ended_ms: int
    raised: bool


class PatientState(Struct, frozen=True, kw_only=True):
    """Everything alert evaluation remembers of a patient.

    `lately` holds the last ten minutes by kind, packed (`history`); `latest` the newest value of each
    kind that combinations are of; `resolved` the ids of the last alerts that are over; `skipped`
    counts by reason the values and records that were not judged, and `left_out` says of the last ten
    minutes by kind in which one, by the server's clock, why and how many. `newest` holds of each vital
    sign's kinds the last five minutes up to its newest value, however old that is, and `looked_ms`
    when, in effective time, scores were last worked out of them.
    """

    patient_id: str
    v: int = STATE_VERSION
    episodes: tuple[Episode, ...] = ()
    devices: dict[str, DeviceMemory] = {}
    lately: dict[str, bytes] = {}
    latest: dict[str, Latest] = {}
    ended: tuple[EndedEvent, ...] = ()
    resolved: tuple[str, ...] = ()
    skipped: dict[str, int] = {}
    left_out: dict[str, list[tuple[int, str, int]]] = {}
    newest: dict[str, list[tuple[int, float]]] = {}
    looked_ms: int = 0

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The open alerts."""
        return tuple(episode.alert for episode in self.episodes if episode.alert is not None)


class _Header(Struct, frozen=True):
    v: int


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(PatientState).decode
_header: Final = msgspec.msgpack.Decoder(_Header).decode


def encode_state(state: PatientState) -> bytes:
    """Encode a state for the store."""
    return _encode(state)


def decode_state(encoded: bytes) -> PatientState:
    """Decode a state.

    Raises
    ------
    NewerStateError
        If a newer program wrote it: it is not read, and must not be overwritten.
    StateUnreadableError
        If it is damaged.
    """
    try:
        version = _header(encoded).v
        if version > STATE_VERSION:
            raise NewerStateError(
                f"alert state is of version {version}, this program reads up to {STATE_VERSION}: "
                "run the newer program again"
            )
        state = _decode(encoded)
    except msgspec.MsgspecError as error:
        raise StateUnreadableError(
            f"alert state cannot be read ({error}): restore it from the last backup"
        ) from error
    return state if version >= _FIRST_WITH_LATCHED else _latched(state)


def _latched(state: PatientState) -> PatientState:
    """Return a state of version 1 as this version says it."""
    episodes = tuple(
        msgspec.structs.replace(one, alert=replace(one.alert, state=AlertState.LATCHED))
        if one.subsided and one.alert is not None and one.alert.state is AlertState.ACTIVE
        else one
        for one in state.episodes
    )
    return msgspec.structs.replace(state, v=STATE_VERSION, episodes=episodes)
