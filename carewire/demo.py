"""The whole system on this machine, on a simulated strap: started, shown, watched, accounted for, stopped."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carewire.layout import PARTS, Layout
from carewire.observer import Observer, ServiceUnreachableError
from carewire.processes import Part, Supervisor, until
from carewire.report import run_report
from vitals.errors import CarewireError, StorageError

READY_TIMEOUT_S = 60.0
DRAIN_TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.5


class DemoError(CarewireError):
    """The demonstration could not be brought up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """How the run stands at one moment; what is not known yet is None or empty."""

    played_s: float
    heart_rate: float | None
    records_made: int
    alerts: tuple[Mapping[str, Any], ...]


@dataclass(slots=True, kw_only=True)
class Demo:
    """One run. `tell` hears what happens; `stopping` says when somebody has had enough."""

    layout: Layout
    observer: Observer
    tell: Callable[[str], None] = lambda _sentence: None
    show: Callable[[Glimpse], None] = lambda _glimpse: None
    stopping: Callable[[], bool] = lambda: False
    examine: Callable[[], Mapping[str, Any]] = dict
    """What else the report is to tell, found out once everything is stored and before it is stopped."""
    before_stop: Callable[[], None] = lambda: None
    """Called when all has been played, before anything is stopped."""
    supervisor: Supervisor = field(default_factory=Supervisor)

    def run(self, duration_s: float | None) -> dict[str, Any]:
        """Play `duration_s` seconds of heart (None: until told to stop); return the report.

        The seconds are the recording's own: at speed 4 they pass four times as fast.
        """
        self.supervisor.on_death = self._told_of_death
        restarts: dict[str, int] = {}
        with self.supervisor:
            self._start()
            played_s = self._watch(duration_s)
            self.before_stop()
            restarts = {part.name: part.restarts for part in self.supervisor.parts.values()}
            self.supervisor.release("simulator").stop()
            self._drain()
            return self._report(played_s, restarts)

    def _start(self) -> None:
        *first, gateway = PARTS
        for name in first:
            self._start_part(name)
        self._await(self._is_strap_ready, "the simulated strap", "simulator")
        self._await(self.observer.is_up, "the service to answer", "cloud")
        self._start_part(gateway)
        self._await(self._is_anything_made, "the gateway's first record", gateway)

    def _start_part(self, name: str) -> None:
        self.supervisor.start(
            Part(name=name, command=self.layout.command(name), log_file=self.layout.log_file(name))
        )

    def _is_strap_ready(self) -> bool:
        log = self.layout.log_file("simulator")
        return log.exists() and "sim.ready" in log.read_text()

    def _is_anything_made(self) -> bool:
        try:
            return any(self.observer.made().values())
        except StorageError:
            return False  # the gateway is creating its outbox at this moment

    def _await(self, ready: Callable[[], bool], what: str, name: str) -> None:
        for _ in until(READY_TIMEOUT_S):
            if ready() or self.stopping():
                return
            self.supervisor.look()
        raise DemoError(
            f"waited {READY_TIMEOUT_S:.0f} s for {what}; see {self.layout.log_file(name)}. Its last words:\n"
            f"{self.supervisor.parts[name].last_words()}"
        )

    def _watch(self, duration_s: float | None) -> float:
        start = time.monotonic()
        played_s = 0.0
        while not self.stopping() and (duration_s is None or played_s < duration_s):
            self.supervisor.look()
            self._glance(played_s)
            time.sleep(LOOK_EVERY_S)
            played_s = (time.monotonic() - start) * self.layout.speed
        return played_s if duration_s is None else min(played_s, duration_s)

    def _glance(self, played_s: float) -> None:
        try:
            latest = self.observer.latest().get("heart_rate")
            glimpse = Glimpse(
                played_s=played_s,
                heart_rate=latest["value"] if latest else None,
                records_made=sum(self.observer.made().values()),
                alerts=tuple(self.observer.alerts()),
            )
        except ServiceUnreachableError:
            return  # it may be starting again; the next glance will tell
        self.show(glimpse)

    def _drain(self) -> None:
        """Wait until what was made is stored, or long enough to say that something is stuck."""
        made = self.observer.made()
        for _ in until(DRAIN_TIMEOUT_S, poll_s=0.3):
            self.supervisor.look()
            try:
                if self.observer.ledger(made).records_in_outbox == 0:
                    return
            except ServiceUnreachableError:
                continue
        self.tell(f"some records still wait in the outbox after {DRAIN_TIMEOUT_S:.0f} s")

    def _report(self, played_s: float, restarts: Mapping[str, int]) -> dict[str, Any]:
        facts = self.observer.gateway_facts()
        heart = self.layout.heart
        return run_report(
            about={
                "scenario": None if heart.recording else heart.scenario,
                "recording": str(heart.recording) if heart.recording else None,
                "duration_s": round(played_s, 1),
                "speed": self.layout.speed,
                "restarts": dict(restarts),
            },
            ledger=self.observer.ledger(),
            alerts=self.observer.alerts(),
            inference=facts["inference"],
        ) | dict(self.examine())

    def _told_of_death(self, part: Part, status: int) -> None:
        self.tell(f"the {part.name} ended (status {status}) and was started again")
