"""The versions of one thing given from afar: tried, and taken back by the gateway itself if they fail.

    none --propose--> trial --well for long enough--> kept
                        |---not well in time, no start, three starts---> the version before

One folder: a folder `VERSION` for the version in use and the one before, and `state.json`, which says which
is which and is replaced whole. A version is written before the state names it, so that wherever a kill falls
the state names a version that is whole: the old one, or the new one on trial.
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from edge.remote.durably import discard, write_file, write_folder
from vitals.errors import StorageError
from vitals.records import CommandOutcome
from vitals.release import Refusal

__all__ = ["MOST_STARTS", "Baseline", "Settled", "Shelf", "Trial"]

_log = structlog.get_logger()

MOST_STARTS: Final = 3
"""How often a version on trial may start without proving good: a gateway that crashes under it gives up."""


class Baseline(Struct, frozen=True, kw_only=True):
    """What went well before a trial began, and must again: wearables that streamed, models that judged."""

    wearables: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Trial(Struct, frozen=True, kw_only=True):
    """A version not proved good yet, the command that gave it, and what must go as well as before."""

    command_id: str
    version: int
    starts: int = 0
    baseline: Baseline = Baseline()
    note: str = ""
    """What is to be told beside the verdict."""


class Settled(Struct, frozen=True, kw_only=True):
    """How a trial ended: what its command is still to be answered with."""

    command_id: str
    outcome: CommandOutcome
    detail: str


class _State(Struct, frozen=True, kw_only=True):
    current: int = 0
    previous: int = 0
    highest: int = 0
    trial: Trial | None = None
    settled: Settled | None = None


class Shelf:
    """The versions in one folder; `line` names in words what they are versions of. Version 0 is none.

    Safe to use from several threads: a command may give a version while the one before is judged.
    """

    def __init__(self, folder: Path, line: str) -> None:
        """Read what is there.

        Raises
        ------
        StorageError
            If the folder cannot be read. A state that makes no sense is begun anew, and said.
        """
        self.line = line
        self._lock = threading.RLock()
        self._folder = folder
        self._state_file = folder / "state.json"
        self._state = self._load()

    @property
    def version(self) -> int:
        """The version in use."""
        return self._state.current

    @property
    def highest(self) -> int:
        """The highest version there ever was here."""
        return self._state.highest

    @property
    def trial(self) -> Trial | None:
        """The version on trial, if one is."""
        return self._state.trial

    @property
    def settled(self) -> Settled | None:
        """How the last trial ended, until that is told."""
        return self._state.settled

    @property
    def folder(self) -> Path | None:
        """Where the files of the version in use lie; `None`: there is none."""
        return self._place(self._state.current) if self._state.current else None

    def begin(self, *, seen: int = 0) -> None:
        """Take note of a start; a version on trial that has had its starts is taken back.

        `seen` is the highest version known elsewhere. A folder that knows of less is one of an earlier day,
        brought back by somebody: what lies in it is not used.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            if seen > self._state.highest:
                _log.error("release.brought_back", line=self.line, highest=self._state.highest, seen=seen)
                self._keep(_State(highest=seen))
            trial = self._state.trial
            if trial is None:
                return
            if trial.starts >= MOST_STARTS:
                self.roll_back(f"the gateway started {trial.starts} times under it without proving well")
            else:
                tried = msgspec.structs.replace(trial, starts=trial.starts + 1)
                self._keep(msgspec.structs.replace(self._state, trial=tried))

    def propose(self, trial: Trial, files: Mapping[str, bytes]) -> None:
        """Put a version on trial, whose number must be above every one before.

        Raises
        ------
        StorageError
            If it cannot be kept; the version in use stays.
        """
        with self._lock:
            write_folder(self._place(trial.version), files)
            before = self._state.current
            state = msgspec.structs.replace(
                self._state, current=trial.version, previous=before, highest=trial.version, trial=trial
            )
            self._keep(state)
            _log.info("release.on_trial", line=self.line, version=trial.version, before=before)

    def confirm(self) -> None:
        """Keep the version on trial: it has proved good.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            trial = self._state.trial
            if trial is not None:
                _log.info("release.kept", line=self.line, version=trial.version)
                detail = f"version {trial.version} is in use"
                self._settle(
                    self._state, CommandOutcome.DONE, f"{detail}; {trial.note}" if trial.note else detail
                )

    def roll_back(self, reason: str) -> None:
        """Go back to the version before, and remember to say why.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            trial = self._state.trial
            if trial is not None:
                before = self._state.previous
                _log.error(
                    "release.rolled_back", line=self.line, version=trial.version, to=before, reason=reason
                )
                back = msgspec.structs.replace(self._state, current=before, previous=0)
                told = Refusal.ROLLED_BACK.told(f"taken back to version {before}: {reason}")
                self._settle(back, CommandOutcome.FAILED, told)

    def give_up(self, reason: str) -> None:
        """Go on without a version that was good once and cannot be used any more, or is on trial.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            if self._state.trial is not None:
                self.roll_back(reason)
                return
            before = self._state.previous
            _log.error(
                "release.given_up", line=self.line, version=self._state.current, to=before, reason=reason
            )
            self._keep(msgspec.structs.replace(self._state, current=before, previous=0))

    def told(self) -> None:
        """Forget how the last trial ended: its command is answered.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            self._keep(msgspec.structs.replace(self._state, settled=None))

    def _settle(self, state: _State, outcome: CommandOutcome, detail: str) -> None:
        trial = state.trial
        if trial is not None:
            settled = Settled(command_id=trial.command_id, outcome=outcome, detail=detail)
            self._keep(msgspec.structs.replace(state, trial=None, settled=settled))

    def _load(self) -> _State:
        try:
            return msgspec.json.decode(self._state_file.read_bytes(), type=_State)
        except FileNotFoundError:
            return _State()
        except msgspec.MsgspecError as error:
            _log.error("release.state_unreadable", file=str(self._state_file), error=str(error))
            return _State(highest=max(self._versions(), default=0))
        except OSError as error:
            raise StorageError(
                f"{self._state_file} cannot be read ({error}): let the gateway's user read it"
            ) from error

    def _keep(self, state: _State) -> None:
        """Make `state` what holds, whole or not at all; then let go of versions that are neither."""
        write_file(self._state_file, msgspec.json.encode(state))
        self._state = state
        kept = {self._state_file, self._place(state.current), self._place(state.previous)}
        for place in self._places():
            if place not in kept:
                discard(place)

    def _places(self) -> list[Path]:
        """Return what lies here; what the disk will not show is let go of another time."""
        try:
            return list(self._folder.iterdir())
        except OSError as error:
            _log.warning("release.not_tidied", folder=str(self._folder), error=str(error))
            return []

    def _versions(self) -> list[int]:
        return [int(place.name) for place in self._folder.glob("*") if place.name.isdecimal()]

    def _place(self, version: int) -> Path:
        return self._folder / str(version)
