"""The ledger's newest head on its way to gateways, `v1/gw/GATEWAY/down/ledger`, and what they say of it.

It goes with the proof that it begins with what the gateway keeps, as far as the service knows what that is:
a gateway says so in its status. Neither is retained, and neither is believed: heads are signed, proofs hold.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from vitals.errors import EnvelopeError
from vitals.ledger.heads import TreeHead
from vitals.ledger.merkle import MOST_PROOF
from vitals.wire.envelope import ContentType

__all__ = ["HeadNews", "Witnessed", "decode_head_news", "encode_head_news"]

_HASH: Final = r"^[0-9a-f]{64}\Z"
_MOST_BYTES: Final = 16_384


class HeadNews(Struct, frozen=True, kw_only=True):
    """A head, the public key it is said to be signed with, and the proof of consistency from size `first`."""

    v: int = 1
    head: TreeHead
    key: Annotated[str, Meta(pattern=_HASH)]
    first: Annotated[int, Meta(ge=0, le=2**53)] = 0
    proof: Annotated[list[Annotated[str, Meta(pattern=_HASH)]], Meta(max_length=MOST_PROOF)] = []


class Witnessed(Struct, frozen=True, kw_only=True):
    """What a gateway keeps, and what it thought of the last head it was given."""

    epoch: Annotated[int, Meta(ge=0, le=2**53)]
    size: Annotated[int, Meta(ge=0, le=2**53)]
    verdict: Annotated[str, Meta(max_length=16)]


_encode: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = {
    ContentType.MSGPACK: msgspec.msgpack.Decoder(HeadNews).decode,
    ContentType.JSON: msgspec.json.Decoder(HeadNews).decode,
}


def encode_head_news(news: HeadNews) -> bytes:
    """Encode it as MessagePack."""
    return _encode(news)


def decode_head_news(payload: bytes, kind: ContentType = ContentType.MSGPACK) -> HeadNews:
    """Decode it.

    Raises
    ------
    EnvelopeError
        If it cannot be read: a gateway then keeps what it had.
    """
    if len(payload) > _MOST_BYTES:
        raise EnvelopeError(f"a head on its way has at most {_MOST_BYTES} bytes: this is none")
    try:
        return _DECODE[kind](payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise EnvelopeError(f"a head of the ledger cannot be read: {error}") from error
