"""`upload-waveform`: send what the ring still holds of a stretch somebody asks for.

The strips go up as they were cut, so that those the cloud has already fall upon themselves.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from edge.ports import Pressure, RecordSink
from edge.remote.commands import Answer
from edge.ring import WaveformRing
from vitals.records import CommandOutcome, Waveform
from vitals.wire.command import UploadWaveform

__all__ = ["LONGEST_S", "WaveformUpload", "missing"]

LONGEST_S: Final = 600
"""The longest stretch one command asks for: ten minutes, as the cloud's API gives at a time."""
_MOST_NAMED: Final = 5
_ROUNDING_MS: Final = 50.0  # strips begin at whole milliseconds, and a clock is followed


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformUpload:
    """Answers with how much of the stretch is on its way, and what is not held."""

    ring: WaveformRing
    sink: RecordSink
    pressure: Callable[[], Pressure] = lambda: Pressure.NONE

    def __call__(self, _command_id: str, asked: UploadWaveform) -> Answer:
        """Put the strips into the outbox."""
        if not 0 < asked.to_ms - asked.from_ms <= 1000 * LONGEST_S:
            return Answer(
                outcome=CommandOutcome.REFUSED,
                detail=f"from must be before to, and {LONGEST_S} s at most: ask in pieces",
            )
        if self.pressure() is not Pressure.NONE:
            return Answer(
                outcome=CommandOutcome.REFUSED,
                detail="the outbox is nearly full, and what is asked for would push out what was never sent: "
                "ask again when it has drained; the ring keeps it until then",
            )
        strips = self.ring.read(asked.device, asked.kind, asked.from_ms, asked.to_ms)
        holes = list(missing(strips, asked.from_ms, asked.to_ms))
        if strips:
            self.sink.append(strips)
        return _answer(asked, holes, is_any=bool(strips))


def missing(strips: Iterable[Waveform], from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of from <= t < to that no strip covers, oldest first."""
    until_ms = float(from_ms)
    for strip in sorted(strips, key=lambda strip: strip.t0_ms):
        if strip.t0_ms - until_ms > _ROUNDING_MS:
            yield round(until_ms), min(strip.t0_ms, to_ms)
        until_ms = max(until_ms, strip.t0_ms + 500.0 * len(strip.samples) / strip.rate_hz)
    if to_ms - until_ms > _ROUNDING_MS:
        yield round(until_ms), to_ms


def _answer(asked: UploadWaveform, holes: list[tuple[int, int]], *, is_any: bool) -> Answer:
    whole_s = (asked.to_ms - asked.from_ms) / 1000
    if not is_any:
        return Answer(
            outcome=CommandOutcome.REFUSED,
            detail=f"this gateway holds no {asked.kind} of {asked.device} from that time",
        )
    if not holes:
        return Answer(outcome=CommandOutcome.DONE, detail=f"{whole_s:.1f} s are on their way")
    lost_s = sum(to_ms - from_ms for from_ms, to_ms in holes) / 1000
    named = "; ".join(f"{_iso(from_ms)} to {_iso(to_ms)}" for from_ms, to_ms in holes[:_MOST_NAMED])
    more = f" and {len(holes) - _MOST_NAMED} more" if len(holes) > _MOST_NAMED else ""
    return Answer(
        outcome=CommandOutcome.PARTLY,
        detail=f"{whole_s - lost_s:.1f} of {whole_s:.1f} s are on their way; not held: {named}{more}",
    )


def _iso(t_ms: int) -> str:
    moment = datetime.fromtimestamp(t_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
