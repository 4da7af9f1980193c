"""The service while it runs: its parts start before the first request and stop after the last."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import structlog
from anyio import to_thread
from fastapi import FastAPI

from cloud.bootstrap.threads import Part
from cloud.ports import ServiceRole
from cloud.services import Services

__all__ = ["Service"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What requests reach, and the parts beside them in the order they start; they stop the other way."""

    process_id: str
    services: Services
    parts: tuple[Part, ...]
    roles: frozenset[ServiceRole]
    close: Callable[[], None]

    def lifespan(self, _: FastAPI) -> AbstractAsyncContextManager[None]:
        """Run the parts around the application."""
        return self._running()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        for part in self.parts:
            part.start()
        _log.info("cloud.started", process=self.process_id, roles=",".join(sorted(self.roles)))
        try:
            yield
        finally:
            await to_thread.run_sync(self._stop)
            _log.info("cloud.stopped")

    def _stop(self) -> None:
        """Streams first, then the parts, the stores last."""
        self.services.live.close()
        for part in reversed(self.parts):
            part.stop()
        self.close()
