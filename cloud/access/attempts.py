"""What is begun in a browser is ended in that browser, once, within five minutes.

Of each attempt the browser alone has the key, in a cookie that no script reads: whoever is lured into ending
what another began has no key to it, and what was answered once answers nothing again.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cloud.access.site import Site
from cloud.access.tokens import TOKEN_BYTES, Randomness, new_token, token_hash
from cloud.ports import Attempt, AttemptBook, Errand
from vitals.clock import Clock

__all__ = ["LIFE_MS", "Attempts", "attempt_key", "forget_attempt", "remember_attempt"]

LIFE_MS: Final = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Begins attempts and ends them."""

    book: AttemptBook
    clock: Clock
    randomness: Randomness

    def begin(
        self, errand: Errand, person_id: str | None = None, *, nonce: str | None = None
    ) -> tuple[str, Attempt]:
        """Return the key for the browser, and what is expected back by whoever has it."""
        key, now_ms = new_token(self.randomness), self.clock.wall_ms()
        attempt = Attempt(
            key_hash=token_hash(key),
            errand=errand,
            challenge=self.randomness(TOKEN_BYTES),
            expires_ms=now_ms + LIFE_MS,
            person_id=person_id,
            nonce=nonce or new_token(self.randomness),
            verifier=new_token(self.randomness),
        )
        self.book.begin(attempt, now_ms)
        return key, attempt

    def end(self, key: str | None, *errands: Errand) -> Attempt | None:
        """Return what was begun, and forget it; None if it was for none of these errands, or is over."""
        if key is None:
            return None
        found = self.book.take(token_hash(key), self.clock.wall_ms())
        is_known = found is not None and hmac.compare_digest(found.key_hash, token_hash(key))
        return found if is_known and found is not None and found.errand in errands else None


def attempt_key(request: Request, site: Site, sort: str) -> str | None:
    """Return the key a browser has to what it began; of each `sort`, that which it began last."""
    return request.cookies.get(_cookie(site, sort)) or None


def remember_attempt(response: Response, site: Site, sort: str, key: str) -> None:
    """Have a browser keep the key. `lax`: a provider sends people back from another site."""
    response.set_cookie(
        _cookie(site, sort),
        key,
        max_age=LIFE_MS // 1000,
        path="/",
        secure=site.is_secure,
        httponly=True,
        samesite="lax",
    )


def forget_attempt(response: Response, site: Site, sort: str) -> None:
    """Have a browser forget the key."""
    response.delete_cookie(
        _cookie(site, sort), path="/", secure=site.is_secure, httponly=True, samesite="lax"
    )


def _cookie(site: Site, sort: str) -> str:
    return f"{site.cookie_name}-{sort}"
