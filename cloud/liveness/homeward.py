"""Homeward: gateways hear again and again whether alerting lives; one that does not alarms in its home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Protocol

import structlog

from vitals.wire.liveness import SAID_EVERY_S, Liveness, encode_liveness

__all__ = ["HomeTeller", "LivenessChannel"]

_log = structlog.get_logger(__name__)

_REFUSED: Final = "liveness: the broker refuses what gateways are told of alerting"
_REMEDY: Final = "let the service write v1/gw/+/down/alive"
_IDLE_S: Final = 1.0
_MOST_AT_ONCE: Final = 250
"""A thousand gateways are told within four seconds, and acknowledgements go in between."""


class LivenessChannel(Protocol):
    """Carries it to a gateway."""

    def say(self, gateway: str, payload: bytes, *, expires_in_s: float) -> bool:
        """Hand it to the broker; False: not now."""
        ...

    def refusal(self) -> str | None:
        """Return why the broker lets none of it through; None if it does, or nobody knows."""
        ...


@dataclass(slots=True, kw_only=True)
class HomeTeller:
    """`step` tells whose turn it is, `run` goes on until told. What changes is told to all at once."""

    onlines: Callable[[], Mapping[str, bool]]
    is_alerting: Callable[[], bool]
    channel: LivenessChannel
    monotonic_s: Callable[[], float]
    _said: dict[str, tuple[float, bool]] = field(default_factory=dict)
    _woken: Event = field(default_factory=Event)
    _failed: bool = False

    def run(self, stop: Event) -> None:
        """Step until `stop` is set, whatever goes wrong."""
        while not stop.is_set():
            try:
                self.step()
                self._failed = False
            except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
                self._failed = True
                _log.exception("liveness.step_failed")
            self._woken.wait(_IDLE_S)
            self._woken.clear()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return what keeps gateways from hearing it, in words."""
        if self._failed:
            return ("liveness: gateways are not told that alerting lives; see the log",)
        refusal = self.channel.refusal()
        return () if refusal is None else (f"{_REFUSED} ({refusal}): {_REMEDY}",)

    def step(self) -> int:
        """Tell those who are there and whose turn it is; return how many were."""
        now_s, is_alerting = self.monotonic_s(), self.is_alerting()
        there = [gateway for gateway, is_online in self.onlines().items() if is_online]
        self._said = {gateway: self._said[gateway] for gateway in there if gateway in self._said}
        due = [gateway for gateway in there if self._is_due(gateway, now_s, is_alerting=is_alerting)]
        payload = encode_liveness(Liveness(is_alerting=is_alerting))
        told = 0
        for gateway in due[:_MOST_AT_ONCE]:
            if self.channel.say(gateway, payload, expires_in_s=2 * SAID_EVERY_S):
                self._said[gateway] = (now_s, is_alerting)
                told += 1
        return told

    def _is_due(self, gateway: str, now_s: float, *, is_alerting: bool) -> bool:
        said_s, said = self._said.get(gateway, (float("-inf"), is_alerting))
        return now_s - said_s >= SAID_EVERY_S or said is not is_alerting
