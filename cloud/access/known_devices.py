"""Devices that somebody signed in on before: a cookie says so, and whoever else tries counts apart from them.

It signs nobody in. It holds no name: a mark is made of the name that is typed beside it, and of nothing kept.
"""

import base64
from dataclasses import dataclass
from typing import Final

from cloud.access.door_key import DoorKey
from cloud.access.tokens import Randomness

__all__ = ["COOKIE_LIFE_S", "KnownDevices"]

COOKIE_LIFE_S: Final = 400 * 24 * 3600
"""As long as browsers keep any cookie; each sign-in begins it anew."""
_MOST_PEOPLE: Final = 4
_ID_BYTES: Final = 16
_MARK_BYTES: Final = 48
_MOST_LETTERS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevices:
    """Marks devices, and knows them again. A mark is 16 random bytes and the digest of them and the name."""

    key: DoorKey
    randomness: Randomness

    def known(self, cookie: str, handle: bytes) -> bytes | None:
        """Return the id of a device on which this name signed in before; None on any other."""
        for mark in _marks(cookie):
            device, digest = mark[:_ID_BYTES], mark[_ID_BYTES:]
            if self.key.is_digest(digest, "known device", device, handle):
                return device
        return None

    def remembering(self, cookie: str, handle: bytes) -> str:
        """Return the cookie for a device on which this name just signed in, beside others of a household."""
        if self.known(cookie, handle) is not None:
            return cookie
        device = self.randomness(_ID_BYTES)
        mark = device + self.key.digest("known device", device, handle)
        marks = [mark, *_marks(cookie)][:_MOST_PEOPLE]
        return ".".join(base64.urlsafe_b64encode(each).decode() for each in marks)


def _marks(cookie: str) -> list[bytes]:
    found = []
    for part in cookie[:_MOST_LETTERS].split(".")[:_MOST_PEOPLE]:
        try:
            mark = base64.urlsafe_b64decode(part.encode("ascii", "replace"))
        except ValueError:
            continue
        if len(mark) == _MARK_BYTES:
            found.append(mark)
    return found
