"""How far the clock could be believed while an epoch was filled.

A Pi has no battery clock: it boots with the time of its last shutdown, or with 1970, and jumps when
NTP answers. Times stay as they were stamped. What makes them right later is kept beside them: the
boot, the clock's offset from the time since that boot, and, once NTP has answered, the shift.
An epoch never holds times of two reckonings.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.outbox.epochs import Epochs
from edge.outbox.lanes import LANES
from vitals.clock import Clock
from vitals.wire.envelope import Making

__all__ = ["Reckoning", "Timekeeper", "making_of", "reckoned"]

STEP_MS: Final = 1_000
"""A clock nobody holds that moves this far against the time since boot was set by somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What the wall clock rests on; `offset_ms` is wall time less time since boot."""

    boot_id: str
    offset_ms: int
    synced: bool

    def outlives(self, now: "Reckoning") -> bool:
        """Tell whether times stamped `now` are as good, and off by as much, as those stamped then.

        Never over a start of the machine: of a card that was copied two machines go on from one file, and by
        one numbering what the second sends would be taken for what the first has sent.
        """
        if self.boot_id != now.boot_id or self.synced != now.synced:
            return False
        return self.synced or abs(now.offset_ms - self.offset_ms) <= STEP_MS


class Timekeeper:
    """Tells what the clock rests on now. Safe to use from several threads."""

    def __init__(self, *, clock: Clock, boot_id: str, is_synced: Callable[[], bool]) -> None:
        """`boot_id` names the machine's present boot; `is_synced` tells whether NTP holds the clock."""
        self.boot_id = boot_id
        self.wall_ms = clock.wall_ms
        self._clock = clock
        self._is_synced = is_synced
        self._was_synced = False

    def now(self) -> Reckoning:
        """Return what the clock rests on; once NTP held it, it is believed until the next boot.

        The kernel doubts a clock again hours after NTP fell silent, long before it errs by a second.
        """
        self._was_synced = self._was_synced or self._is_synced()
        offset_ms = self._clock.wall_ms() - round(self._clock.monotonic_s() * 1000)
        return Reckoning(boot_id=self.boot_id, offset_ms=offset_ms, synced=self._was_synced)


def reckoned(
    connection: sqlite3.Connection, epochs: Epochs, now: Reckoning, new_epoch: Callable[[str], str]
) -> tuple[Epochs, Reckoning]:
    """Return epochs whose times all rest on `now`, begun anew if they have to be; keep what it is."""
    _settle(connection, now)
    if not all(known is None or known.outlives(now) for known in _current(connection, epochs).values()):
        epochs = Epochs.begin(connection, new_epoch, renew=True)
    for epoch, known in _current(connection, epochs).items():
        if known is None:
            connection.execute(
                "INSERT INTO epoch_clock VALUES (?, ?, ?, ?, NULL)",
                (epoch, now.boot_id, now.offset_ms, now.synced),
            )
    return epochs, now


def making_of(connection: sqlite3.Connection, epoch: str) -> Making | None:
    """Return what a batch says of the time its records were made in; `None`: not kept."""
    row = connection.execute(
        "SELECT boot_id, offset_ms, synced, shift_ms FROM epoch_clock WHERE epoch = ?", (epoch,)
    ).fetchone()
    return row and Making(boot_id=row[0], offset_ms=row[1], synced=bool(row[2]), shift_ms=row[3])


def _current(connection: sqlite3.Connection, epochs: Epochs) -> dict[str, Reckoning | None]:
    """Return what the times of each lane's current epoch rest on, as far as that is kept."""
    names = [epochs.current(lane).name for lane in LANES]
    made = {name: making_of(connection, name) for name in names}
    return {
        name: Reckoning(boot_id=one.boot_id, offset_ms=one.offset_ms, synced=one.synced) if one else None
        for name, one in made.items()
    }


def _settle(connection: sqlite3.Connection, now: Reckoning) -> None:
    """Once NTP holds the clock, keep how far each earlier epoch of this boot was off."""
    if now.synced:
        connection.execute(
            "UPDATE epoch_clock SET shift_ms = ? - offset_ms WHERE boot_id = ? AND NOT synced"
            " AND shift_ms IS NULL",
            (now.offset_ms, now.boot_id),
        )
