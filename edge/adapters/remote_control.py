"""What may be asked of the gateway from afar, while it runs: commands, and releases on trial."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from edge.adapters.command_post import CommandPost
from edge.adapters.loop_signals import LoopSignals
from edge.config import EdgeSettings, load_settings
from edge.counters import Counters
from edge.judging.models import Companions, ModelSet
from edge.ports import LocalSignals, Model, RecordSink
from edge.remote.command_journal import CommandJournal
from edge.remote.command_table import command_table
from edge.remote.commands import Answer, CommandDesk
from edge.remote.model_switch import ModelOpener, ModelSwitch
from edge.remote.release_desk import ReleaseDesk
from edge.remote.releases import Releases
from edge.remote.settable import refuse_less_room
from edge.remote.shelf import Shelf
from edge.remote.trial_watch import Patience, TrialWatch, Verdict, Wellness
from edge.remote.waveform_forgetting import WaveformForgetting
from edge.remote.waveform_upload import WaveformUpload
from edge.sending.uplink import CommandArrived
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.model_versions import ModelVersions
from vitals.settings import Overlay

__all__ = ["RemoteControl"]

_log = structlog.get_logger()

_LOOK_EVERY_S: Final = 0.5


class RemoteControl:
    """Runs for as long as the gateway does; when `again` is set, the gateway is to start anew."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        settings: EdgeSettings,
        *,
        releases: Releases,
        config: Path | None,
        models: ModelSet,
        opener: ModelOpener,
        in_force: Callable[[str], tuple[Model, Companions]],
        wellness: Wellness,
        is_synced: Callable[[], bool],
        upload: WaveformUpload,
        signals: LocalSignals,
        sink: RecordSink,
        clock: Clock,
        counters: Counters,
        after_each: Callable[[], None],
        waiting_bytes: Callable[[], int],
    ) -> None:
        """`config` is the file that settings from afar are laid over, `waiting_bytes` what the outbox holds.

        `opener` loads a model where it lies, `in_force` the one of a name that holds now.

        Raises
        ------
        StorageError
            The journal of commands cannot be opened.
        """
        self.again = asyncio.Event()
        self._releases = releases
        self._config = config
        self._after_each = after_each
        self._counters = counters
        self._in_force = in_force
        self._waiting_bytes = waiting_bytes
        self._signals = LoopSignals(signals=signals)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._versions = ModelVersions(path=settings.data_dir / "models.json")
        self._switch = ModelSwitch(
            models=models,
            shelves=releases.models,
            opener=opener,
            staging=settings.data_dir / "examined-model",
            shadow_s=settings.configuration.shadow_s,
            restart=self._start_anew,
        )
        self._desk = ReleaseDesk(
            gateway_id=settings.gateway_id,
            releases=releases,
            switch=self._switch,
            wellness=wellness,
            clock=clock,
            is_synced=is_synced,
            monotonic_s=time.monotonic,
            check=self._check,
            has_consent=settings.trust.alarms_from_afar,
            start_anew=self._start_anew,
        )
        self._journal = CommandJournal.open(settings.data_dir / "commands.db")
        self._commands = CommandDesk(
            handlers=command_table(
                upload=upload,
                fetch_model=self._desk.fetch_model,
                model_part=self._desk.model_part,
                apply_release=self._desk.apply,
                forget=WaveformForgetting(ring=upload.ring),
                signals=self._signals,
            ),
            journal=self._journal,
            sink=sink,
            clock=clock,
            counters=counters,
        )
        self._post = CommandPost(self._commands, counters=counters, after_each=after_each)
        self._trial = TrialWatch(
            releases=releases,
            wellness=wellness,
            patience=Patience(
                confirm_s=settings.configuration.confirm_s, settle_s=settings.configuration.settle_s
            ),
            began_s=time.monotonic(),
        )

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
            tasks.create_task(self._watch(), name="releases")

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _begin(self) -> None:
        open_ends = (one for shelf in self._releases.shelves for one in (shelf.trial, shelf.settled))
        self._commands.begin(unsettled=[one.command_id for one in open_ends if one is not None])

    async def _watch(self) -> None:
        while True:
            await self._guarded(self._look)
            if any(shelf.settled is not None for shelf in self._releases.shelves):
                await self._guarded(self._tell)
                self._after_each()
            await asyncio.sleep(_LOOK_EVERY_S)

    def _look(self) -> None:
        if self._switch.is_busy and (over := self._desk.step()) is not None:
            self._commands.answer(*over)
            self._after_each_soon()
        verdict, shelf = self._trial.look(time.monotonic())
        if shelf is not None:
            self._follow(verdict, shelf)

    def _follow(self, verdict: Verdict, shelf: Shelf) -> None:
        """Do what a verdict asks: a model that was kept is noted, what was taken back judges no more."""
        name = next((name for name, each in self._releases.models.items() if each is shelf), None)
        if verdict is Verdict.KEPT and name is not None:
            self._versions.note({name: shelf.version})
        elif verdict is Verdict.TAKEN_BACK and name is not None:
            self._switch.put_back(name, self._in_force)
        elif verdict is Verdict.TAKEN_BACK:
            self._start_anew()

    def _tell(self) -> None:
        for shelf in self._releases.shelves:
            if (settled := shelf.settled) is not None:
                self._commands.answer(
                    settled.command_id, Answer(outcome=settled.outcome, detail=settled.detail)
                )
                shelf.told()

    async def _guarded(self, work: Callable[[], object]) -> object:
        """Do `work` off the event loop; what the disk refuses is done at the next look or start."""
        try:
            return await asyncio.to_thread(work)
        except StorageError as error:
            self._counters["command.not_noted"] += 1
            _log.error("command.not_noted", error=str(error))
            return None

    def _start_anew(self) -> None:
        """Live anew under what holds now; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.again.set)

    def _after_each_soon(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._after_each)

    def _check(self, overlay: Overlay) -> None:
        """Refuse settings that cannot be used, or by which records that wait would have to go."""
        settings = load_settings(self._config, over=overlay)
        refuse_less_room(settings.outbox.max_bytes, waiting_bytes=self._waiting_bytes())
