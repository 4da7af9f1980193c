"""What of each wearable is safe, kept on disk: what a restarted gateway owes a gap for, or need not fetch.

A kind of one device is spelled `DEVICE/KIND`, a characteristic's stored records `DEVICE/UUID`; a device
alone, as earlier versions wrote, is its ECG.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import structlog

from edge.streams.record_book import RecordMemory
from vitals.errors import StorageError

__all__ = ["NOTHING_YET", "LastSeen", "Progress", "device_of", "key_of", "of_device"]

_log = structlog.get_logger()

_BETWEEN: Final = "/"
_SPARE_EVERY: Final = 240
"""Saves from one spare copy to the next: about a minute, at four a second."""
_MADE_UP: Final = 0.05
"""So much of an alarm made up for is worth a write: an hour or so at one a day."""
_T = TypeVar("_T")


def key_of(device: str, kind: str) -> str:
    """Return how a kind of one device is spelled."""
    return f"{device}{_BETWEEN}{kind}"


def device_of(key: str) -> str:
    """Return the device that a key is of."""
    return key.partition(_BETWEEN)[0]


def of_device(device: str, known: Mapping[str, _T]) -> dict[str, _T]:
    """Return what is known of one device, by kind or UUID."""
    start = key_of(device, "")
    return {key.removeprefix(start): value for key, value in known.items() if key.startswith(start)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the records returned so far go: by kind in time, by characteristic in stored records.

    `spent` is what each condition's alarm budget has spent and not made up for, in alarms; `standing` the
    event id of each episode of a heart, or after a fall, that was told to begin, and not to end.
    """

    safe_until_ms: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, RecordMemory] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)

    def newest_ms(self, device: str) -> int | None:
        """Return the last time in ms of any kind of one device; `None`: nothing is known of it."""
        return max(of_device(device, self.safe_until_ms).values(), default=None)


NOTHING_YET: Final = Progress()


class LastSeen:
    """Four small files, replaced whole: times at each write, the others when they tell of something new.

    They are written after the records they speak of are durable and are not flushed themselves: after a
    power cut they may be older than those are. A gap then claims a little too much, never too little, and
    a stored record is fetched again. Should the times be torn, a spare copy that was flushed stands in: of
    a gateway that remembers nothing, nobody would know that it was down.
    """

    def __init__(self, path: Path) -> None:
        """`path` names the times; beside it lie `records-seen.json` and the like."""
        self._path = path
        self._spare_path = path.with_name("last-seen-spare.json")
        self._records_path = path.with_name("records-seen.json")
        self._budgets_path = path.with_name("alarm-budgets.json")
        self._standing_path = path.with_name("episodes-standing.json")
        self._records: Mapping[str, RecordMemory] = {}
        self._written: Mapping[str, RecordMemory] = {}
        self._spent: Mapping[str, float] = {}
        self._standing: Mapping[str, str] = {}
        self._saves = 0

    def load(self) -> Progress:
        """Return what was kept; nothing of a file that is missing or makes no sense."""
        kept = _read(self._path, dict[str, int]) or _read(self._spare_path, dict[str, int])
        times_ms = {key if _BETWEEN in key else key_of(key, "ecg"): t_ms for key, t_ms in kept.items()}
        self._records = self._written = _read(self._records_path, dict[str, RecordMemory])
        self._spent = _read(self._budgets_path, dict[str, float])
        self._standing = _read(self._standing_path, dict[str, str])
        return Progress(
            safe_until_ms=times_ms, records=self._records, spent=self._spent, standing=self._standing
        )

    def save(self, progress: Progress) -> None:
        """Keep how far the records go that are durable.

        Raises
        ------
        StorageError
            The disk refuses; what is durable is known all the same until the gateway ends.
        """
        self._records = progress.records
        _write(self._path, dict(progress.safe_until_ms))
        if self._saves % _SPARE_EVERY == 0:
            _write(self._spare_path, dict(progress.safe_until_ms), is_flushed=True)
        self._saves += 1
        if progress.records != self._written:
            _write(self._records_path, dict(progress.records))
            self._written = progress.records
        if _is_news(self._spent, progress.spent):
            _write(self._budgets_path, dict(progress.spent))
            self._spent = dict(progress.spent)
        if progress.standing != self._standing:
            _write(self._standing_path, dict(progress.standing))
            self._standing = dict(progress.standing)

    def last_sequence(self, device: str, uuid: str) -> int | None:
        """Return the number of the last stored record of a characteristic that is durable, or `None`.

        That record is to be asked for again, with all after it: if the wearable shows another under its
        number, or none, it counts anew, and all it has is to be asked for. `None` says so at once.
        """
        memory = self._records.get(key_of(device, uuid))
        return None if memory is None else memory.next_from


def _is_news(written: Mapping[str, float], spent: Mapping[str, float]) -> bool:
    """Tell whether an alarm was spent, or enough made up for: a crash may cost of that, never a charge."""
    return any(
        alarms > written.get(key, 0.0) or alarms <= written.get(key, 0.0) - _MADE_UP
        for key, alarms in spent.items()
    )


def _read(path: Path, form: type[dict[str, _T]]) -> dict[str, _T]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=form)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        _log.warning("last_seen.unreadable", file=path.name, error=str(error))
        return {}


def _write(path: Path, content: object, *, is_flushed: bool = False) -> None:
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(content))
            if is_flushed:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error}): check the gateway's disk") from error
