"""What runs beside the HTTP server: parts that start, stop and say what is not well."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from cloud.alerts.working.pulse import STILL_S, UNWATCHED_S, Pulse
from cloud.alerts.working.worker import AlertWorker
from vitals.clock import ScaledClock

__all__ = ["STALLED_S", "AlertTroubles", "Part", "Work", "WorkThread"]

STALLED_S: Final = STILL_S
_ENDS_S: Final = 10
_LIKELY_OURS: Final = "look at the broker, its certificates and the network on this side"


class Part(Protocol):
    """Something that runs while the service does."""

    def start(self) -> None:
        """Begin; called once."""
        ...

    def stop(self) -> None:
        """Finish what is at hand and end."""
        ...

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        ...


class Work(Protocol):
    """What a thread does until it is told to end."""

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, whatever goes wrong meanwhile."""
        ...

    def wake(self) -> None:
        """Look at once, not only when it is time to."""
        ...


@dataclass(slots=True, kw_only=True)
class WorkThread:
    """Work in a thread of its own. One that died is told as a trouble, as are the work's own."""

    name: str
    work: Work
    own_troubles: Callable[[], tuple[str, ...]]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(
            target=self.work.run, args=(self._stopping,), name=self.name, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand and end."""
        self._stopping.set()
        self.work.wake()
        if self._thread is not None:
            self._thread.join(_ENDS_S)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        if self._thread is None or not self._thread.is_alive():
            return (f"{self.name}: its thread has ended; start the service again",)
        return self.own_troubles()


@dataclass(slots=True, kw_only=True)
class AlertTroubles:
    """What is not well with alerting, the worker standing still included, as `pulse` has it."""

    worker: AlertWorker
    clock: ScaledClock
    pulse: Pulse = field(init=False)

    def __post_init__(self) -> None:
        self.pulse = Pulse(
            statistics=self.worker.statistics,
            monotonic_s=self.clock.monotonic_s,
            real_s=self.clock.real_s,
        )

    def __call__(self) -> tuple[str, ...]:
        """Return it in words."""
        statistics, pulse = self.worker.statistics, self.pulse
        if pulse.still_s > STALLED_S:
            return (f"alerts: nothing was evaluated for {pulse.still_s:.0f} s; see the log",)
        if pulse.unwatched_s > UNWATCHED_S:
            return (f"alerts: nobody's silence was judged for {pulse.unwatched_s:.0f} s; see the log",)
        if statistics.fallen:
            return (f"alerts: {statistics.fallen} gateways fell silent together; {_LIKELY_OURS}",)
        if statistics.blocked:
            return (f"alerts: {len(statistics.blocked)} patients' records cannot be judged; see the log",)
        if statistics.unwatched:
            return (f"alerts: {len(statistics.unwatched)} patients' silence is not watched; see the log",)
        return self._untold()

    def _untold(self) -> tuple[str, ...]:
        reasons = sorted({held.because for held in self.worker.unreached.values()})
        if not reasons:
            return ()
        return (f"alerts: {len(self.worker.unreached)} alerts reach nobody: {'; '.join(reasons)}",)
