"""A sound by a command of the owner's choice: a player, a lamp's script, whatever takes arguments."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from edge.alarms.alarm_signals import Announcement
from vitals.errors import SignalError

__all__ = ["AlarmCommand"]

_OURS: Final = "CAREWIRE_"
"""Settings and secrets of the gateway; a command has no business with them."""
_DYING_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCommand:
    """`edge.alarms.alarm_signals.AlarmSound`: runs `argv` itself, never a shell, and ends it after `limit_s`.

    What there is to say is in its environment: `CAREWIRE_ALARM_STATE` (sounding, quiet or identify),
    `_PRIORITY`, `_FAMILY`, `_KEY`, `_TITLE`, `_DEVICE`, `_SINCE_MS`.
    """

    argv: tuple[str, ...]
    limit_s: float

    async def play(self, announcement: Announcement) -> None:
        """Run the command once.

        Raises
        ------
        SignalError
            It cannot be started, fails, or does not end in time.
        """
        process = await self._start(announcement)
        try:
            async with asyncio.timeout(self.limit_s):
                status = await process.wait()
        except TimeoutError as error:
            raise SignalError(
                f"{self.argv[0]} did not end within {self.limit_s:g} s and was cut off: "
                "let it play for less, or raise alarms.command_limit_s"
            ) from error
        finally:
            await _end(process)
        if status != 0:
            raise SignalError(
                f"{self.argv[0]} ended with status {status}: run alarms.command by hand to see why"
            )

    async def _start(self, announcement: Announcement) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self.argv,
                env=environment(announcement, os.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # so that its own children end with it
            )
        except (OSError, ValueError) as error:
            raise SignalError(f"{self.argv[0]} cannot be run ({error}): correct alarms.command") from error


def environment(announcement: Announcement, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the command's environment: what it inherits but our own settings, and what there is to say."""
    alarm = announcement.alarm
    says = {"STATE": announcement.state.value}
    if alarm is not None:
        says |= {
            "PRIORITY": alarm.priority,
            "FAMILY": alarm.family,
            "KEY": alarm.key,
            "TITLE": alarm.title,
            "DEVICE": alarm.device or "",
            "SINCE_MS": str(alarm.since_ms),
        }
    kept = {name: value for name, value in inherited.items() if not name.upper().startswith(_OURS)}
    return kept | {f"CAREWIRE_ALARM_{name}": value for name, value in says.items()}


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing of it behind, its own children included; one that cannot be ended is not waited for.

    A sound card that hangs holds its player in the kernel, and another user's process is not ours to end.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_DYING_S):
            await process.wait()
