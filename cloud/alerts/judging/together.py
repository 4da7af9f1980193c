"""Whether what is silent is silent on our side: ingest stands still, or many gateways fell silent at once.

Then no home's gateway is blamed. Pure: the time is told, in the server's milliseconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["DEAF_AFTER_MS", "FEWEST", "SHARE", "Hearing", "Together"]

DEAF_AFTER_MS: Final = 20_000
"""A connection made anew is no deafness."""
FEWEST: Final = 3
SHARE: Final = 0.5
"""So many, and so much of all that were lately heard: a street without power is fewer, or ends sooner."""
LATELY_MS: Final = 600_000
QUIET_MS: Final = 90_000
"""A gateway reports once a minute."""
GONE_MS: Final = 30_000
"""The same once the broker says that it is gone: sooner than anybody is told of it."""


@dataclass(slots=True, kw_only=True)
class Hearing:
    """Since when the service takes in nothing, and since when again."""

    since_ms: int
    """From then on silence counts."""
    _lost_ms: int | None = None

    def note(self, now_ms: int, *, is_taking_in: bool) -> None:
        """Take note of how it is now."""
        if not is_taking_in:
            self._lost_ms = now_ms if self._lost_ms is None else min(self._lost_ms, now_ms)
            return
        if self.deaf_since_ms(now_ms) is not None:
            self.since_ms = now_ms
        self._lost_ms = None

    def deaf_since_ms(self, now_ms: int) -> int | None:
        """Return since when it is deaf; None while it is not."""
        if self._lost_ms is None or now_ms - self._lost_ms < DEAF_AFTER_MS:
            return None
        return self._lost_ms


@dataclass(slots=True, kw_only=True)
class Together:
    """The gateways that fell silent together; each stays one of them until it is heard, or most of them are.

    `back_ms` is when one ceased to be: before it, quiet was no wonder.
    """

    fallen: frozenset[str] = frozenset()
    back_ms: dict[str, int] = field(default_factory=dict)
    _most: int = 0

    def look(self, heard_ms: Mapping[str, int], online: Callable[[str], bool | None], now_ms: int) -> None:
        """Look at all gateways of the service at once."""
        quiet = {name for name, at_ms in heard_ms.items() if _is_quiet(now_ms - at_ms, online(name))}
        lately = {name for name, at_ms in heard_ms.items() if now_ms - at_ms < LATELY_MS}
        lost = quiet & lately
        is_common = len(lost) >= FEWEST and len(lost) >= SHARE * len(lately)
        still = set(self.fallen & quiet) | (lost if is_common else set())
        self._most = max(self._most, len(still)) if still else 0
        if (
            len(still) < SHARE * self._most
        ):  # whatever it was is over, and whoever is left is so by themselves
            still, self._most = set(), 0
        self.back_ms |= dict.fromkeys(self.fallen - still, now_ms)
        self.fallen = frozenset(still)


def _is_quiet(for_ms: int, is_online: bool | None) -> bool:  # noqa: FBT001 - as the port tells it
    return for_ms >= (GONE_MS if is_online is False else QUIET_MS)
