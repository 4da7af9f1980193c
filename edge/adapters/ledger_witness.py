"""Keeps the ledger's newest head on this gateway's disk: a witness whom nobody in the cloud can change."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from edge.alarms.ledger_watch import LedgerWatch
from edge.counters import Counters
from vitals.clock import Clock
from vitals.errors import CarewireError
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import TreeHead
from vitals.ledger.witness import ACCEPTED, ACCUSING, Verdict
from vitals.wire.envelope import content_type
from vitals.wire.ledger import HeadNews, decode_head_news

__all__ = ["HEAD_FILE", "LedgerWitness"]

_log = structlog.get_logger()

_LOOK_EVERY_S: Final = 5.0
HEAD_FILE: Final = "ledger-head.json"
_REFUSED_FILE: Final = "ledger-refused.json"
"""A signed head that contradicts the one kept: the two of them prove it to anybody."""


@dataclass(slots=True, kw_only=True)
class LedgerWitness:
    """`hear` takes what comes, at any time; `step` judges the newest of it and may wait for the disk."""

    folder: Path
    watch: LedgerWatch
    counters: Counters
    clock: Clock
    _news: HeadNews | None = None
    _is_read: bool = False
    _file: HeadFile = field(init=False)

    def __post_init__(self) -> None:
        self._file = HeadFile(path=self.folder / HEAD_FILE)

    def hear(self, payload: bytes, kind: str | None) -> None:
        """Take in what the service sends; what cannot be read changes nothing."""
        try:
            self._news = decode_head_news(payload, content_type(kind))
        except CarewireError as error:
            self.counters["ledger.unreadable"] += 1
            _log.warning("ledger.unreadable", error=str(error))

    async def run(self) -> None:
        """Judge what is heard until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def step(self) -> None:
        """Judge the newest head that was heard; what the disk refuses is tried again with the next."""
        news, self._news = self._news, None
        try:
            if not self._is_read:
                self.watch.kept = await asyncio.to_thread(self._file.read)
                self._is_read = True
            if news is not None:
                await self._judge(news)
        except CarewireError as error:
            self.counters["ledger.not_kept"] += 1
            _log.error("ledger.not_kept", error=str(error))
        self.watch.look(now_s=time.monotonic(), now_ms=self.clock.wall_ms())

    async def _judge(self, news: HeadNews) -> None:
        now_s = time.monotonic()
        verdict = self.watch.judge(news, now_s=now_s)
        await asyncio.to_thread(self._keep, verdict, self.watch.kept, news.head)
        self.watch.take(verdict, news.head, now_s=now_s)
        self.counters[f"ledger.{verdict}"] += 1
        if verdict not in ACCEPTED:
            _log.warning("ledger.refused", verdict=verdict.value, size=news.head.size)

    def _keep(self, verdict: Verdict, kept: TreeHead | None, head: TreeHead) -> None:
        """Have on the disk what is kept from now on, and what proves that something is wrong."""
        if verdict in ACCUSING:
            HeadFile(path=self.folder / _REFUSED_FILE).write(head)
        if verdict is Verdict.RESTORED and kept is not None:
            HeadFile(path=self.folder / f"{HEAD_FILE}.epoch-{kept.epoch}").write(kept)
        if verdict in ACCEPTED and verdict is not Verdict.SAME:
            self._file.write(head)
