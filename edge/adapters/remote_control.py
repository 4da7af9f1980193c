"""What may be asked of the gateway from afar, while it runs: commands, and settings on trial."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from edge.adapters.command_post import CommandPost
from edge.adapters.loop_signals import LoopSignals
from edge.config import EdgeSettings, load_settings
from edge.counters import Counters
from edge.ports import LocalSignals, RecordSink
from edge.remote.command_journal import CommandJournal
from edge.remote.command_table import command_table
from edge.remote.commands import Answer, CommandDesk
from edge.remote.configuration_trial import ConfigurationTrial, Verdict
from edge.remote.remote_configuration import RemoteConfiguration
from edge.remote.waveform_upload import WaveformUpload
from edge.sending.uplink import CommandArrived
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.settings import Overlay
from vitals.wire.command import SetConfiguration

__all__ = ["RemoteControl"]

_log = structlog.get_logger()

_LOOK_EVERY_S: Final = 0.5


class RemoteControl:
    """Runs for as long as the gateway does; when `again` is set, the gateway is to start anew."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        settings: EdgeSettings,
        *,
        remote: RemoteConfiguration,
        config: Path | None,
        upload: WaveformUpload,
        signals: LocalSignals,
        sink: RecordSink,
        clock: Clock,
        counters: Counters,
        acknowledged: Callable[[], int],
        after_each: Callable[[], None],
    ) -> None:
        """`config` is the file that settings from afar are laid over; `acknowledged` counts since the start.

        Raises
        ------
        StorageError
            The journal of commands cannot be opened.
        """
        self.again = asyncio.Event()
        self._remote = remote
        self._config = config
        self._after_each = after_each
        self._counters = counters
        self._signals = LoopSignals(signals=signals)
        self._journal = CommandJournal.open(settings.data_dir / "commands.db")
        self._desk = CommandDesk(
            handlers=command_table(upload=upload, configure=self._configure, signals=self._signals),
            journal=self._journal,
            sink=sink,
            clock=clock,
            counters=counters,
        )
        self._post = CommandPost(self._desk, counters=counters, after_each=after_each)
        self._trial = ConfigurationTrial(
            remote=remote,
            acknowledged=acknowledged,
            confirm_s=settings.configuration.confirm_s,
            began_s=time.monotonic(),
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    def offer(self, arrived: CommandArrived) -> None:
        """Take a command as it came, on the event loop."""
        self._post.offer(arrived)

    async def run(self) -> None:
        """Answer what a kill left open, then take commands and watch the trial until cancelled."""
        self._loop = self._signals.loop = asyncio.get_running_loop()
        await self._guarded(self._begin)
        self._after_each()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name="commands")
            tasks.create_task(self._watch_trial(), name="configuration-trial")

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _begin(self) -> None:
        trial, settled = self._remote.trial, self._remote.settled
        self._desk.begin(unsettled=[one.command_id for one in (trial, settled) if one is not None])

    async def _watch_trial(self) -> None:
        while True:
            if self._remote.trial is not None:
                verdict = await self._guarded(partial(self._trial.look, time.monotonic()))
                if verdict is Verdict.TAKEN_BACK:
                    self.again.set()
            if self._remote.settled is not None:
                await self._guarded(self._tell)
                self._after_each()
            await asyncio.sleep(_LOOK_EVERY_S)

    def _tell(self) -> None:
        settled = self._remote.settled
        if settled is not None:
            self._desk.answer(settled.command_id, Answer(outcome=settled.outcome, detail=settled.detail))
            self._remote.told()

    async def _guarded(self, work: Callable[[], object]) -> object:
        """Do `work` off the event loop; what the disk refuses is done at the next look or start."""
        try:
            return await asyncio.to_thread(work)
        except StorageError as error:
            self._counters["command.not_noted"] += 1
            _log.error("command.not_noted", error=str(error))
            return None

    def _configure(self, command_id: str, asked: SetConfiguration) -> Answer | None:
        """Put settings on trial and start anew under them; the answer comes once they have proved good."""
        refused = self._remote.propose(command_id, asked, self._check)
        if refused is None and self._loop is not None:
            self._loop.call_soon_threadsafe(self.again.set)
        return refused

    def _check(self, overlay: Overlay) -> None:
        load_settings(self._config, over=overlay)
