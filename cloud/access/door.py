"""Who may try a password or a code now. Whoever tries for somebody else must not lock them out.

Tries are counted where they come from, and only then by whom they are for:

- a device on which this name signed in before has counters of its own, and waits for nobody else's tries;
- any other pays at its network's counter, and at that of its network and the name;
- then its network's first try for the name in a day goes to one queue, and every further one to another.
  Whoever comes from a network that nobody has tried from meets only others like that: an attacker needs a new
  network, not a new address, for each place he takes there.

A try that was good is given back. A stranger's tries for one name in a day are bounded by `MOST_TRIES_A_DAY`.
"""

from dataclasses import dataclass
from typing import Final

from cloud.access.door_key import DoorKey
from cloud.access.errors import TooManyTriesError
from cloud.ports import DoorBook, Toll
from vitals.clock import Clock

__all__ = ["MOST_TRIES_A_DAY", "Door", "Passage", "Visitor"]

_MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * _MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counter:
    """How many tries at once a counter takes, and after that one more each so many minutes."""

    name: str
    at_once: int
    each_min: float

    @property
    def a_day(self) -> int:
        return self.at_once + int(DAY_MS / (self.each_min * _MINUTE_MS))


_DEVICE: Final = _Counter(name="device", at_once=10, each_min=1)
_NETWORK: Final = _Counter(name="network", at_once=30, each_min=0.5)
_NETWORK_AND_NAME: Final = _Counter(name="network and name", at_once=5, each_min=15)
_TRIED_TODAY: Final = _Counter(name="tried today", at_once=200, each_min=24 * 60)
_FIRST: Final = _Counter(name="first of a network", at_once=30, each_min=2)
_AGAIN: Final = _Counter(name="again", at_once=10, each_min=15)
_CODE: Final = _Counter(name="code", at_once=10, each_min=10)

_MINOR: Final = frozenset({_NETWORK_AND_NAME, _TRIED_TODAY})
"""Those of which an attacker can have any number made: they are the first to be forgotten."""

MOST_TRIES_A_DAY: Final = _FIRST.a_day + _AGAIN.a_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where somebody comes from: a network, what their browser carries of earlier visits, and its words."""

    network: str = "unknown"
    devices: str = ""
    words: str = "a program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A try that is let through, with what was paid for it."""

    tolls: tuple[Toll, ...]
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Counts tries in a book that outlives the process and is every process's."""

    book: DoorBook
    key: DoorKey
    clock: Clock

    def enter(self, name: bytes, network: str, device: bytes | None = None) -> Passage:
        """Let a try for a name through; `device` is the id of one that the name signed in on before.

        Raises
        ------
        TooManyTriesError
            If it has to wait.
        """
        if device is not None:
            return self._paid((self._toll(_DEVICE, device, name),), is_known=True)
        place = network.encode()
        today = self._toll(_TRIED_TODAY, place, name)
        is_again = self.book.standing([today.counter], self.clock.wall_ms())[today.counter]
        tolls = (
            self._toll(_NETWORK, place),
            self._toll(_NETWORK_AND_NAME, place, name),
            self._toll(_AGAIN if is_again else _FIRST, name),
            today,
        )
        return self._paid(tolls, is_known=False)

    def try_code(self, name: bytes, network: str, device: bytes | None = None) -> Passage:
        """Let a try of a second factor through: only who knows the password comes so far.

        Raises
        ------
        TooManyTriesError
            If it has to wait.
        """
        if device is not None:
            return self._paid((self._toll(_DEVICE, device, name, b"code"),), is_known=True)
        tolls = (self._toll(_NETWORK_AND_NAME, network.encode(), name, b"code"), self._toll(_CODE, name))
        return self._paid(tolls, is_known=False)

    def was_good(self, *passages: Passage) -> None:
        """Give back what was paid: it was no stranger."""
        self.book.give_back([toll for passage in passages for toll in passage.tolls])

    def _paid(self, tolls: tuple[Toll, ...], *, is_known: bool) -> Passage:
        wait_ms = self.book.take(tolls, self.clock.wall_ms())
        if wait_ms > 0:
            raise TooManyTriesError(
                "there were too many tries: wait {again_s} s, then try once more", again_s=-(-wait_ms // 1000)
            )
        return Passage(tolls=tolls, is_known=is_known)

    def _toll(self, counter: _Counter, *parts: bytes) -> Toll:
        return Toll(
            counter=self.key.digest(f"door {counter.name}", *parts),
            is_minor=counter in _MINOR,
            at_once=counter.at_once,
            each_ms=int(counter.each_min * _MINUTE_MS),
        )
