"""The outbox file: its tables, how it is opened, and whether it is sound."""

import sqlite3
from pathlib import Path
from typing import Final

from vitals.errors import StorageError

APPLICATION_ID: Final = 0x43577278  # "CWrx"
USER_VERSION: Final = 1
SEQ_SPAN: Final = 1 << 40
"""A record's key is its epoch's number times this, plus its seq: one tree, each epoch in one stretch."""

_EPOCH_CLOCK: Final = """
CREATE TABLE IF NOT EXISTS epoch_clock (
    epoch TEXT PRIMARY KEY,
    boot_id TEXT NOT NULL,
    offset_ms INTEGER NOT NULL,
    synced INTEGER NOT NULL,
    shift_ms INTEGER
) STRICT, WITHOUT ROWID;
"""
_SCHEMA: Final = f"""
CREATE TABLE epoch (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    made INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    held_bytes INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE record (
    key INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    samples INTEGER,
    gives_way INTEGER NOT NULL,
    frame BLOB NOT NULL
) STRICT;
CREATE INDEX giving_way ON record (key) WHERE gives_way;
CREATE TABLE loss (
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    samples INTEGER,
    PRIMARY KEY (device, kind, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE opened (boot_id TEXT NOT NULL) STRICT;
{_EPOCH_CLOCK}
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {USER_VERSION};
"""

_CORRUPTION: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


def key_of(epoch_number: int, seq: int) -> int:
    """Return where record `seq` of an epoch lies."""
    return epoch_number * SEQ_SPAN + seq


def seq_of(key: int) -> int:
    """Return the seq of the record that lies at `key`."""
    return key % SEQ_SPAN


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, create its tables if it is new; a commit is on the disk when it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 4194304")
        connection.execute("PRAGMA secure_delete = ON")  # as Debian builds it: what is acknowledged is zeroed
        if connection.execute("PRAGMA user_version").fetchone() == (0,):
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        connection.execute(_EPOCH_CLOCK)  # a file of before times were reckoned has none
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open the file beside the process that owns it, or after its end."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)


def is_corruption(error: sqlite3.Error) -> bool:
    """Tell damage to the file from a full disk, a lock or a fault of ours."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _CORRUPTION


def is_sound(path: Path) -> bool:
    """Tell whether the file can be trusted as it is.

    Raises
    ------
    StorageError
        If it is whole but is not an outbox this program knows.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        if is_corruption(error):
            return False
        raise refusal(path, error) from error
    if found != ("ok",):
        return False
    if tables and (application, version) != (APPLICATION_ID, USER_VERSION):
        raise StorageError(
            f"{path} is a sound database but no outbox of version {USER_VERSION}: "
            "name another file, or run the newer program that wrote it"
        )
    return True


def refusal(path: Path, error: sqlite3.Error) -> StorageError:
    """Say what a failed transaction means and what to do; nothing of it was kept."""
    name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    remedy = _REMEDIES.get(name.split("_")[1], "see the gateway's log and check its disk")
    return StorageError(f"outbox {path} refused ({name}: {error}): {remedy}")


_REMEDIES: Final = {
    "FULL": "the disk is full: free space on it or lower outbox.max_bytes",
    "IOERR": "the disk failed: free space on it, then check its cable, card and file system",
    "READONLY": "the disk or the file is read-only: remount it or let the gateway's user write it",
    "CANTOPEN": "create its folder and let the gateway's user write there",
    "BUSY": "another process holds it: run one gateway a file",
    "LOCKED": "another process holds it: run one gateway a file",
}
