"""Is there room, may it be written, is the outbox sound."""

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from edge.doctor.finding import Case, Finding, Verdict
from edge.outbox import read_status
from edge.outbox.schema import connect_read_only
from edge.outbox.status import OutboxStatus
from edge.page.words import amount, counted, lasting
from vitals.errors import StorageError

__all__ = ["check_data_dir", "check_outbox"]

_TIGHT_BYTES: Final = 1 << 30
_FULL_BYTES: Final = 200 << 20
_LONG_WAIT_S: Final = 3600
_STEPS_A_LOOK: Final = 100_000


def check_data_dir(case: Case) -> list[Finding]:
    """Write, flush and delete a small file where the gateway keeps its own; ask for the room left."""
    folder = case.settings.data_dir
    try:
        _write_somewhere(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return [_row(Verdict.FAIL, f"{folder} cannot be written: {error.strerror}", _WRITE_IT)]
    says = f"{folder} can be written, {amount(free)} free"
    if free < _FULL_BYTES:
        return [_row(Verdict.FAIL, says, "free space on the disk: soon nothing more can be kept")]
    if free < _TIGHT_BYTES:
        return [_row(Verdict.WARN, says, "free space: a long outage of the cloud needs more")]
    return [_row(Verdict.OK, says)]


def check_outbox(case: Case) -> list[Finding]:
    """Read what waits and for how long, and whether the file is sound."""
    path = case.settings.outbox_file
    if not path.exists():
        return [_outbox(Verdict.WARN, "there is none yet", "start the gateway once: it makes the file")]
    try:
        status, is_sound = read_status(path), _is_sound(path, case.limit_s)
    except (StorageError, sqlite3.Error) as error:
        return [_outbox(Verdict.FAIL, str(error), "start the gateway: it salvages what is whole")]
    if is_sound is False:
        return [
            _outbox(Verdict.FAIL, "the file is damaged", "restart the gateway: it salvages what is whole")
        ]
    return [_waiting(case, status, checked="sound" if is_sound else "too large to check whole in time")]


def _waiting(case: Case, status: OutboxStatus, *, checked: str) -> Finding:
    if not status.records:
        return _outbox(Verdict.OK, f"{checked}, nothing waits")
    now_ms = case.settings.clock.clock().wall_ms()
    waits_s = max(0.0, (now_ms - (status.oldest_ms or now_ms)) / 1000)
    says = f"{checked}; {counted(status.records, 'record')} to be sent, the oldest for {lasting(waits_s)}"
    if waits_s > _LONG_WAIT_S:
        return _outbox(Verdict.WARN, says, "find out why the cloud does not take them: see the broker below")
    return _outbox(Verdict.OK, says)


def _is_sound(path: Path, limit_s: float) -> bool | None:
    """Return whether SQLite finds the file sound; `None` if it is too large to tell in time."""
    until_s = time.monotonic() + limit_s
    with closing(connect_read_only(path)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > until_s, _STEPS_A_LOOK)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return None
            raise


def _write_somewhere(folder: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
        probe.write(b"carewire")
        probe.flush()
        os.fsync(probe.fileno())


_WRITE_IT: Final = "create the folder and let the gateway's user write there"


def _row(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="data", verdict=verdict, says=says, remedy=remedy)


def _outbox(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="outbox", verdict=verdict, says=says, remedy=remedy)
