"""One run of chaos: brought up, struck by plan under load, drained, stopped, and accounted for."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from carewire.bench.figures import rank
from carewire.chaos.book import read_book
from carewire.chaos.evidence import gather
from carewire.chaos.ground import BROKER, INGEST, Broker, Ground, lay_out
from carewire.chaos.plan import GATEWAY, Strike, plan, sort_of
from carewire.chaos.recovery import Recoveries
from carewire.chaos.striker import Striker
from carewire.chaos.tally import Standing, Tally, tally
from carewire.processes import Supervisor, until
from carewire.report import Ledger
from edge.outbox import read_status
from vitals.errors import CarewireError, StorageError

__all__ = ["Chaos", "Glimpse", "run_chaos"]

_READY_S: Final = 60.0
_SETTLE_S: Final = 60.0
_DRAIN_S: Final = 120.0
_STEP_S: Final = 0.05
_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """How a run stands: what is happening, how many kills of how many, what waits and what is safe."""

    doing: str
    elapsed_s: float
    kills: int
    kills_planned: int
    waiting: Mapping[str, int]
    acknowledged: Mapping[str, int]
    down: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaos:
    """What is to happen, where, and who hears of it."""

    folder: Path
    broker: Broker = Broker.EMBEDDED
    kills: int = 40
    seed: int = 7
    gateways: int = 3
    appends_per_s: float = 40.0
    tell: Callable[[str], None] = lambda _sentence: None
    show: Callable[[Glimpse], None] = lambda _glimpse: None


def run_chaos(chaos: Chaos) -> Mapping[str, Any]:
    """Run it; return the report. `passed`: everything made is accounted for, and nothing else is there.

    Raises
    ------
    ConfigurationError
        The broker is not installed.
    CarewireError
        The system could not be brought up.
    """
    ground = lay_out(chaos.folder, chaos.broker, gateways=chaos.gateways, appends_per_s=chaos.appends_per_s)
    with ground.observer, Supervisor(max_restarts=1_000 + chaos.kills) as supervisor:
        course = _Course(chaos=chaos, ground=ground, supervisor=supervisor)
        course.bring_up()
        course.strike()
        course.drain()
        ledgers = [observer.ledger() for observer in ground.observers()]
        course.say("stopping, and counting ...")
    found = gather(ground)
    tallies = [
        tally(ground.maker(gateway), read_book(ground.book(gateway)), found[gateway])
        for gateway in ground.gateways
    ]
    return _report(course, tallies, ledgers)


@dataclass(slots=True, kw_only=True)
class _Course:
    """The run while it lasts."""

    chaos: Chaos
    ground: Ground
    supervisor: Supervisor
    recoveries: Recoveries = field(default_factory=Recoveries)
    struck: Counter[tuple[str, bool]] = field(default_factory=Counter)
    waiting: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    drain_s: float = 0.0
    began_s: float = field(default_factory=time.monotonic)
    _doing: str = ""
    _look_s: float = 0.0

    def bring_up(self) -> None:
        """Start every part, and wait until every gateway has been acknowledged something."""
        self.say(f"starting {self.chaos.broker} broker, ingest and {self.chaos.gateways} gateways ...")
        for name in (BROKER, INGEST):
            self.supervisor.start(self.ground.part(name))
        self._await(self.ground.observer.is_up, INGEST)
        for gateway in self.ground.gateways:
            self.supervisor.start(self.ground.part(gateway))
        for gateway in self.ground.gateways:
            self._await(partial(self._is_served, gateway), gateway)

    def strike(self) -> None:
        """Carry the plan out; then wait for everybody to recover."""
        self.say("striking")
        random = Random(self.chaos.seed)  # noqa: S311 - blows, not secrets
        striker = Striker(
            supervisor=self.supervisor,
            plan=plan(random, self.chaos.kills, self.ground.gateways),
            on_strike=self._on_strike,
        )
        try:
            while not striker.is_over:
                striker.step(time.monotonic())
                self._step()
        finally:
            striker.end()
        self.say("recovering")
        for _ in until(_SETTLE_S, _STEP_S):
            if self.recoveries.is_settled:
                return
            self._step()

    def drain(self) -> None:
        """Make no more, and wait until nothing waits any more, or long enough."""
        self.say("draining")
        self.ground.enough.touch()
        for gone_s in until(_DRAIN_S, _STEP_S):
            self._step()
            if not any(self.waiting.values()):
                self.drain_s = gone_s
                return
        self.drain_s = _DRAIN_S

    def say(self, doing: str) -> None:
        """Say what happens now."""
        self._doing = doing
        self._show()

    def _is_served(self, gateway: str) -> bool:
        return self.acknowledged.get(gateway, 0) > 0

    def _await(self, is_so: Callable[[], bool], name: str) -> None:
        for _ in until(_READY_S, _STEP_S):
            self._step()
            if is_so():
                return
        part = self.supervisor.parts[name]
        raise CarewireError(
            f"waited {_READY_S:.0f} s for {name} in vain. Its last words:\n{part.last_words()}"
        )

    def _step(self) -> None:
        self.supervisor.look()
        now_s = time.monotonic()
        if now_s >= self._look_s:
            self._look_s = now_s + _LOOK_S
            self._look(now_s)
        time.sleep(_STEP_S)

    def _look(self, now_s: float) -> None:
        for gateway in self.ground.gateways:
            with suppress(StorageError):  # it is being made at this moment
                status = read_status(self.ground.outbox(gateway))
                self.waiting[gateway], self.acknowledged[gateway] = status.records, status.acknowledged
        pids = {name: part.pid for name, part in self.supervisor.parts.items()}
        acknowledged = Counter(self.acknowledged)
        for part, took_s in self.recoveries.step(now_s, pids, acknowledged):
            self.chaos.tell(f"{part} serves again, {took_s:.1f} s after its start")
        self._show()

    def _on_strike(self, strike: Strike, _now_s: float) -> None:
        self.struck[sort_of(strike.part), strike.is_fatal] += 1
        if strike.is_fatal:
            self.recoveries.struck(strike.part, self.supervisor.parts[strike.part].pid)
        self.chaos.tell(_sentence(strike))

    def _show(self) -> None:
        self.chaos.show(
            Glimpse(
                doing=self._doing,
                elapsed_s=time.monotonic() - self.began_s,
                kills=sum(count for (_, is_fatal), count in self.struck.items() if is_fatal),
                kills_planned=self.chaos.kills,
                waiting=dict(self.waiting),
                acknowledged=dict(self.acknowledged),
                down=frozenset(name for name, part in self.supervisor.parts.items() if part.pid is None),
            )
        )


def _sentence(strike: Strike) -> str:
    if not strike.is_fatal:
        return f"{strike.part} frozen for {strike.for_s:.1f} s"
    return f"{strike.part} killed" + (f", down for {strike.for_s:.1f} s" if strike.for_s else "")


def _report(course: _Course, tallies: Sequence[Tally], ledgers: Sequence[Ledger]) -> Mapping[str, Any]:
    counts = {
        standing.value: sum(each.standings.get(standing, 0) for each in tallies) for standing in Standing
    }
    made = sum(each.made for each in tallies)
    wrong = [line for each in tallies for line in each.wrong]
    lost = made - sum(counts[place] for place in _SAFE)
    unaccounted = sum(ledger.records_lost for ledger in ledgers)
    sorts = (BROKER, GATEWAY, INGEST)
    took_s = course.recoveries.took_s
    return {
        "broker": course.chaos.broker.value,
        "seed": course.chaos.seed,
        "duration_s": round(time.monotonic() - course.began_s, 1),
        "kills": {sort: course.struck[sort, True] for sort in sorts},
        "freezes": {sort: course.struck[sort, False] for sort in sorts},
        "made": made,
        **{place: counts[place] for place in _SAFE},
        "lost": lost,
        "altered": counts[Standing.ALTERED],
        "invented": sum(each.invented for each in tallies),
        "identities_lost": unaccounted,
        "duplicates_absorbed": sum(ledger.duplicates for ledger in ledgers),
        "recovery_s": {"count": len(took_s), "p50": rank(took_s, 0.5), "max": rank(took_s, 1.0)},
        "drain_s": round(course.drain_s, 1),
        "wrong": wrong,
        "passed": not (lost or wrong or unaccounted) and counts[Standing.STORED] > 0,
    }


_SAFE: Final = (Standing.STORED, Standing.QUARANTINED, Standing.OUTBOX, Standing.DECLARED)
"""Where a record may be and is not lost; one that was altered is not among them."""
