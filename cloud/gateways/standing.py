"""What ingest must know of a gateway before it believes it: is it let in, and for whom may it speak."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cloud.ports import GatewayBook, GatewayStanding

__all__ = ["ANYBODY", "Standing", "Standings", "Unquestioned"]

FRESH_S: Final = 1.0
"""How old the picture may be: a revoked gateway is refused that soon, whatever a broker lets through."""


class Standing(Protocol):
    """How gateways stand."""

    def of(self, gateway: str) -> GatewayStanding:
        """Return how a gateway stands; one of which nothing was ever said may come, and speak for anybody."""
        ...


ANYBODY: Final = GatewayStanding(gateway="")


class Unquestioned:
    """The Standing of a service that knows gateways by their topics alone."""

    def of(self, gateway: str) -> GatewayStanding:  # noqa: ARG002 - the port's
        """Let any gateway in, for anybody."""
        return ANYBODY


@dataclass(slots=True, kw_only=True)
class Standings:
    """The Standing port over the book, read again once a second, by whichever thread asks next.

    While the book cannot be read nothing is decided by an old picture: what is asked raises as the book does.
    """

    book: GatewayBook
    monotonic_s: Callable[[], float]
    _read_s: float = float("-inf")
    _known: Mapping[str, GatewayStanding] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def of(self, gateway: str) -> GatewayStanding:
        """Return how a gateway stands.

        Raises
        ------
        StorageError
            If the book cannot be read: nothing may be taken in by guess.
        """
        with self._turn:
            now_s = self.monotonic_s()
            if now_s - self._read_s >= FRESH_S:
                self._known = self.book.standings()
                self._read_s = now_s
            return self._known.get(gateway, ANYBODY)
