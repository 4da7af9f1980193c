"""Why somebody who came from their hospital's log-in is not let in."""

from enum import StrEnum

from vitals.errors import AccessDeniedError

__all__ = ["OpenIdRefusal", "OpenIdRefusedError"]


class OpenIdRefusal(StrEnum):
    """The reason, as pages and logs name it."""

    OVER = "over"
    CANCELLED = "cancelled"
    AWAY = "away"
    BUSY = "busy"
    NOT_TRUSTED = "not-trusted"
    NOT_LINKED = "not-linked"
    LINKED_ALREADY = "linked-already"
    LAST_WAY_IN = "last-way-in"


class OpenIdRefusedError(AccessDeniedError):
    """Nobody is let in. `about` is a code for the log, and never what a token or a provider said."""

    def __init__(self, refusal: OpenIdRefusal, about: str = "") -> None:
        super().__init__(f"{refusal}: {about}" if about else refusal.value)
        self.refusal = refusal
        self.about = about
