"""The gateway's rounds about itself: does the loop move, does delivery get anywhere, is the computer well."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from edge.adapters.alerting_memory import AlertingMemory
from edge.alarms.alerting_watch import AlertingWatch, Way
from edge.alarms.host_watch import HostReading, HostWatch
from edge.alarms.local_alarm import AlarmKey
from edge.clock import is_synced
from edge.health import GatewayHealth
from edge.ports import Backlog, GatewayCondition, Host
from edge.sending.delivery_watch import DeliveryWatch
from edge.supervision import SLOW_DISK_S, Part, Supervision
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["SelfWatch"]

_log = structlog.get_logger()

BEAT_S: Final = 1.0
DELIVERY_EVERY_S: Final = 5.0
HOST_EVERY_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfWatch:
    """Three loops beside the gateway's own; what they find are alarms, and what its report says."""

    clock: Clock
    health: GatewayHealth
    supervision: Supervision
    host: Host
    host_watch: HostWatch
    delivery_watch: DeliveryWatch
    backlog: Callable[[], Backlog]
    """Reads the outbox: it may wait for the disk."""
    alerting_watch: AlertingWatch
    alerting_memory: AlertingMemory
    way: Callable[[], Way]
    """How the way to the cloud is now."""
    after_look: Callable[[], Awaitable[None]]
    """Called after each look at delivery: to tell others how the gateway is."""
    configuration_version: Callable[[], int | None] = lambda: None
    began_s: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Go round until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat(), name="heartbeat")
            tasks.create_task(self._look_after_delivery(), name="delivery-watch")
            tasks.create_task(self._look_after_host(), name="host-watch")

    def condition(self) -> GatewayCondition:
        """Return how the gateway was at the last look."""
        reading = self.host_watch.reading
        return GatewayCondition(
            uptime_s=int(time.monotonic() - self.began_s),
            host=reading.host,
            clock_synced=reading.clock_synced,
            configuration_version=self.configuration_version(),
        )

    async def _beat(self) -> None:
        while True:
            self.supervision.mark(Part.LOOP)
            still_s = self.supervision.disk_still_s()
            self.health.alarms.set(
                AlarmKey.DISK_SLOW,
                stands=still_s >= SLOW_DISK_S,
                t_ms=self.clock.wall_ms(),
                detail=f"a write has not returned for {still_s:.0f} s",
            )
            await asyncio.sleep(BEAT_S)

    async def _look_after_delivery(self) -> None:
        while True:
            self.supervision.mark(Part.DELIVERY_WATCH)
            await self._look_for_alerting()
            try:
                backlog = await asyncio.to_thread(self.backlog)
            except StorageError as error:
                self.health.counters["outbox.status_failed"] += 1
                _log.warning("outbox.status_failed", error=str(error))
            else:
                self.delivery_watch.look(backlog, now_s=time.monotonic(), now_ms=self.clock.wall_ms())
                await self.after_look()
            await asyncio.sleep(DELIVERY_EVERY_S)

    async def _look_for_alerting(self) -> None:
        self.alerting_watch.look(self.way(), now_s=time.monotonic(), now_ms=self.clock.wall_ms())
        if self.alerting_watch.is_expected:
            await self.alerting_memory.keep()

    async def _look_after_host(self) -> None:
        while True:
            self.supervision.mark(Part.HOST_WATCH)
            reading = HostReading(host=await asyncio.to_thread(self.host.state), clock_synced=is_synced())
            self.host_watch.look(reading, now_s=time.monotonic(), now_ms=self.clock.wall_ms())
            await asyncio.sleep(HOST_EVERY_S)
