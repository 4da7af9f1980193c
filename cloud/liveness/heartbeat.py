"""Outward: a check that is none of ours hears that alerting goes round, and alarms when it hears nothing.

Said is only what is so: no beat for a worker that has not evaluated, judged silence and reached its stores
since the last. What is red at two looks in a row is told as failing, which is sooner than by silence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Protocol

import structlog

from vitals.errors import DeliveryError

__all__ = ["Beacon", "Heartbeat"]

_log = structlog.get_logger(__name__)

_TRIES: Final = 3
_FIRST_PAUSE_S: Final = 1.0
_MISSED: Final = 3
"""So many intervals without the check having been reached are a trouble."""


class Beacon(Protocol):
    """Reaches the check outside."""

    def tell(self, *, is_well: bool) -> None:
        """Tell it, and nothing else: no reason, no number, no name.

        Raises
        ------
        DeliveryError
            It was not reached, or did not take it.
        """
        ...


@dataclass(slots=True, kw_only=True)
class Heartbeat:
    """`step` tells once what is so, `run` goes on until told, in a thread of its own.

    `has_gone_round_since` is asked with the time of the last look; `troubles_of_alerting` are those of
    everything between a gateway and a person.
    """

    beacon: Beacon
    has_gone_round_since: Callable[[float], bool]
    troubles_of_alerting: Callable[[], tuple[str, ...]]
    monotonic_s: Callable[[], float]
    every_s: float
    random: Callable[[], float]
    real_s: Callable[[float], float] = lambda seconds: seconds
    first_pause_s: float = _FIRST_PAUSE_S
    _looked_s: float = field(init=False)
    _reached_s: float = field(init=False)
    _was_red: bool = False
    _failure: str | None = None
    _woken: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._looked_s = self._reached_s = self.monotonic_s()

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; whatever goes wrong is a beat less."""
        self._stop = stop
        while not stop.is_set():
            self._pause(self.every_s)
            if stop.is_set():
                return
            try:
                self.step()
            except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
                self._failure = "see the log"
                _log.exception("heartbeat.step_failed")

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def step(self) -> None:
        """Look how it is, and tell it if there is anything to tell."""
        is_red = bool(self.troubles_of_alerting())
        has_gone_round = self.has_gone_round_since(self._looked_s)
        was_red, self._was_red = self._was_red, is_red
        self._looked_s = self.monotonic_s()
        if is_red and was_red:
            self._tell(is_well=False)
        elif has_gone_round and not is_red:
            self._tell(is_well=True)
        else:
            _log.warning("heartbeat.withheld", red=is_red, gone_round=has_gone_round)

    def troubles(self) -> tuple[str, ...]:
        """Return for how long the check was not reached, in words."""
        unreached_s = self.real_s(self.monotonic_s() - self._reached_s)
        if self._failure is None or unreached_s < _MISSED * self.every_s:
            return ()
        return (f"heartbeat: the check outside was not reached for {unreached_s:.0f} s: {self._failure}",)

    def _tell(self, *, is_well: bool) -> None:
        """Try a few times: one lost packet is no reason to call somebody out of bed."""
        for tried in range(_TRIES):
            try:
                self.beacon.tell(is_well=is_well)
            except DeliveryError as error:
                self._failure = str(error)
                _log.warning("heartbeat.not_told", attempt=tried + 1, error=str(error))
            else:
                self._failure, self._reached_s = None, self.monotonic_s()
                return
            if self._stop.is_set() or tried + 1 == _TRIES:
                return
            self._pause(self.first_pause_s * 2**tried)

    def _pause(self, seconds: float) -> None:
        self._woken.wait(seconds * (0.9 + 0.2 * self.random()))
        self._woken.clear()
