"""Master keys: what wraps data keys. The first wraps; the others only unwrap, until all is wrapped anew.

Their file has a line each, `1 ID KEY` in hexadecimal; what begins with # is for the reader.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloud.sealing.sealed import KEY_BYTES, NONCE_BYTES, DataKey
from vitals.errors import ConfigurationError, SealError

__all__ = ["MasterKey", "MasterKeys", "new_master", "parse", "rendered"]

_LINE: Final = re.compile(r"1 ([0-9a-f]{16}) ([0-9a-f]{64})")
_HEADING: Final = (
    "# The master key of Carewire. Without it no name, address or note can be read again, here or in any\n"
    "# backup: keep a copy away from this machine (`carewire cloud keys backup`), and show it to nobody.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """One master key; its id is made of it, so that no other key passes for it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """What it is known by, which tells nothing of it."""
        return hashlib.sha256(b"carewire master key" + self.secret).hexdigest()[:16]

    def wrapped(self, key: DataKey, randomness: Callable[[int], bytes]) -> bytes:
        """Return a data key as it may be stored."""
        nonce = randomness(NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, key.secret, _bound_to(key.id, key.owner))

    def unwrapped(self, key_id: str, owner: str, wrapped: bytes) -> DataKey:
        """Return a data key.

        Raises
        ------
        SealError
            If it was altered, or is another's.
        """
        try:
            bound_to = _bound_to(key_id, owner)
            secret = AESGCM(self.secret).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):
            raise SealError(f"the key of {owner} was altered: restore it from a backup") from None
        return DataKey(id=key_id, owner=owner, secret=secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeys:
    """Those there are; there is always one."""

    all: tuple[MasterKey, ...]

    @property
    def current(self) -> MasterKey:
        """The one that wraps."""
        return self.all[0]

    def of(self, master_id: str) -> MasterKey | None:
        """Return the one of an id, or None."""
        return next((one for one in self.all if one.id == master_id), None)


def new_master(randomness: Callable[[int], bytes]) -> MasterKey:
    """Make one."""
    return MasterKey(secret=randomness(KEY_BYTES))


def parse(text: str, source: str) -> MasterKeys:
    """Read master keys.

    Raises
    ------
    ConfigurationError
        If there is none, or one was altered.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = [_LINE.fullmatch(line.strip()) for line in lines]
    keys = tuple(MasterKey(secret=bytes.fromhex(one[2])) for one in found if one)
    if (
        not keys
        or len(keys) != len(lines)
        or any(key.id != one[1] for key, one in zip(keys, found, strict=True) if one)
    ):
        raise ConfigurationError(
            f"{source} holds no master key, or an altered one: restore it from its backup"
        )
    return MasterKeys(all=keys)


def rendered(keys: MasterKeys) -> str:
    """Return the text that `parse` reads."""
    return _HEADING + "".join(f"1 {key.id} {key.secret.hex()}\n" for key in keys.all)


def _bound_to(key_id: str, owner: str) -> bytes:
    return msgspec.json.encode(["carewire data key", 1, key_id, owner])
