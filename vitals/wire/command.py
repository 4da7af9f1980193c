"""What the cloud asks of a gateway: a command, on `v1/gw/GATEWAY/down/command`.

MessagePack by default, JSON if the MQTT property `content-type` says so. A command is done at most
once, known by its `id`, until it expires; a gateway answers each with a `CommandReport`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from vitals.errors import EnvelopeError
from vitals.records import CommandId, CommandName, DeviceId, KindKey, TimeMs
from vitals.release import MAX_MODEL_BYTES, SignedRelease
from vitals.wire.envelope import ContentType

__all__ = [
    "BODIES",
    "COMMAND_VERSION",
    "MAX_COMMAND_BYTES",
    "PART_BYTES",
    "AlertAcknowledged",
    "ApplyRelease",
    "Command",
    "FetchModel",
    "ForgetDevice",
    "Identify",
    "ModelPart",
    "NobodyReached",
    "SilenceAlarm",
    "UploadWaveform",
    "decode_command",
    "decode_commands",
    "encode_command",
    "encode_commands",
    "id_of",
]

COMMAND_VERSION: Final = 1
MAX_COMMAND_BYTES: Final = 65_536
"""A larger one is no command: the settings of a gateway are a tenth of this."""
PART_BYTES: Final = 32_768
"""How much of a model one command carries."""


class Command(Struct, frozen=True, kw_only=True):
    """Something asked of one gateway; what `body` holds is told by `BODIES[name]`."""

    v: int = COMMAND_VERSION
    id: CommandId
    name: CommandName
    issued_ms: TimeMs
    expires_ms: TimeMs
    body: dict[str, Any] = {}


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all bodies share."""


class UploadWaveform(Body, frozen=True, kw_only=True):
    """Send what the ring still holds of one signal: from <= t < to, on the gateway's clock."""

    device: DeviceId
    kind: KindKey
    from_ms: TimeMs
    to_ms: TimeMs


class FetchModel(Body, frozen=True, kw_only=True):
    """Make room for the parts of the model that this release is of; nothing else changes."""

    release: SignedRelease


class ModelPart(Body, frozen=True, kw_only=True):
    """A part of the bundle of that hash, from `offset` on, in Base64; all but the last of `PART_BYTES`."""

    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    offset: Annotated[int, Meta(ge=0, le=MAX_MODEL_BYTES)]
    data: Annotated[str, Meta(max_length=4 * PART_BYTES // 3 + 4)]


class ApplyRelease(Body, frozen=True, kw_only=True):
    """Run what is signed here, unless it does not prove good; a model's parts must have come before."""

    release: SignedRelease


class SilenceAlarm(Body, frozen=True, kw_only=True):
    """Pause the sound of one alarm until then: of an episode, or of the alarm called `key`."""

    until_ms: TimeMs
    event_id: Annotated[str, Meta(min_length=8, max_length=64)] | None = None
    key: Annotated[str, Meta(min_length=2, max_length=64)] | None = None


class AlertAcknowledged(Body, frozen=True, kw_only=True):
    """A person looks after this episode: nothing need sound for it any more.

    `was_right` says whether there was something to alarm of: what was does not count against the wearer's
    alarm budget.
    """

    event_id: Annotated[str, Meta(min_length=8, max_length=64)]
    was_right: bool | None = None


class Identify(Body, frozen=True, kw_only=True):
    """Blink and beep, so that somebody finds the gateway."""

    seconds: Annotated[int, Meta(ge=1, le=60)] = 10


class NobodyReached(Body, frozen=True, kw_only=True):
    """Alarm in this home for `for_s`: there is an alert of this priority, and nobody could be told of it.

    0 seconds: somebody can be told again.
    """

    for_s: Annotated[int, Meta(ge=0, le=3_600)]
    priority: Literal["high", "medium", "low"] = "medium"


class ForgetDevice(Body, frozen=True, kw_only=True):
    """Drop what is held here of a device from <= t < to: whoever wore it then was erased."""

    device: DeviceId
    from_ms: TimeMs
    to_ms: TimeMs


BODIES: Final[Mapping[str, type[Body]]] = MappingProxyType(
    {
        "upload-waveform": UploadWaveform,
        "fetch-model": FetchModel,
        "model-part": ModelPart,
        "apply-release": ApplyRelease,
        "silence-alarm": SilenceAlarm,
        "alert-acknowledged": AlertAcknowledged,
        "identify": Identify,
        "nobody-reached": NobodyReached,
        "forget-device": ForgetDevice,
    }
)
"""Every command there is, and what its body holds."""


class _Identity(Struct, frozen=True):
    id: CommandId
    name: CommandName = "unknown"


_ENCODE = MappingProxyType(
    {ContentType.MSGPACK: msgspec.msgpack.Encoder().encode, ContentType.JSON: msgspec.json.Encoder().encode}
)
_DECODE = MappingProxyType(
    {
        ContentType.MSGPACK: msgspec.msgpack.Decoder(Command).decode,
        ContentType.JSON: msgspec.json.Decoder(Command).decode,
    }
)
_IDENTITY = MappingProxyType(
    {
        ContentType.MSGPACK: msgspec.msgpack.Decoder(_Identity).decode,
        ContentType.JSON: msgspec.json.Decoder(_Identity).decode,
    }
)
_LIST = msgspec.msgpack.Decoder(list[Raw]).decode
_MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def encode_command(command: Command, kind: ContentType = ContentType.MSGPACK) -> bytes:
    """Encode a command.

    Raises
    ------
    EnvelopeError
        If it is larger than any gateway takes, or holds text that no encoding has.
    """
    try:
        payload = _ENCODE[kind](command)
    except UnicodeEncodeError as error:  # half of a surrogate pair, as JSON can spell it
        raise EnvelopeError(f"command {command.name} holds what is no text ({error.reason})") from error
    if len(payload) > MAX_COMMAND_BYTES:
        raise EnvelopeError(f"command {command.name} has {len(payload)} bytes: {MAX_COMMAND_BYTES} at most")
    return payload


def decode_command(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> Command:
    """Decode a command; its body is checked when it is known what it should hold.

    Raises
    ------
    EnvelopeError
        If it is too large, of another version, or cannot be read.
    """
    if len(payload) > MAX_COMMAND_BYTES:
        raise EnvelopeError(f"a command of {len(payload)} bytes: {MAX_COMMAND_BYTES} at most")
    try:
        command = _DECODE[kind](payload)
    except _MALFORMED as error:
        raise EnvelopeError(f"command cannot be read: {error}") from error
    if command.v != COMMAND_VERSION:
        raise EnvelopeError(
            f"command version {command.v} is not spoken here: this program speaks {COMMAND_VERSION}; "
            "update the older of gateway and cloud"
        )
    return command


def encode_commands(commands: Sequence[Command]) -> bytes:
    """Encode what waits for a gateway that asks by HTTP, in MessagePack."""
    return msgspec.msgpack.encode(commands)


def decode_commands(payload: bytes) -> list[bytes]:
    """Return each command of a list, still encoded, so that one which cannot be read costs no other.

    Raises
    ------
    EnvelopeError
        If it is no list.
    """
    try:
        return [bytes(each) for each in _LIST(payload)]
    except _MALFORMED as error:
        raise EnvelopeError(f"commands cannot be read: {error}") from error


def id_of(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> tuple[str, str] | None:
    """Return id and name of a command that cannot be read otherwise, so that it can be refused."""
    if len(payload) > MAX_COMMAND_BYTES:
        return None
    try:
        found = _IDENTITY[kind](payload)
    except _MALFORMED:
        return None
    return found.id, found.name
