"""Who may see the page: whoever knows the code that its owner chose, and nobody by trying.

The cookie is signed with a key made of a secret of this gateway and of the code: it outlives a restart,
and a new code ends every one of them.
"""

import hmac
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Final

__all__ = ["COOKIE_LIFE_S", "Entry", "Gatekeeper"]

COOKIE_LIFE_S: Final = 30 * 24 * 3600
_WINDOW_S: Final = 60.0
_MOST_BY_ONE: Final = 5
_MOST_BY_ALL: Final = 20
"""Wrong codes a minute: eight digits take longer to try than a gateway lasts."""


class Entry(StrEnum):
    """What became of a code somebody gave."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too-many"


class Gatekeeper:
    """Judges codes, cookies and forms."""

    def __init__(
        self,
        *,
        code: str,
        secret: bytes,
        wall_s: Callable[[], float],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._code = sha256(code.encode()).digest()
        self._key = hmac.digest(secret, code.encode(), sha256)
        self._wall_s = wall_s
        self._now_s = monotonic_s
        self._wrong: deque[tuple[float, str]] = deque()

    def enter(self, code: str, *, peer: str) -> Entry:
        """Judge a code given by `peer`; while too many were wrong, none is even looked at."""
        if self._has_tried_too_often(peer):
            return Entry.TOO_MANY
        if hmac.compare_digest(sha256(code.encode()).digest(), self._code):
            return Entry.RIGHT
        self._wrong.append((self._now_s(), peer))
        return Entry.WRONG

    def cookie(self) -> str:
        """Return a cookie for who has entered."""
        until = str(int(self._wall_s()) + COOKIE_LIFE_S)
        return f"{until}.{self._sign('cookie', until)}"

    def knows(self, cookie: str | None) -> bool:
        """Tell whether a cookie is one of ours and not too old."""
        until, _, signature = (cookie or "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("cookie", until).encode()):
            return False
        return int(until) > self._wall_s()

    def token(self, cookie: str) -> str:
        """Return what every form of a page shown for `cookie` carries."""
        return self._sign("form", cookie)

    def is_own_form(self, cookie: str, token: str) -> bool:
        """Tell whether a form was on a page shown for `cookie`."""
        return hmac.compare_digest(token.encode(), self.token(cookie).encode())

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), sha256).hexdigest()

    def _has_tried_too_often(self, peer: str) -> bool:
        while self._wrong and self._now_s() - self._wrong[0][0] >= _WINDOW_S:
            self._wrong.popleft()
        by_one = sum(who == peer for _, who in self._wrong)
        return by_one >= _MOST_BY_ONE or len(self._wrong) >= _MOST_BY_ALL
