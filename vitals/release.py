"""What gateways are given from afar to run: a document, signed by an operator, whose version only rises.

The bytes that were signed are the bytes that travel: nothing is encoded again before it is verified, and
what is verified must be the one way to write what it says. Settings, models and keys to trust from now
on are told apart inside what is signed; `_PURPOSE` tells it from everything else an Ed25519 key may sign.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta, Struct

from vitals.errors import CarewireError, ModelRejectedError
from vitals.records import TimeMs

__all__ = [
    "EVERY_GATEWAY",
    "MAX_DOCUMENT_BYTES",
    "MAX_MODEL_BYTES",
    "Kind",
    "ModelContent",
    "OpenedRelease",
    "Refusal",
    "Release",
    "ReleaseRefusedError",
    "SettingsContent",
    "SignedRelease",
    "TrustedKeys",
    "Vector",
    "open_release",
    "refusal_in",
    "sign_release",
    "vectors_of",
]

EVERY_GATEWAY: Final = "all"
RELEASE_FORMAT: Final = 1
MAX_DOCUMENT_BYTES: Final = 49_152
"""It travels in a command, whose other parts need room."""
MAX_MODEL_BYTES: Final = 8 << 20

_PURPOSE: Final = b"carewire release, 1\n"


class Kind(StrEnum):
    """What a release is of."""

    CONFIGURATION = "configuration"
    MODEL = "model"
    KEYS = "keys"


class Refusal(StrEnum):
    """Why a gateway does not run what it was given; the first word of what it answers."""

    UNTRUSTED_KEY = "untrusted-key"
    BAD_SIGNATURE = "bad-signature"
    UNREADABLE = "unreadable"
    NOT_FOR_ME = "not-for-me"
    OLDER = "older"
    OTHER_CONTENT = "other-content"
    """The version is known, with other content."""
    TAKEN_BACK_BEFORE = "taken-back-before"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    BUSY = "busy"
    """Something else is being tried: ask again later."""
    INTERRUPTED = "interrupted"
    """The gateway stopped before anything was changed: ask again."""
    NOT_SETTABLE = "not-settable"
    INVALID_SETTINGS = "invalid-settings"
    INCOMPLETE = "incomplete"
    WRONG_HASH = "wrong-hash"
    MODEL_REJECTED = "model-rejected"
    WRONG_ANSWERS = "wrong-answers"
    """The model does not answer its reference vectors as it did where it was signed."""
    DISK_REFUSED = "disk-refused"
    ROLLED_BACK = "rolled-back"
    """It was tried, and the gateway went back by itself."""

    def told(self, sentence: str) -> str:
        """Return what is answered: this word, and why."""
        return f"{self}: {sentence}"


def refusal_in(detail: str) -> Refusal | None:
    """Return the reason that an answer begins with, if it is one of ours."""
    word = detail.partition(":")[0]
    return Refusal(word) if word in set(Refusal) else None


class ReleaseRefusedError(CarewireError):
    """What was given is not run; `refusal` says why for programs, the message for people."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


_Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
_PublicKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
_ModelName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}$(?!\n)")]


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all contents share: the tag that says of which kind they are."""


class SettingsContent(Content, frozen=True, kw_only=True, tag=str(Kind.CONFIGURATION)):
    """TOML that is laid over the gateway's own file; it takes the place of the version before."""

    toml: Annotated[str, Meta(max_length=MAX_DOCUMENT_BYTES)]


class Vector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model made, where it was signed, of the inputs that `seed` gives: by label, in order."""

    seed: Annotated[str, Meta(min_length=1, max_length=64)]
    answer: Annotated[tuple[Annotated[float, Meta(ge=0.0, le=1.0)], ...], Meta(min_length=2, max_length=64)]


class ModelContent(Content, frozen=True, kw_only=True, tag=str(Kind.MODEL)):
    """Which bundle of a model's files, by its hash and size; the files bear their own signature as ever."""

    name: _ModelName
    sha256: _Sha256
    size: Annotated[int, Meta(ge=1, le=MAX_MODEL_BYTES)]
    vectors: Annotated[tuple[Vector, ...], Meta(min_length=1, max_length=16)]


class TrustedKeys(Content, frozen=True, kw_only=True, tag=str(Kind.KEYS)):
    """The public keys, in hexadecimal, that releases are signed with from now on: these and no other."""

    keys: Annotated[tuple[_PublicKey, ...], Meta(min_length=1, max_length=8)]


class Release(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed. `target` is one gateway's id or `all`; a model's `version` is that of its manifest."""

    v: Annotated[int, Meta(ge=RELEASE_FORMAT, le=RELEASE_FORMAT)] = RELEASE_FORMAT
    target: Annotated[str, Meta(pattern=r"^[a-z0-9-]{3,40}$(?!\n)")]
    version: Annotated[int, Meta(ge=1, le=2**53)]
    issued_ms: TimeMs
    expires_ms: TimeMs
    content: SettingsContent | ModelContent | TrustedKeys

    @property
    def kind(self) -> Kind:
        """What this is a release of."""
        return Kind(str(self.content.__struct_config__.tag))

    @property
    def name(self) -> str:
        """The model's name; empty for what there is one of."""
        return self.content.name if isinstance(self.content, ModelContent) else ""

    @property
    def line(self) -> str:
        """What its versions are numbered within: `configuration`, `keys`, `model beats`."""
        return f"{self.kind} {self.name}".strip()


class SignedRelease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release as it travels: the text that was signed, by whom, and the signature in Base64."""

    document: Annotated[str, Meta(max_length=MAX_DOCUMENT_BYTES)]
    key: _PublicKey
    signature: Annotated[str, Meta(max_length=88)]

    @property
    def sha256(self) -> str:
        """What tells this document from every other, in hexadecimal."""
        return hashlib.sha256(self.document.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRelease:
    """A release whose signature is good, and what it was read from."""

    release: Release
    signed: SignedRelease


_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(Release).decode


def sign_release(release: Release, key: Ed25519PrivateKey) -> SignedRelease:
    """Sign a release.

    Raises
    ------
    ReleaseRefusedError
        It is larger than any gateway takes, or contradicts its own contract.
    """
    document = _encode(release)
    if len(document) > MAX_DOCUMENT_BYTES:
        raise ReleaseRefusedError(
            Refusal.UNREADABLE, f"it has {len(document)} bytes, {MAX_DOCUMENT_BYTES} at most: make it smaller"
        )
    _read(document)
    return SignedRelease(
        document=document.decode(),
        key=key.public_key().public_bytes_raw().hex(),
        signature=b64encode(key.sign(_PURPOSE + document)).decode(),
    )


def open_release(signed: SignedRelease, *, trusted: Collection[str]) -> OpenedRelease:
    """Return what a trusted key signed; nothing of it is read before the signature is known to be good.

    Raises
    ------
    ReleaseRefusedError
        It is signed by nobody who is trusted, altered, or not what releases look like.
    """
    if signed.key not in trusted:
        raise ReleaseRefusedError(
            Refusal.UNTRUSTED_KEY,
            f"it is signed by {signed.key[:16]}, who is not trusted here: see trust.release_keys"
            if trusted
            else "no key is trusted here: enrol the gateway, or set trust.release_keys",
        )
    document = signed.document.encode(errors="surrogatepass")
    try:
        signature = b64decode(signed.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key)).verify(signature, _PURPOSE + document)
    except (InvalidSignature, ValueError) as error:
        raise ReleaseRefusedError(
            Refusal.BAD_SIGNATURE, "it was altered after it was signed: send it again as it was signed"
        ) from error
    return OpenedRelease(release=_read(document), signed=signed)


def vectors_of(kept: Path) -> tuple[Vector, ...]:
    """Return the reference vectors of the signed release of a model that was kept in a file.

    Raises
    ------
    ModelRejectedError
        It cannot be read, was altered, or is a release of no model.
    """
    try:
        signed = msgspec.json.decode(kept.read_bytes(), type=SignedRelease)
        content = open_release(signed, trusted=[signed.key]).release.content
    except (OSError, msgspec.MsgspecError, ReleaseRefusedError) as error:
        raise ModelRejectedError(f"{kept} is no release ({error}): release the model again") from error
    if not isinstance(content, ModelContent):
        raise ModelRejectedError(f"{kept} is a release of no model: release the model again")
    return content.vectors


def _read(document: bytes) -> Release:
    try:
        release = _decode(document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ReleaseRefusedError(
            Refusal.UNREADABLE, f"it is no release that this program knows ({error}): update the older side"
        ) from error
    if _encode(release) != document:
        raise ReleaseRefusedError(
            Refusal.UNREADABLE, "it is not written the one way there is: sign it with `carewire` itself"
        )
    if release.expires_ms <= release.issued_ms:
        raise ReleaseRefusedError(Refusal.UNREADABLE, "it expires before it was issued: sign it anew")
    return release
