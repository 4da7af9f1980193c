"""Every part of one gateway, and the order in which they start and end."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import structlog

from edge.adapters.ble.central import BleCentral
from edge.adapters.identity_watch import IdentityWatch
from edge.adapters.intake import Intake
from edge.adapters.remote_control import RemoteControl
from edge.adapters.service_manager import ServiceManager
from edge.bootstrap.local_life import LocalLife
from edge.bootstrap.storage import backlog_of
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.outbox import Outbox
from edge.ports import PairingAgent
from edge.ring import WaveformRing
from edge.sending.delivery import Delivery
from edge.supervision import Part, Supervision
from vitals.clock import Clock

__all__ = ["Gateway"]

_log = structlog.get_logger()

_LAST_DELIVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Every part of one gateway, wired."""

    settings: EdgeSettings
    clock: Clock
    health: GatewayHealth
    judge: Judge
    outbox: Outbox
    central: BleCentral
    pairing_agent: PairingAgent | None
    intake: Intake
    delivery: Delivery
    supervision: Supervision
    manager: ServiceManager
    local_life: LocalLife
    identity: IdentityWatch
    ring: WaveformRing
    remote: RemoteControl

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set or it is to start anew: then end the streams, write and offer the rest."""
        self.supervision.mark(Part.LOOP)
        async with asyncio.TaskGroup() as tasks:
            delivery = tasks.create_task(self.delivery.run(), name="delivery")
            local_life = tasks.create_task(self.local_life.run(), name="local-life")
            intake = tasks.create_task(self.intake.run(), name="intake")
            central = tasks.create_task(self.central.run(), name="ble")
            agent = tasks.create_task(self._consent_to_pairing(), name="pairing-agent")
            remote = tasks.create_task(self.remote.run(), name="remote-control")
            identity = tasks.create_task(self.identity.run(), name="identity-watch")
            self._say_ready()
            await _either(stop, self.remote.again)
            if stop.is_set():
                self.manager.stopping()
            self.supervision.mark(Part.STOP)  # never forgotten: the process must end in time
            central.cancel()
            await asyncio.wait([central])
            agent.cancel()
            self.intake.stop()
            await asyncio.wait([intake])
            await self._last_delivery()
            for task in (remote, identity, local_life, delivery):
                task.cancel()
            self.supervision.forget(Part.LOOP)

    async def _consent_to_pairing(self) -> None:
        if self.pairing_agent is not None:
            await self.pairing_agent.run()

    def close(self) -> None:
        """Close the files; what the outbox holds is sent after the next start."""
        self.ring.flush()
        self.remote.close()
        self.outbox.close()

    def _say_ready(self) -> None:
        _log.info(
            "gateway.ready",
            gateway=self.settings.gateway_id,
            wearables=len(self.settings.devices),
            adopts=self.settings.adopt,
            models=self.judge.models.versions(),
            speed=self.settings.clock.speed,
        )
        self.manager.ready(f"{self.settings.gateway_id}: started")

    async def _last_delivery(self) -> None:
        """Give what was written last a moment to be acknowledged; it is safe either way."""
        until_s = time.monotonic() + _LAST_DELIVERY_S
        while time.monotonic() < until_s and self.delivery.is_link_up:
            if not (await asyncio.to_thread(backlog_of, self.outbox)).records:
                return
            await asyncio.sleep(0.1)


async def _either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Wait until either is set."""
    waits = {asyncio.ensure_future(event.wait()) for event in (one, other)}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
