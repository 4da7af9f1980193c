"""Tells the service manager, and whoever asks beside it, how the gateway is."""

import asyncio
from dataclasses import dataclass

from edge.adapters.service_manager import ServiceManager
from edge.health import GatewayHealth
from edge.now import Now
from edge.state_file import GatewayState, StateFile
from vitals.errors import StorageError

__all__ = ["StateTeller"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTeller:
    """Never waits for a disk on the event loop, and goes on where the disk refuses."""

    manager: ServiceManager
    file: StateFile
    health: GatewayHealth

    async def tell(self, now: Now) -> None:
        """Tell of this moment."""
        self.manager.status(now.in_one_line())
        try:
            await asyncio.to_thread(self.file.write, GatewayState.of(now))
        except StorageError:
            self.health.counters["state_file.failed"] += 1
