"""When a certificate is renewed, and when its end is somebody's business. Pure."""

from dataclasses import dataclass
from typing import Final

from cryptography import x509

__all__ = ["Life", "life_of"]

_DUE_AFTER: Final = 2 / 3
_JITTER: Final = 0.05
"""Of its life: gateways let in on one day do not all come on one day."""
_TOLD_FROM: Final = 1 / 6
"""Of its life is left, 15 of 90 days: it was tried for as long again, in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """From when to when a certificate is good, and when it is to be renewed."""

    begins_ms: int
    ends_ms: int
    due_ms: int

    def is_due(self, now_ms: int) -> bool:
        """Tell whether it is to be renewed; before it began our clock is wrong, and nothing is due."""
        return now_ms >= self.due_ms

    def is_ending(self, now_ms: int) -> bool:
        """Tell whether so little of it is left that somebody must see to it."""
        return self.ends_ms - now_ms < _TOLD_FROM * (self.ends_ms - self.begins_ms)


def life_of(certificate: x509.Certificate) -> Life:
    """Return a certificate's life; the moment it is due differs from one to the next, and never changes."""
    begins_ms, ends_ms = (
        int(moment.timestamp() * 1000)
        for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    )
    spread = (certificate.serial_number % 1_000) / 999 - 0.5
    share = _DUE_AFTER + _JITTER * spread
    return Life(begins_ms=begins_ms, ends_ms=ends_ms, due_ms=begins_ms + int((ends_ms - begins_ms) * share))
