"""Between the password and the code: who knows the one and has yet to show the other. Nothing is kept."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

import msgspec

from cloud.access.door_key import DoorKey
from vitals.clock import Clock

__all__ = ["HalfWay", "HalfWays"]

LIFE_MS: Final = 5 * 60_000
_DIGEST_BYTES: Final = 32
_MOST_LETTERS: Final = 2_000


class HalfWay(msgspec.Struct, frozen=True, kw_only=True):
    """Whose password was right, when, which password that was, and whether they want to stay signed in."""

    person_id: str
    handle: bytes
    at_ms: int
    password_ms: int | None
    stays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWays:
    """Signs them for the browser to bring back within five minutes."""

    key: DoorKey
    clock: Clock

    def pass_for(self, half: HalfWay) -> str:
        """Return what the browser brings back beside the code."""
        body = msgspec.json.encode(half)
        return base64.urlsafe_b64encode(self.key.digest("half way", body) + body).decode()

    def of(self, given: str) -> HalfWay | None:
        """Return what was signed; None if it was not, or is over."""
        try:
            signed = base64.urlsafe_b64decode(given[:_MOST_LETTERS].encode("ascii"))
        except (UnicodeEncodeError, binascii.Error):
            return None
        digest, body = signed[:_DIGEST_BYTES], signed[_DIGEST_BYTES:]
        if not self.key.is_digest(digest, "half way", body):
            return None
        half = msgspec.json.decode(body, type=HalfWay)
        return half if 0 <= self.clock.wall_ms() - half.at_ms < LIFE_MS else None
