"""What is done when the radio will not: three ladders, each a table, from patience to telling a person.

A wearable that cannot be connected is answered step by step: wait, end what the system may have left
half done, forget what it believes, switch the adapter off and on, and then say so. The ladder then goes
round again, for ever: a gateway never gives a wearable up, and an alarm stands until it is back.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["CONNECT_LADDER", "SCAN_LADDER", "SILENCE_LADDER", "Ladder", "Remedy", "Rung"]


class Remedy(StrEnum):
    """What can be done, the mildest first."""

    BACK_OFF = "back-off"
    DISCONNECT = "disconnect"
    REMOVE_DEVICE = "remove-device"
    RESTART_SCAN = "restart-scan"
    POWER_CYCLE = "power-cycle"
    TELL = "tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One row: after how many failures in a row, what, and why.

    `spares_streams`: not while another wearable streams well, for the adapter is then not to blame.
    """

    failures: int
    remedy: Remedy
    why: str
    spares_streams: bool = False


CONNECT_LADDER: Final = (
    Rung(failures=1, remedy=Remedy.BACK_OFF, why="most failures are noise on the air: Wi-Fi, a body, a door"),
    Rung(
        failures=3,
        remedy=Remedy.DISCONNECT,
        why="the system may keep half a link, or an attempt that never ended ('InProgress')",
    ),
    Rung(
        failures=5,
        remedy=Remedy.REMOVE_DEVICE,
        why="what the system believes of the wearable may be wrong; a bond is kept, it costs a hand",
    ),
    Rung(failures=6, remedy=Remedy.TELL, why="somebody must know that it is not heard any more"),
    Rung(
        failures=8,
        remedy=Remedy.POWER_CYCLE,
        why="the adapter itself may be stuck",
        spares_streams=True,
    ),
    Rung(
        failures=16,
        remedy=Remedy.POWER_CYCLE,
        why="stuck for one wearable and well for others: theirs costs them seconds, its own nothing more",
    ),
)
"""Failures are attempts in a row that came to nothing, and links that were lost before they were any good."""

SCAN_LADDER: Final = (
    Rung(failures=1, remedy=Remedy.TELL, why="without an adapter nobody is heard"),
    Rung(
        failures=3,
        remedy=Remedy.POWER_CYCLE,
        why="a scan that never ended ('InProgress') ends so, and an adapter that is off comes on",
        spares_streams=True,
    ),
    Rung(failures=12, remedy=Remedy.POWER_CYCLE, why="streams or not, no wearable is found any more"),
)
"""Failures are scans in a row that the system refused or did not answer."""

SILENCE_LADDER: Final = (
    Rung(
        failures=1, remedy=Remedy.RESTART_SCAN, why="a scan without a filter tells whether anybody is there"
    ),
    Rung(
        failures=2,
        remedy=Remedy.POWER_CYCLE,
        why="nobody at all on the air is seldom true: the scanner may be deaf",
        spares_streams=True,
    ),
    Rung(failures=6, remedy=Remedy.TELL, why="still nobody: the adapter, its aerial, or an empty place"),
    Rung(failures=12, remedy=Remedy.POWER_CYCLE, why="streams or not, no wearable is found any more"),
)
"""Failures are periods of scanning in which no advertisement came from anyone."""


class Ladder:
    """Counts failures in a row; the row for each answers it, after the last row the first ones again."""

    def __init__(self, rungs: tuple[Rung, ...]) -> None:
        self._by_failures = {rung.failures: rung for rung in rungs}
        self._first = rungs[0]
        self._round = rungs[-1].failures
        self.failures = 0

    def fail(self) -> Rung:
        """Take note of a failure and return what answers it; between two rows, what the first says."""
        self.failures += 1
        in_round = (self.failures - 1) % self._round + 1
        return self._by_failures.get(in_round, self._first)

    def succeed(self) -> None:
        """Begin at the foot again."""
        self.failures = 0
