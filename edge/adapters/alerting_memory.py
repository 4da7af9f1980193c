"""That the cloud's alerting was heard once, kept over restarts: whoever was heard once is missed."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from edge.counters import Counters

__all__ = ["AlertingMemory"]

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class AlertingMemory:
    """A file without content that is there once it was; removed by hand, the cloud is as one never heard."""

    path: Path
    counters: Counters
    _is_kept: bool = field(init=False)

    def __post_init__(self) -> None:
        self._is_kept = self.path.exists()

    @property
    def was_heard(self) -> bool:
        """Whether it was ever heard."""
        return self._is_kept

    async def keep(self) -> None:
        """Keep that it was heard; a disk that refuses is tried again the next time."""
        if self._is_kept:
            return
        try:
            await asyncio.to_thread(self.path.touch)
        except OSError as error:
            self.counters["alerting.not_noted"] += 1
            _log.warning("alerting.not_noted", error=str(error))
        else:
            self._is_kept = True
