"""Between the intake and the outbox: every strip into the ring, and on to the cloud what is to go at once.

What goes is a setting: all, or only what surrounds health events. The stretch around an event begins
`before_s` ahead of the condition and ends `after_s` past the moment it was concluded; what of it is
already past comes from the ring.

Where all goes, and the outbox is pressed, no more than what surrounds events does: what is older in the
outbox may lie nowhere else, what is new lies in the ring to be asked for. What is held back is a stated gap.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from edge.outbox.lanes import extent_of, gap_for
from edge.ports import Pressure, RecordSink
from edge.ring import WaveformRing
from vitals.errors import StorageError, ValidationError
from vitals.records import AnyRecord, GapReason, HealthEvent, Waveform

__all__ = ["AroundEvents", "Stretch", "WaveformKeeper"]

_log = structlog.get_logger()

_MOST_STRETCHES: Final = 64
_LONGEST_MS: Final = 600_000  # an event whose clock jumped in the middle asks for no more


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """All that one device's sensors saw in from <= t < to is to be sent."""

    device: str
    from_ms: int
    to_ms: int

    def covers(self, strip: Waveform) -> bool:
        """Tell whether any of `strip` is in it."""
        if strip.device != self.device:
            return False
        extent = extent_of(strip)
        return extent.from_ms < self.to_ms and extent.to_ms >= self.from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class AroundEvents:
    """How much of the waveforms around a health event is sent, whatever else is not."""

    before_s: float = 30.0
    after_s: float = 30.0

    def stretch(self, event: HealthEvent) -> Stretch:
        """Return what surrounds an event."""
        from_ms = max(0, event.t_ms - round(1000 * self.before_s))
        to_ms = max(event.t_ms, event.noticed_ms) + round(1000 * self.after_s)
        return Stretch(device=event.device, from_ms=from_ms, to_ms=min(to_ms, from_ms + _LONGEST_MS))


class WaveformKeeper:
    """The port RecordSink over the outbox. Used by one thread at a time."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        outbox: RecordSink,
        ring: WaveformRing,
        *,
        around: AroundEvents,
        sends_all: bool,
        remembered: Path,
        pressure: Callable[[], Pressure] = lambda: Pressure.NONE,
    ) -> None:
        """Everything goes at once if it `sends_all`. Stretches that are not over are kept in `remembered`."""
        self._outbox = outbox
        self._ring = ring
        self._around = around
        self._sends_all = sends_all
        self._pressure = pressure
        self._remembered = remembered
        self._stretches = deque(_load(remembered), maxlen=_MOST_STRETCHES)

    def append(self, records: Sequence[AnyRecord]) -> None:
        """Make durable what is to go, in this order, then keep the strips.

        Raises
        ------
        StorageError
            If the disk refuses: none is kept.
        ValidationError
            If some break their contract: those are refused for good, the others are durable.
        """
        opened = [self._around.stretch(record) for record in records if isinstance(record, HealthEvent)]
        chosen = self._chosen(records, opened)
        refused: ValidationError | None = None
        if chosen:
            try:
                self._outbox.append(chosen)
            except ValidationError as error:
                refused = error
        self._ring.keep(record for record in records if isinstance(record, Waveform))
        self._remember(opened)
        if refused is not None:
            raise refused

    def _chosen(self, records: Sequence[AnyRecord], opened: Sequence[Stretch]) -> Sequence[AnyRecord]:
        if self._sends_all and self._pressure() is Pressure.NONE:
            return records
        stretches = (*self._stretches, *opened)
        chosen: list[AnyRecord] = list(self._past(opened))
        for record in records:
            if not isinstance(record, Waveform) or any(each.covers(record) for each in stretches):
                chosen.append(record)
            elif self._sends_all:
                chosen.append(gap_for(extent_of(record), GapReason.OUTBOX_FULL))
        return chosen

    def _past(self, opened: Sequence[Stretch]) -> list[Waveform]:
        """Return what an event that just came is surrounded by and was not sent for an earlier one."""
        found: dict[tuple[str, str, str, int], Waveform] = {}
        for stretch in opened:
            for strip in self._read(stretch):
                if not any(earlier.covers(strip) for earlier in self._stretches):
                    found[strip.device, strip.kind, strip.lead, strip.t0_ms] = strip
        return list(found.values())

    def _read(self, stretch: Stretch) -> list[Waveform]:
        try:
            return self._ring.read(stretch.device, None, stretch.from_ms, stretch.to_ms)
        except StorageError as error:
            _log.error("ring.unreadable", device=stretch.device, error=str(error))
            return []

    def _remember(self, opened: Sequence[Stretch]) -> None:
        """Keep a stretch beyond a restart: what follows an event is owed, too."""
        if not opened:
            return
        self._stretches.extend(opened)
        fresh = self._remembered.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(list(self._stretches)))
            fresh.replace(self._remembered)
        except OSError as error:
            _log.warning("stretches.not_kept", file=self._remembered.name, error=str(error))


def _load(remembered: Path) -> list[Stretch]:
    try:
        return msgspec.json.decode(remembered.read_bytes(), type=list[Stretch])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        _log.warning("stretches.unreadable", file=remembered.name, error=str(error))
        return []
