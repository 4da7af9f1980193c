"""Signed tree heads: what the ledger was at one moment, by the word of the one who keeps it (Ed25519).

What is signed is a text of eight lines, each ended by a line feed: its purpose, so that a signature made
for anything else is none for a head; then origin, epoch, size, root, time and key, as they stand in the head.
"""

from hashlib import sha256
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta, Struct

from vitals.errors import LedgerError

__all__ = [
    "HEAD_BYTES",
    "TreeHead",
    "decode_head",
    "encode_head",
    "head_of",
    "key_id",
    "read_key",
    "verify_head",
]

_PURPOSE: Final = "carewire ledger head, 1"
HEAD_BYTES: Final = 1_000
"""No head is longer."""

_Whole = Annotated[int, Meta(ge=0, le=2**53)]


class TreeHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ledger at `t_ms` (milliseconds since 1970 UTC): so many entries, under this root.

    `origin` names the ledger for good; `epoch` rises when a backup was declared to have been restored.
    Hashes, keys and signature are in lower-case hexadecimal.
    """

    origin: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{2,63}\Z")]
    epoch: _Whole
    size: _Whole
    root: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    t_ms: _Whole
    key: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    signature: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}\Z")]

    @property
    def root_hash(self) -> bytes:
        """The root as bytes."""
        return bytes.fromhex(self.root)

    def signed(self) -> bytes:
        """Return the bytes that the signature is over."""
        lines = (_PURPOSE, self.origin, self.epoch, self.size, self.root, self.t_ms, self.key)
        return "".join(f"{line}\n" for line in lines).encode()


_DECODE: Final = msgspec.json.Decoder(TreeHead).decode


def key_id(public: Ed25519PublicKey) -> str:
    """Return the name of a public key: the first half of its SHA-256, too long to be met on purpose."""
    return sha256(public.public_bytes_raw()).hexdigest()[:32]


def read_key(text: str) -> Ed25519PublicKey:
    """Read a public key of 64 hexadecimal digits, as `carewire ledger key` prints it.

    Raises
    ------
    LedgerError
        If it is none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.strip()))
    except ValueError:
        raise LedgerError(
            "that is no public key of a ledger: give the 64 hexadecimal digits of `carewire ledger key`"
        ) from None


def head_of(  # noqa: PLR0913 - each is a field
    private: Ed25519PrivateKey, *, origin: str, epoch: int, size: int, root: bytes, t_ms: int
) -> TreeHead:
    """Return a signed head."""
    unsigned = TreeHead(
        origin=origin,
        epoch=epoch,
        size=size,
        root=root.hex(),
        t_ms=t_ms,
        key=key_id(private.public_key()),
        signature="",
    )
    return msgspec.structs.replace(unsigned, signature=private.sign(unsigned.signed()).hex())


def verify_head(head: TreeHead, public: Ed25519PublicKey) -> None:
    """Return if the key signed exactly this head.

    Raises
    ------
    LedgerError
        If another key is named, or the signature is not of these bytes.
    """
    if head.key != key_id(public):
        raise LedgerError(
            f"the head of {head.size} entries names the key {head.key}, not {key_id(public)}: "
            "it is of another ledger, or forged"
        )
    try:
        public.verify(bytes.fromhex(head.signature), head.signed())
    except (InvalidSignature, ValueError):
        raise LedgerError(
            f"the head of {head.size} entries is forged: its signature is of other bytes"
        ) from None


def encode_head(head: TreeHead) -> bytes:
    """Return a head as JSON: one line, without its end."""
    return msgspec.json.encode(head)


def decode_head(payload: bytes | str) -> TreeHead:
    """Read a head, and a line feed after it; that it is signed is another question.

    Raises
    ------
    LedgerError
        If it is none.
    """
    try:
        if len(payload) > HEAD_BYTES:
            raise LedgerError(f"a head of a ledger has at most {HEAD_BYTES} bytes: this is none")
        return _DECODE(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise LedgerError(f"this is no head of a ledger: {error}") from error
