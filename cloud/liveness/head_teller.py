"""Homeward: gateways are given the ledger's newest head, with the proof from the one that each keeps.

What a gateway says of itself decides which proof it is given, and nothing else: one that lies gets a proof
it cannot use, at most once a minute, and is shown beside the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Protocol

import structlog

from cloud.ledger.ports import LedgerBook
from cloud.ledger.witnessing import Words, news_for
from vitals.errors import CarewireError
from vitals.wire.ledger import Witnessed, encode_head_news

__all__ = ["HeadChannel", "HeadTeller"]

_log = structlog.get_logger(__name__)

_IDLE_S: Final = 5.0
SAID_EVERY_S: Final = 60.0
_MOST_AT_ONCE: Final = 250


class HeadChannel(Protocol):
    """Carries a head to a gateway."""

    def say(self, gateway: str, payload: bytes, *, expires_in_s: float) -> bool:
        """Hand it to the broker; False: not now."""
        ...


@dataclass(slots=True, kw_only=True)
class HeadTeller:
    """`step` tells whose turn it is, `run` goes on until told. `witnessed` is what each gateway says."""

    witnessed: Callable[[], Mapping[str, Witnessed | None]]
    book: LedgerBook
    public_key: Callable[[], str]
    channel: HeadChannel
    monotonic_s: Callable[[], float]
    wall_ms: Callable[[], int]
    _said_s: dict[str, float] = field(default_factory=dict)
    _words: Words = field(default_factory=Words)
    _woken: Event = field(default_factory=Event)
    _trouble: str | None = None

    def run(self, stop: Event) -> None:
        """Step until `stop` is set, whatever goes wrong."""
        while not stop.is_set():
            try:
                self.step()
                self._trouble = None
            except CarewireError as error:
                self._trouble = f"ledger: gateways are given no heads to witness: {error}"
            except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
                self._trouble = "ledger: gateways are given no heads to witness; see the log"
                _log.exception("ledger.telling_failed")
            self._woken.wait(_IDLE_S)
            self._woken.clear()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return what keeps gateways from witnessing, in words."""
        return () if self._trouble is None else (self._trouble,)

    def step(self) -> int:
        """Give the newest head to those whose turn it is; return how many were given it."""
        now_s, there = self.monotonic_s(), self.witnessed()
        self._said_s = {gateway: at_s for gateway, at_s in self._said_s.items() if gateway in there}
        self._note(there)
        head = self.book.newest_head()
        due = [one for one in there if now_s - self._said_s.get(one, float("-inf")) >= SAID_EVERY_S]
        told = 0
        if head is None:
            return told
        for gateway in due[:_MOST_AT_ONCE]:
            news = news_for(self.book, self.public_key(), head, there[gateway])
            payload = encode_head_news(news)
            if self.channel.say(gateway, payload, expires_in_s=SAID_EVERY_S):
                self._said_s[gateway] = now_s
                told += 1
        return told

    def _note(self, there: Mapping[str, Witnessed | None]) -> None:
        for gateway, word in there.items():
            if word is not None:
                self._words.note(self.book, gateway, word, self.wall_ms())
