"""One SQLite file: one writer at a time, any number of readers, errors in this project's words."""

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Full, LifoQueue
from types import MappingProxyType

from vitals.errors import DamagedError, StorageError

__all__ = ["SqliteFile", "Step", "advice", "translated"]

Step = str | Callable[[sqlite3.Connection], None]
"""Statements, or what does in a transaction what no statement can."""

_PAGE_BYTES = 2_048  # an hour packed takes some 6 kB: of larger pages its last would stand half empty
_PAGES_A_ROW = 16_384
_PAGES_A_TRIM = 512
_INCREMENTAL = 2
_IDLE_READERS = 8
_PRIMARY_CODE = 0xFF  # the low byte of an extended result code

_ADVICE = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: "another process holds it; wait, or stop that process",
        sqlite3.SQLITE_LOCKED: "another process holds it; wait, or stop that process",
        sqlite3.SQLITE_FULL: "the disk is full; free some space",
        sqlite3.SQLITE_READONLY: "it is read-only; give this service the right to write it and its folder",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and is writable",
        sqlite3.SQLITE_CORRUPT: "it is damaged; stop the service and restore the last backup",
        sqlite3.SQLITE_NOTADB: "it is no SQLite database; name another file",
        sqlite3.SQLITE_IOERR: "the disk failed; check it, then start the service again",
    }
)

_DISK_CODES = MappingProxyType(
    {
        errno.ENOSPC: sqlite3.SQLITE_FULL,
        errno.EDQUOT: sqlite3.SQLITE_FULL,
        errno.EFBIG: sqlite3.SQLITE_FULL,
        errno.EROFS: sqlite3.SQLITE_READONLY,
        errno.EACCES: sqlite3.SQLITE_READONLY,
        errno.ENOENT: sqlite3.SQLITE_CANTOPEN,
        errno.EIO: sqlite3.SQLITE_IOERR,
    }
)


class SqliteFile:
    """A file in WAL mode with `synchronous=FULL`: a committed transaction survives a power cut."""

    def __init__(self, path: Path, *, steps: Sequence[Step], busy_timeout_ms: int = 5_000) -> None:
        """Open or create the file and take those of `steps` it has not had; its version counts them.

        Raises
        ------
        StorageError
            If it cannot be opened or was written by a newer version of this program.
        """
        self._path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._turn = threading.Lock()
        self._damage: str | None = None
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue(_IDLE_READERS)
        with translated(self._path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
        try:
            self._prepare(steps)
        except StorageError:
            self._writer.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: all of it is durable when this returns, or none of it is.

        Raises
        ------
        StorageError
            If the file is locked, full, damaged or otherwise refuses; nothing was stored.
        """
        with self._turn, self._noticed(), translated(self._path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # some errors have rolled back already
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """See the file as it was at one moment, beside whoever writes it."""
        with self._noticed(), translated(self._path):
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    def trim(self) -> bool:
        """Give some of the room that deleted rows left back to the disk; tell whether there is more of it.

        A file made before it could be given back keeps its room for rows to come.
        """
        with self._turn, translated(self._path):
            spare = self._spare_pages()
            if spare:
                self._writer.executescript(f"PRAGMA incremental_vacuum({min(spare, _PAGES_A_TRIM)})")
            return spare > _PAGES_A_TRIM

    def _spare_pages(self) -> int:
        """Return how many free pages are more than the file needs to breathe, if they can be given back."""
        names = ("auto_vacuum", "page_count", "freelist_count")
        kept = {name: self._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
        breath = max(_PAGES_A_TRIM, kept["page_count"] // 20)
        return max(0, kept["freelist_count"] - breath) if kept["auto_vacuum"] == _INCREMENTAL else 0

    def wipe(self) -> None:
        """Overwrite whatever was deleted, in the file and in its log.

        Raises
        ------
        StorageError
            If others are still reading what was there before, or the file refuses.
        """
        with self.write() as connection:
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
            connection.execute("CREATE TABLE wiping (zeros BLOB)")
            rows = [(min(pages, _PAGES_A_ROW) * size,) for pages in range(free, 0, -_PAGES_A_ROW)]
            connection.executemany("INSERT INTO wiping VALUES (zeroblob(?))", rows)
            connection.execute("DROP TABLE wiping")
        with self._turn, translated(self._path):
            (busy, _, _) = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageError(f"{self._path}: others still read what was there before: do it again")

    def troubles(self) -> tuple[str, ...]:
        """Return what was last found to be damaged, in words: it does not heal."""
        return () if self._damage is None else (f"series: {self._damage}",)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def close(self) -> None:
        """Close every connection nobody is using."""
        with self._turn:
            self._writer.close()
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _prepare(self, steps: Sequence[Step]) -> None:
        with self.write() as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found > len(steps):
                raise StorageError(
                    f"{self._path} was written by a newer version of this program "
                    f"({found}, this one knows {len(steps)}): update this program"
                )
            for step in steps[found:]:
                _take(connection, step)
            connection.execute(f"PRAGMA user_version = {len(steps)}")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=self._busy_timeout_ms / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        if not connection.execute("PRAGMA page_count").fetchone()[0]:  # it is yet to be made
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = FAST")  # zeroes what is deleted where it writes anyway
        return connection

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            self._idle.put_nowait(connection)
        except Full:
            connection.close()

    @contextmanager
    def _noticed(self) -> Iterator[None]:
        try:
            yield
        except DamagedError as error:
            self._damage = str(error)
            raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say of the file at `path` into a StorageError that says what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        kind = DamagedError if code == sqlite3.SQLITE_CORRUPT else StorageError
        raise kind(f"{path}: {error}: {advice(error) or 'nothing was stored; see the cause'}") from error


def advice(error: BaseException) -> str | None:
    """Return what to do about what SQLite or the disk said, if that is known."""
    if isinstance(error, OSError):
        return _ADVICE.get(_DISK_CODES.get(error.errno or 0, 0))
    return _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)


def _take(connection: sqlite3.Connection, step: Step) -> None:
    if callable(step):
        step(connection)
        return
    for statement in filter(str.strip, step.split(";")):
        connection.execute(statement)
