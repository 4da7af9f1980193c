"""A sealed value: AES-256-GCM under a data key, bound to the place it was sealed for. Pure.

`cw1:KEY:BODY` is the text of one: the format, the id of the data key, and base64url of the 96-bit random
nonce, the ciphertext and the 128-bit tag. One key seals far fewer values than the 2^32 that random nonces
allow.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloud.ports.sealing import Place
from vitals.errors import SealError

__all__ = ["KEY_BYTES", "NONCE_BYTES", "DataKey", "is_sealed", "key_id_of", "opened", "seal"]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_FORMAT: Final = "cw1"
_PARTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """The key of one owner."""

    id: str
    owner: str
    secret: bytes = field(repr=False)


def is_sealed(value: object) -> bool:
    """Tell whether a stored value looks sealed."""
    return isinstance(value, str) and value.startswith(f"{_FORMAT}:") and value.count(":") == _PARTS - 1


def key_id_of(sealed: str) -> str:
    """Return by which key a value was sealed.

    Raises
    ------
    SealError
        If it was not sealed.
    """
    if not is_sealed(sealed):
        raise SealError("a value that should be sealed is not: it was written by something else")
    return sealed.split(":")[1]


def seal(value: object, place: Place, key: DataKey, randomness: Callable[[int], bytes]) -> str:
    """Return a value that JSON can hold, sealed for its place."""
    nonce = randomness(NONCE_BYTES)
    body = AESGCM(key.secret).encrypt(nonce, msgspec.json.encode(value), _bound_to(place, key.id))
    return f"{_FORMAT}:{key.id}:{urlsafe_b64encode(nonce + body).decode()}"


def opened(sealed: str, place: Place, key: DataKey) -> Any:  # noqa: ANN401 - what was sealed
    """Return what was sealed.

    Raises
    ------
    SealError
        If it was altered, or sealed for another place or by another key.
    """
    if key_id_of(sealed) != key.id or key.owner != place.owner:
        raise _refusal(place)
    try:
        body = urlsafe_b64decode(sealed.split(":")[2])
        plain = AESGCM(key.secret).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _bound_to(place, key.id))
    except (InvalidTag, ValueError, binascii.Error):
        raise _refusal(place) from None
    return msgspec.json.decode(plain)


def _refusal(place: Place) -> SealError:
    return SealError(
        f"{place.table}.{place.column}: a sealed value was altered or belongs elsewhere: restore a backup"
    )


def _bound_to(place: Place, key_id: str) -> bytes:
    return msgspec.json.encode([_FORMAT, key_id, place.owner, place.table, place.column, *place.row])
