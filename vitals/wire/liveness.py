"""Whether the cloud's alerting lives: said to each gateway again and again, on `v1/gw/GATEWAY/down/alive`.

It is never retained, and worth nothing once it is old: what counts is that it goes on coming. By HTTP the
answer to what is asked of a gateway carries the same in a header.
"""

from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Struct

from vitals.errors import EnvelopeError
from vitals.wire.envelope import ContentType

__all__ = [
    "LIVENESS_HEADER",
    "LIVENESS_VERSION",
    "SAID_EVERY_S",
    "Liveness",
    "decode_liveness",
    "encode_liveness",
    "liveness_of_header",
    "liveness_to_header",
]

LIVENESS_VERSION: Final = 1
LIVENESS_HEADER: Final = "Carewire-Alerting"
SAID_EVERY_S: Final = 15.0
"""How often, in real seconds, it is said to a gateway that is there."""
_WORDS: Final = MappingProxyType({"alive": True, "silent": False})


class Liveness(Struct, frozen=True, kw_only=True):
    """What the service says of itself: patients are evaluated and people told now, or they are not."""

    v: int = LIVENESS_VERSION
    is_alerting: bool


_ENCODE: Final = MappingProxyType(
    {ContentType.MSGPACK: msgspec.msgpack.Encoder().encode, ContentType.JSON: msgspec.json.Encoder().encode}
)
_DECODE: Final = MappingProxyType(
    {
        ContentType.MSGPACK: msgspec.msgpack.Decoder(Liveness).decode,
        ContentType.JSON: msgspec.json.Decoder(Liveness).decode,
    }
)


def encode_liveness(liveness: Liveness, kind: ContentType = ContentType.MSGPACK) -> bytes:
    """Encode it."""
    return _ENCODE[kind](liveness)


def decode_liveness(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> Liveness:
    """Decode it.

    Raises
    ------
    EnvelopeError
        If it cannot be read, or is of another version: a gateway then takes it for nothing said.
    """
    try:
        liveness = _DECODE[kind](payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise EnvelopeError(f"what the service says of itself cannot be read: {error}") from error
    if liveness.v != LIVENESS_VERSION:
        raise EnvelopeError(
            f"liveness version {liveness.v} is not spoken here: this program speaks {LIVENESS_VERSION}; "
            "update the older of gateway and cloud"
        )
    return liveness


def liveness_to_header(liveness: Liveness) -> str:
    """Return the header's value."""
    return next(word for word, is_alerting in _WORDS.items() if is_alerting is liveness.is_alerting)


def liveness_of_header(value: str | None) -> Liveness | None:
    """Return what a header's value says; None where there is none, or one of another time."""
    is_alerting = _WORDS.get(value or "")
    return None if is_alerting is None else Liveness(is_alerting=is_alerting)
