"""Which way records go up: by the broker while it brings acknowledgements, else by HTTP. Pure: time is told.

A broker that is reached has yet to prove itself: its port may be open and nothing come back. After a
trial that failed it rests, longer each time, before it is tried again; where HTTP fails too, not longer
than the first time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["DEFAULT_PATIENCE", "TRANSITIONS", "Happening", "Patience", "Standing", "Way", "WaySelector"]


class Way(StrEnum):
    """By what a batch goes up."""

    MQTT = "mqtt"
    HTTP = "http"


class Standing(StrEnum):
    """What is thought of the broker."""

    WAITING = "waiting"
    """It is not there, and waited for."""
    TRIAL = "trial"
    """It is there, and has not brought an acknowledgement yet."""
    TRUSTED = "trusted"
    """It is there, and has."""
    SHUNNED = "shunned"
    """It is not there for too long, or failed its trial."""


class Happening(StrEnum):
    """What changes that."""

    READY = "ready"
    """A connection to the broker stands, and it has rested."""
    LOST = "lost"
    ACKED = "acked"
    REFUSED = "refused"
    """It will not take a batch, or has nobody to give it to."""
    MUTE = "mute"
    """Delivery takes the connection for dead."""
    TIRED = "tired"
    """It had its time."""


_S, _H = Standing, Happening
TRANSITIONS: Final[Mapping[tuple[Standing, Happening], Standing]] = MappingProxyType(
    {
        (_S.WAITING, _H.READY): _S.TRIAL,
        (_S.WAITING, _H.TIRED): _S.SHUNNED,
        (_S.TRIAL, _H.ACKED): _S.TRUSTED,
        (_S.TRIAL, _H.LOST): _S.SHUNNED,
        (_S.TRIAL, _H.REFUSED): _S.SHUNNED,
        (_S.TRIAL, _H.MUTE): _S.SHUNNED,
        (_S.TRIAL, _H.TIRED): _S.SHUNNED,
        (_S.TRUSTED, _H.LOST): _S.WAITING,
        (_S.TRUSTED, _H.MUTE): _S.WAITING,
        (_S.TRUSTED, _H.REFUSED): _S.TRIAL,
        (_S.SHUNNED, _H.READY): _S.TRIAL,
    }
)
"""What is not in it changes nothing."""

_WAY: Final[Mapping[Standing, Way | None]] = MappingProxyType(
    {_S.WAITING: None, _S.TRIAL: Way.MQTT, _S.TRUSTED: Way.MQTT, _S.SHUNNED: Way.HTTP}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how long what is borne; real seconds."""

    waiting_s: float = 20.0
    trial_s: float = 20.0
    """From the first batch sent by a broker on trial to the first acknowledgement."""
    first_rest_s: float = 30.0
    longest_rest_s: float = 900.0


DEFAULT_PATIENCE: Final = Patience()


class WaySelector:
    """The standing of one broker. Every method that depends on the time is given it."""

    def __init__(
        self, *, now_s: float, random: Callable[[], float], patience: Patience = DEFAULT_PATIENCE
    ) -> None:
        self._random = random
        self._patience = patience
        self._is_up = False
        self._failed_trials = 0
        self._rested_s = now_s
        self.standing = Standing.WAITING
        self._tired_s: float | None = now_s + patience.waiting_s

    @property
    def way(self) -> Way | None:
        """By what batches go now; None: they wait."""
        return _WAY[self.standing]

    def came_up(self, now_s: float) -> None:
        """Take note that a connection to the broker stands."""
        self._is_up = True
        self.look(now_s)

    def went_down(self, now_s: float) -> None:
        """Take note that it is gone."""
        self._is_up = False
        self._happened(Happening.LOST, now_s)

    def sent(self, now_s: float) -> None:
        """Take note that a batch went to the broker: one on trial is given so long to bring its answer."""
        if self.standing is Standing.TRIAL and self._tired_s is None:
            self._tired_s = now_s + self._patience.trial_s

    def acked(self, now_s: float) -> None:
        """Take note of an acknowledgement that the broker brought."""
        self._rested_s = now_s
        self._happened(Happening.ACKED, now_s)
        self.look(now_s)

    def refused(self, now_s: float) -> None:
        """Take note that the broker did not take a batch, or threw it away."""
        self._happened(Happening.REFUSED, now_s)

    def mute(self, now_s: float) -> None:
        """Take note that delivery gives the connection to the broker up."""
        self._is_up = False
        self._happened(Happening.MUTE, now_s)

    def http_failed(self, now_s: float) -> None:
        """Take note that the other way leads nowhere either: the broker need not rest as long."""
        self._rested_s = min(self._rested_s, now_s + self._patience.first_rest_s)

    def look(self, now_s: float) -> None:
        """Let happen what the time brings."""
        if self._tired_s is not None and now_s >= self._tired_s:
            self._happened(Happening.TIRED, now_s)
        if self._is_up and now_s >= self._rested_s:
            self._happened(Happening.READY, now_s)

    def next_s(self) -> float | None:
        """Return when to look again if nothing happens before."""
        is_resting = self._is_up and self.standing is Standing.SHUNNED
        times = (self._tired_s, self._rested_s if is_resting else None)
        return min((each for each in times if each is not None), default=None)

    def _happened(self, happening: Happening, now_s: float) -> None:
        before = self.standing
        self.standing = TRANSITIONS.get((before, happening), before)
        if self.standing is before:
            return
        self._tired_s = now_s + self._patience.waiting_s if self.standing is Standing.WAITING else None
        if self.standing is Standing.TRUSTED:
            self._failed_trials = 0
        if before is Standing.TRIAL and self.standing is Standing.SHUNNED:
            self._rested_s = now_s + self._rest_s()
            self._failed_trials += 1

    def _rest_s(self) -> float:
        rest_s = self._patience.first_rest_s * 2.0 ** min(self._failed_trials, 16)
        return min(rest_s, self._patience.longest_rest_s) * (0.75 + 0.5 * self._random())
