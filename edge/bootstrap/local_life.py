"""What a gateway does by itself, put together: watching itself, signalling alarms, showing its page.

It is the part of `bootstrap` that needs no cloud.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self
from uuid import uuid4

from edge.adapters.alarm_command import AlarmCommand
from edge.adapters.alerting_memory import AlertingMemory
from edge.adapters.annunciator import Annunciator
from edge.adapters.led import Led
from edge.adapters.ledger_witness import LedgerWitness
from edge.adapters.linux_host import LinuxHost
from edge.adapters.page_secret import page_secret
from edge.adapters.page_server import PageServer
from edge.adapters.self_watch import SelfWatch
from edge.adapters.service_manager import ServiceManager
from edge.adapters.state_teller import StateTeller
from edge.alarms.alerting_watch import AlertingWatch, Patience
from edge.alarms.alerting_watch import Way as CloudWay
from edge.alarms.board import Board
from edge.alarms.host_watch import HostWatch
from edge.alarms.ledger_watch import LedgerWatch
from edge.alarms.local_alarm import AlarmChange, LocalAlarms, log_change
from edge.alarms.standing_alarms import StandingAlarms
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.now import Now
from edge.page.access import Gatekeeper
from edge.page.desk import Desk
from edge.ports import Backlog, Pressure
from edge.sending.delivery import Delivery
from edge.sending.delivery_watch import DeliveryWatch
from edge.sending.way import Way
from edge.state_file import StateFile
from edge.supervision import Supervision
from vitals.clock import Clock
from vitals.ledger.heads import read_key

__all__ = ["LocalLife", "Noticed", "build_local_life", "ledger_witness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What the gateway knows of itself and its wearers: everything else adds to it, or asks it."""

    board: Board
    alarms: StandingAlarms
    health: GatewayHealth

    @classmethod
    def nothing_yet(cls, settings: EdgeSettings, clock: Clock) -> Self:
        """Return it as it is at the start."""
        alarms = StandingAlarms(
            clock=clock,
            new_id=lambda: uuid4().hex,
            policy=settings.alarms.health,
            can_identify=bool(settings.alarms.led or settings.alarms.command),
        )
        return cls(
            board=Board(wall_ms=clock.wall_ms, expected=tuple(row.id for row in settings.devices)),
            alarms=alarms,
            health=GatewayHealth(alarms=LocalAlarms(hook=_heard_by(log_change, alarms.on_change))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLife:
    """Every part of it, wired."""

    self_watch: SelfWatch
    annunciator: Annunciator
    page: PageServer | None
    witness: LedgerWitness

    async def run(self) -> None:
        """Live until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.self_watch.run(), name="self-watch")
            tasks.create_task(self.annunciator.run(), name="annunciator")
            tasks.create_task(self.witness.run(), name="ledger-witness")
            if self.page is not None:
                tasks.create_task(self.page.run(), name="page")


def build_local_life(  # noqa: PLR0913 - wired once, by name
    settings: EdgeSettings,
    *,
    clock: Clock,
    noticed: Noticed,
    delivery: Delivery,
    backlog: Callable[[], Backlog],
    supervision: Supervision,
    manager: ServiceManager,
    configuration_version: Callable[[], int | None],
    pressure: Callable[[], Pressure],
    way: Callable[[], Way | None],
    witness: LedgerWitness,
) -> LocalLife:
    """Wire it.

    Raises
    ------
    ConfigurationError
        The page is wanted and its code cannot be read.
    """
    health = noticed.health
    alerting_watch, alerting_memory = _alerting(settings, noticed)
    teller = StateTeller(manager=manager, file=StateFile(path=settings.state_file), health=health)

    def now() -> Now:
        return replace(
            _now(settings, clock, noticed, delivery, self_watch), way=way(), ledger=witness.watch.said()
        )

    def metrics() -> Callable[[], str]:
        from edge.metrics import GatewayCollector, exposition  # noqa: PLC0415 - only where there is a page

        return exposition(
            GatewayCollector(
                now=now,
                counted=health.counted,
                pressure=pressure,
                most_bytes=settings.outbox.max_bytes,
            )
        )

    self_watch = SelfWatch(
        clock=clock,
        health=health,
        supervision=supervision,
        host=LinuxHost(data_dir=settings.data_dir),
        host_watch=HostWatch(alarms=health.alarms),
        delivery_watch=DeliveryWatch(alarms=health.alarms),
        backlog=backlog,
        alerting_watch=alerting_watch,
        alerting_memory=alerting_memory,
        way=lambda: CloudWay(is_up=delivery.is_link_up, heard_s_ago=delivery.heard_s_ago),
        after_look=lambda: teller.tell(now()),
        configuration_version=configuration_version,
    )
    return LocalLife(
        self_watch=self_watch,
        annunciator=_annunciator(settings, clock, noticed),
        page=_page(settings, clock, noticed, now, metrics) if settings.page.enabled else None,
        witness=witness,
    )


def ledger_witness(settings: EdgeSettings, health: GatewayHealth, clock: Clock) -> LedgerWitness:
    """Return what keeps the ledger's heads, by the key the settings name or by the first one's."""
    key = settings.ledger_key
    return LedgerWitness(
        folder=settings.data_dir,
        watch=LedgerWatch(alarms=health.alarms, pinned=None if key is None else read_key(key)),
        counters=health.counters,
        clock=clock,
    )


def _alerting(settings: EdgeSettings, noticed: Noticed) -> tuple[AlertingWatch, AlertingMemory]:
    """Return what listens for the cloud's alerting, and what knows over restarts that it was heard."""
    row, health = settings.alarms, noticed.health
    memory = AlertingMemory(path=settings.data_dir / "alerting-heard", counters=health.counters)
    watch = AlertingWatch(
        alarms=health.alarms,
        patience=Patience(silent_s=row.alerting_silent_s, long_s=row.alerting_long_s),
        now_s=time.monotonic(),
        was_heard=row.watch_alerting and memory.was_heard,
    )
    noticed.alarms.on_unreached = lambda priority, for_s: watch.nobody_reached(
        priority, for_s=for_s, now_s=time.monotonic()
    )
    return watch, memory


def _now(
    settings: EdgeSettings, clock: Clock, noticed: Noticed, delivery: Delivery, self_watch: SelfWatch
) -> Now:
    alarms = noticed.alarms
    return Now(
        gateway_id=settings.gateway_id,
        t_ms=clock.wall_ms(),
        uptime_s=self_watch.condition().uptime_s or 0,
        is_link_up=delivery.is_link_up,
        heard_s_ago=delivery.heard_s_ago,
        backlog=self_watch.delivery_watch.backlog,
        reading=self_watch.host_watch.reading,
        alarms=alarms.standing,
        quiet=frozenset(alarm.key for alarm in alarms.standing if alarms.is_quiet(alarm)),
        wearables=tuple(noticed.board.wearables.values()),
        names={row.id: row.name for row in settings.devices if row.name},
    )


def _annunciator(settings: EdgeSettings, clock: Clock, noticed: Noticed) -> Annunciator:
    """Return what signals alarms here, with the light and the sound the settings name, if any."""
    row = settings.alarms
    return Annunciator(
        alarms=noticed.alarms,
        health=noticed.health,
        clock=clock,
        monotonic_s=time.monotonic,
        light=Led(name=row.led) if row.led else None,
        sound=AlarmCommand(argv=row.command, limit_s=row.command_limit_s) if row.command else None,
    )


def _page(
    settings: EdgeSettings,
    clock: Clock,
    noticed: Noticed,
    now: Callable[[], Now],
    metrics: Callable[[], Callable[[], str]],
) -> PageServer:
    row = settings.page
    gatekeeper = Gatekeeper(
        code=row.access_code(),
        secret=page_secret(settings.data_dir / "page-secret"),
        wall_s=time.time,
        monotonic_s=time.monotonic,
    )
    counters = noticed.health.counters
    desk = Desk(gatekeeper=gatekeeper, now=now, signals=noticed.alarms, counters=counters, metrics=metrics())
    return PageServer(host=row.host, port=row.port, desk=desk, health=noticed.health, wall_ms=clock.wall_ms)


def _heard_by(*hooks: Callable[[AlarmChange], None]) -> Callable[[AlarmChange], None]:
    def tell(change: AlarmChange) -> None:
        for hook in hooks:
            hook(change)

    return tell
