"""The `clock` of a series, as InfluxDB names it, and what the series file keeps of it instead."""

from dataclasses import dataclass
from urllib.parse import unquote

from cloud.ports import ClockDoubt
from cloud.storage.influx.line_protocol import BELIEVED, DOUBTED, RUN, UNNAMED, clock_name
from vitals.errors import StorageError

__all__ = ["FiledClock", "filed", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledClock:
    """A doubt, empty if there is none, and the run of a wrong clock, if it was one."""

    doubt: str
    run: tuple[str, int] | None


def named(clock: FiledClock) -> str:
    """Return the tag of a clock; two that differ in nothing anybody reads have one."""
    return clock_name(ClockDoubt(clock.doubt) if clock.doubt else None, clock.run)


def filed(name: str) -> FiledClock:
    """Return what a tag says.

    Raises
    ------
    StorageError
        If it is none of ours.
    """
    if not name.startswith(RUN):
        return FiledClock(doubt="" if name == BELIEVED else _doubt(name), run=None)
    still = next((doubt for doubt in DOUBTED if name.endswith(doubt)), "")
    boot_id, _, offset_ms = name.removeprefix(RUN).removesuffix(still).rpartition("/")
    try:
        run = ("" if boot_id == UNNAMED else unquote(boot_id), int(offset_ms))
    except ValueError as error:
        raise _strange(name) from error
    return FiledClock(doubt=still.strip() or ClockDoubt.UNSYNCED, run=run)


def _doubt(name: str) -> str:
    try:
        return ClockDoubt(name)
    except ValueError as error:
        raise _strange(name) from error


def _strange(name: str) -> StorageError:
    return StorageError(f"InfluxDB holds points of a clock {name!r}, which this program never wrote")
