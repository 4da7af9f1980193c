"""When the file is torn or corrupt: every record still whole moves to a new file, the old one is kept aside.

A salvaged record keeps its identity, so that what the cloud already has is absorbed there; new
records begin new epochs, because the damaged file cannot be trusted to know the numbers it gave out.
Interrupted at any point, it starts over at the next opening.
"""

import mmap
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.outbox import frame as framing
from edge.outbox.lanes import Extent, Lane, extent_of, lane_of
from edge.outbox.schema import SEQ_SPAN, connect, connect_read_only, key_of, refusal
from vitals.errors import StorageError, ValidationError
from vitals.wire.envelope import MAX_BATCH_BYTES, decode_record

LONGEST_FRAME_BYTES: Final = 4 * MAX_BATCH_BYTES
_COMPANIONS: Final = ("", "-wal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """What came out of a damaged file. `lost` is None where the file no longer says how much it held."""

    aside: Path
    records: int
    lost: int | None
    from_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    lane: str
    made: int
    taken: int  # stored or quarantined by the cloud


def is_interrupted(path: Path) -> bool:
    """Tell whether a salvage of `path` began and did not come to its end."""
    return not path.exists() and _newest_aside(path) is not None


def salvage(path: Path, *, now_ms: int) -> Salvage:
    """Set the damaged file aside and build a sound one in its place.

    Raises
    ------
    StorageError
        If the disk is read-only or has no room for both; the damaged file stays, whole, for the next
        attempt.
    """
    fresh = path.with_name(path.name + ".salvaging")
    try:
        aside = _set_aside(path, now_ms)
        _remove(fresh)
        with closing(connect(fresh)) as connection:
            outcome = _fill(connection, aside)
        fresh.replace(path)
        _sync_folder(path.parent)
    except sqlite3.Error as error:
        raise refusal(fresh, error) from error
    except OSError as error:
        raise StorageError(
            f"{path} is damaged and cannot be salvaged ({error}): make its disk writable, with room for both"
        ) from error
    return outcome


def _set_aside(path: Path, now_ms: int) -> Path:
    if not path.exists():
        aside = _newest_aside(path)
        if aside is None:
            raise StorageError(f"{path} is not there: nothing to salvage")
    else:
        newest = _newest_aside(path)  # its name stays the newest's even if the clock went back since
        number = now_ms if newest is None else max(now_ms, _number_of(newest) + 1)
        aside = path.with_name(f"{path.name}.damaged-{number}")
        path.rename(aside)
    with suppress(FileNotFoundError):
        path.with_name(path.name + "-wal").rename(f"{aside}-wal")
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    _sync_folder(path.parent)
    return aside


def _newest_aside(path: Path) -> Path | None:
    found = [
        other
        for other in path.parent.glob(f"{path.name}.damaged-*")
        if other.name.rsplit("-", 1)[1].isdigit()
    ]
    return max(found, key=_number_of, default=None)


def _number_of(aside: Path) -> int:
    return int(aside.name.rsplit("-", 1)[1])


def _fill(connection: sqlite3.Connection, aside: Path) -> Salvage:
    accounts = _accounts(aside)
    numbers: dict[str, int] = {}
    oldest_ms: int | None = None
    connection.execute("BEGIN IMMEDIATE")
    for epoch, account in accounts.items():
        numbers[epoch] = _add_epoch(connection, epoch, account.lane)
    _keep_clocks(connection, aside)
    _keep_losses(connection, aside)
    for found in _frames(aside):
        extent = _insert(connection, numbers, found)
        if extent is not None:
            oldest_ms = extent.from_ms if oldest_ms is None else min(oldest_ms, extent.from_ms)
    lost = 0
    for epoch, number in numbers.items():
        lost += _settle(connection, number, accounts.get(epoch))
    records = connection.execute("SELECT count(*) FROM record").fetchone()[0]
    connection.execute("COMMIT")
    return Salvage(aside=aside, records=records, lost=lost if accounts else None, from_ms=oldest_ms)


def _add_epoch(connection: sqlite3.Connection, epoch: str, lane: str) -> int:
    cursor = connection.execute("INSERT INTO epoch (name, lane) VALUES (?, ?)", (epoch, lane))
    return int(cursor.lastrowid or 0)


def _insert(connection: sqlite3.Connection, numbers: dict[str, int], found: framing.Frame) -> Extent | None:
    try:
        record = decode_record(found.payload)
    except ValidationError:
        return None
    lane = _lane_named(found.epoch) or lane_of(record)
    if found.epoch not in numbers:
        numbers[found.epoch] = _add_epoch(connection, found.epoch, lane)
    extent = extent_of(record)
    connection.execute(
        "INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key_of(numbers[found.epoch], found.seq),
            extent.device,
            extent.kind,
            extent.from_ms,
            extent.to_ms,
            extent.samples,
            lane is Lane.WAVEFORMS and lane_of(record) is Lane.WAVEFORMS,
            framing.pack(found),
        ),
    )
    return extent


def _settle(connection: sqlite3.Connection, number: int, account: _Account | None) -> int:
    """Balance an epoch's account with what was found of it; return how many records are lost."""
    held, held_bytes, last_key = connection.execute(
        "SELECT count(*), coalesce(sum(length(frame)), 0), coalesce(max(key), 0) FROM record"
        " WHERE key BETWEEN ? AND ?",
        (key_of(number, 0), key_of(number + 1, 0) - 1),
    ).fetchone()
    made = max(last_key % SEQ_SPAN, account.made if account else 0)
    lost = max(0, made - held - account.taken) if account else 0
    connection.execute(
        "UPDATE epoch SET made = ?, held = ?, held_bytes = ?, stored = ?, lost = ? WHERE number = ?",
        (made, held, held_bytes, made - held - lost, lost, number),
    )
    return lost


def _accounts(aside: Path) -> dict[str, _Account]:
    with suppress(sqlite3.Error), closing(connect_read_only(aside)) as connection:
        rows = connection.execute("SELECT name, lane, made, stored + quarantined FROM epoch").fetchall()
        return {name: _Account(lane=lane, made=made, taken=taken) for name, lane, made, taken in rows}
    return {}


def _keep_clocks(connection: sqlite3.Connection, aside: Path) -> None:
    """Carry over what the epochs' times rest on, if the damaged file still tells."""
    with suppress(sqlite3.Error), closing(connect_read_only(aside)) as damaged:
        rows = damaged.execute(
            "SELECT epoch, boot_id, offset_ms, synced, shift_ms FROM epoch_clock"
        ).fetchall()
        connection.executemany("INSERT INTO epoch_clock VALUES (?, ?, ?, ?, ?)", rows)


def _keep_losses(connection: sqlite3.Connection, aside: Path) -> None:
    """Carry over what was refused and is not stated yet, if the damaged file still tells."""
    with suppress(sqlite3.Error), closing(connect_read_only(aside)) as damaged:
        rows = damaged.execute("SELECT device, kind, reason, from_ms, to_ms, samples FROM loss").fetchall()
        connection.executemany("INSERT INTO loss VALUES (?, ?, ?, ?, ?, ?)", rows)


def _frames(aside: Path) -> Iterator[framing.Frame]:
    """Yield what the tree still gives, from both ends, then what lies among the raw bytes."""
    for order in ("ASC", "DESC"):
        yield from _frames_in_tree(aside, order)
    for companion in _COMPANIONS:
        yield from _frames_in_bytes(aside.with_name(aside.name + companion))


def _frames_in_tree(aside: Path, order: str) -> Iterator[framing.Frame]:
    with suppress(sqlite3.Error), closing(connect_read_only(aside)) as connection:
        for (stored,) in connection.execute(f"SELECT frame FROM record ORDER BY key {order}"):  # noqa: S608 - ASC or DESC
            found = framing.unpack(stored) if isinstance(stored, bytes) else None
            if found is not None:
                yield found


def _frames_in_bytes(file: Path) -> Iterator[framing.Frame]:
    if not file.exists() or file.stat().st_size == 0:
        return
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        yield from framing.scan(raw, LONGEST_FRAME_BYTES)


def _lane_named(epoch: str) -> Lane | None:
    return next((lane for lane in Lane if epoch.endswith(f"-{lane}")), None)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
