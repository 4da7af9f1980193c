"""Settings given from afar, in versions: tried, and taken back by the gateway itself if they fail.

    none --propose--> trial --the cloud acknowledges--> kept
                        |---no acknowledgement in time, no start, three starts---> the version before

Files of one folder: `VERSION.toml` for the version in use and the one before, and `state.json`, which
says which is which and is replaced whole. What cannot be changed from afar is in `KEPT_HERE`: whoever takes
the cloud over must not own every home by it.
"""

import hashlib
import os
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from edge.remote.commands import Answer
from vitals.errors import ConfigurationError, StorageError
from vitals.records import CommandOutcome
from vitals.settings import Overlay
from vitals.wire.command import SetConfiguration

__all__ = ["KEPT_HERE", "MOST_STARTS", "RemoteConfiguration", "Settled", "Trial"]

_log = structlog.get_logger()

MOST_STARTS: Final = 3
"""How often a version on trial may start without proving good: a gateway that crashes under it gives up."""

_NAMES_A_FILE: Final = "it is a path of this computer: choose it on the gateway"

KEPT_HERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gateway_id": "it is who the gateway is: enrol it anew instead",
        "data_dir": "its records wait there: move them by hand",
        "mqtt": "it is the way to the cloud: a mistake would cut the gateway off",
        "http": "it is the other way to the cloud, and who this gateway is there",
        "clock": "it is for demonstrations, and wrong times cannot be taken back",
        "configuration": "it is what takes a mistake back",
        "log": "it is set up once, before settings from afar are read",
        "page": "who may see it is decided in the home it shows",
        "alarms.command": "it is a program that would be run here: choose it on the gateway",
        "models": _NAMES_A_FILE,
        "model_keys": "whoever may vouch for a model is settled at the gateway",
        "runtime_dir": _NAMES_A_FILE,
        "radio.lock_dir": _NAMES_A_FILE,
        "ring.keep_free_bytes": "it is what keeps waveforms from filling the disk",
    }
)
"""Settings refused from afar, and why: a whole table, or one key of a table."""


class Trial(Struct, frozen=True, kw_only=True):
    """A version that has not proved good yet, and the command that gave it."""

    command_id: str
    version: int
    starts: int = 0


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


class RemoteConfiguration:
    """The versions in one folder. Version 0 is none: the gateway's own file alone.

    Safe to use from several threads: a command may give settings while those before are judged.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Raises
        ------
        StorageError
            If the folder cannot be read. A state that makes no sense is begun anew, and said.
        """
        self._lock = threading.RLock()
        self._folder = folder
        self._state_file = folder / "state.json"
        self._state = self._load()

    @property
    def version(self) -> int:
        """The version in use."""
        return self._state.current

    @property
    def trial(self) -> Trial | None:
        """The version on trial, if one is."""
        return self._state.trial

    @property
    def settled(self) -> Settled | None:
        """How the last trial ended, until that is told."""
        return self._state.settled

    def begin(self) -> None:
        """Take note of a start; a version on trial that has had its starts is taken back.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            trial = self._state.trial
            if trial is None:
                return
            if trial.starts >= MOST_STARTS:
                self.roll_back(
                    f"the gateway started {trial.starts} times under it without reaching the cloud"
                )
            else:
                tried = msgspec.structs.replace(trial, starts=trial.starts + 1)
                self._keep(msgspec.structs.replace(self._state, trial=tried))

    def overlay(self) -> Overlay | None:
        """Return the settings of the version in use; None: there are none.

        Raises
        ------
        ConfigurationError
            If its file is gone or damaged.
        """
        if not self._state.current:
            return None
        file = self._file(self._state.current)
        try:
            return _overlay(self._state.current, file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{file}: cannot be read ({error}); send the settings again") from error

    def propose(
        self, command_id: str, asked: SetConfiguration, check: Callable[[Overlay], object]
    ) -> Answer | None:
        """Put a version on trial, or answer why not; `check` raises ConfigurationError if it cannot be used.

        Raises
        ------
        StorageError
            If it cannot be kept; the version in use stays.
        """
        with self._lock:
            refusal = self._refusal(asked, check)
            if refusal is not None:
                return Answer(outcome=CommandOutcome.REFUSED, detail=refusal)
            self._write(self._file(asked.version), asked.toml.encode())
            state = msgspec.structs.replace(
                self._state,
                current=asked.version,
                previous=self._state.current,
                highest=asked.version,
                trial=Trial(command_id=command_id, version=asked.version),
            )
            self._keep(state)
            _log.info("configuration.on_trial", version=asked.version, before=state.previous)
            return None

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
                _log.info("configuration.confirmed", version=trial.version)
                self._settle(self._state, CommandOutcome.DONE, f"version {trial.version} is in use")

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
                _log.error("configuration.rolled_back", version=trial.version, to=before, reason=reason)
                back = msgspec.structs.replace(self._state, current=before, previous=0)
                self._settle(back, CommandOutcome.FAILED, f"taken back to version {before}: {reason}")

    def give_up(self, reason: str) -> None:
        """Go on without a version that was good once and cannot be used any more.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        with self._lock:
            before = self._state.previous
            _log.error("configuration.given_up", version=self._state.current, to=before, reason=reason)
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

    def _refusal(self, asked: SetConfiguration, check: Callable[[Overlay], object]) -> str | None:
        if self._state.trial is not None:
            return f"version {self._state.trial.version} is on trial: wait for its answer"
        if asked.version <= self._state.highest:
            return f"version {asked.version} is not above {self._state.highest}, the highest there was"
        if hashlib.sha256(asked.toml.encode()).hexdigest() != asked.sha256:
            return "its text has another SHA-256: send it again"
        try:
            overlay = _overlay(asked.version, asked.toml)
            kept = [f"{key}: {why}" for key, why in KEPT_HERE.items() if _sets(overlay.content, key)]
            if not kept:
                check(overlay)
        except ConfigurationError as error:
            return str(error)
        return "; ".join(kept) or None

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
            _log.error("configuration.unreadable", file=str(self._state_file), error=str(error))
            return _State(highest=max(map(int, self._versions()), default=0))
        except OSError as error:
            raise StorageError(
                f"{self._state_file} cannot be read ({error}): let the gateway's user read it"
            ) from error

    def _keep(self, state: _State) -> None:
        """Make `state` what holds, whole or not at all; then let go of versions that are neither."""
        self._write(self._state_file, msgspec.json.encode(state))
        self._state = state
        for version in self._versions():
            if int(version) not in {state.current, state.previous}:
                self._file(int(version)).unlink(missing_ok=True)

    def _write(self, file: Path, content: bytes) -> None:
        fresh = file.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            fresh.replace(file)
            _sync_folder(self._folder)
        except OSError as error:
            raise StorageError(f"{file} cannot be written ({error}): check the gateway's disk") from error

    def _versions(self) -> list[str]:
        return [file.stem for file in self._folder.glob("*.toml") if file.stem.isdecimal()]

    def _file(self, version: int) -> Path:
        return self._folder / f"{version}.toml"


def _overlay(version: int, text: str) -> Overlay:
    name = f"configuration version {version}"
    try:
        return Overlay(name=name, content=tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name}: is not TOML ({error}); correct that line") from error


def _sets(content: Mapping[str, Any], key: str) -> bool:
    """Tell whether settings say anything of `key`, be it a table or a key of one."""
    table, _, name = key.partition(".")
    held = content.get(table)
    return table in content and (not name or (isinstance(held, Mapping) and name in held))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
