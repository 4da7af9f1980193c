"""Beats of a stored ECG, found and compared by the same rules as on the gateway; no model speaks here.

What models concluded travels with events and alerts. Here each beat is measured against this heart's own
usual beat: whether it came early, and whether it has another shape.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cloud.ecg.stretches import Source, Stretch, stretches
from cloud.ports import Strip
from vitals.features.beats import BeatStream, BeatWindow
from vitals.features.resampling import COMMON_RATE_HZ
from vitals.features.rpeaks import RPeakDetector

__all__ = ["LEAD_IN_MS", "LEAD_OUT_MS", "RATES_HZ", "Beat", "Beats", "beats_in", "rate_per_min"]

LEAD_IN_MS: Final = 20_000
"""Signal before what is asked for, from which the usual beat and the threshold are learnt."""
LEAD_OUT_MS: Final = 5_000
"""Signal after it, without which its last beats are not told."""
RATES_HZ: Final = (125.0, 360.0)
"""Between which rates beats can be found."""
EARLY_PCT: Final = 20.0
"""Earlier than the intervals round it by this much: Malik et al., Eur Heart J 1989;10:1060-1074."""
ALIKE: Final = 0.8
"""Least correlation of its QRS with the usual one; `vitals/features/own_beats` asks 0.92 of one family, and
noise and breathing bring a usual beat below that now and then."""

_CHUNK_S: Final = 1.0
_LONGEST_RR_MS: Final = 3_000.0
R_AT_S: Final = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """An R peak; `rr_ms` is the interval to the one before, None after a gap or a long pause.

    `is_early` and `is_other` are None where the beat could not be measured.
    """

    t_ms: float
    rr_ms: float | None
    is_early: bool | None
    is_other: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """Beats of a period, and the usual beat then: mV at `median_rate_hz`, R at `median_r_at_s`."""

    beats: tuple[Beat, ...]
    median_mv: tuple[float, ...]
    median_rate_hz: float = float(COMMON_RATE_HZ)
    median_r_at_s: float = R_AT_S


def rate_per_min(beats: Iterable[Beat]) -> float | None:
    """Return the mean rate over the intervals before beats; None without any."""
    rr_ms = [beat.rr_ms for beat in beats if beat.rr_ms is not None]
    return 60_000 * len(rr_ms) / sum(rr_ms) if rr_ms else None


def beats_in(strips: Sequence[Strip], source: Source | None, from_ms: int, to_ms: int) -> Beats:
    """Return the beats of from <= t < to in one source's strips, which may begin and end farther out."""
    joined = [] if source is None else stretches(strips, source)
    found = [stretch for stretch in joined if _can_be_searched(stretch)]
    beats: list[Beat] = []
    median_mv: tuple[float, ...] = ()
    for stretch in found:
        peaks, windows = _searched(stretch)
        beats += _beats(stretch, peaks, windows)
        median_mv = next((one.median_mv for one in reversed(windows) if one.median_mv), median_mv)
    return Beats(
        beats=tuple(beat for beat in beats if from_ms <= beat.t_ms < to_ms),
        median_mv=median_mv,
    )


def _can_be_searched(stretch: Stretch) -> bool:
    low_hz, high_hz = RATES_HZ
    return low_hz <= stretch.rate_hz <= high_hz


def _searched(stretch: Stretch) -> tuple[list[int], list[BeatWindow]]:
    """Push a stretch through as it would have come."""
    detector, stream = RPeakDetector(rate_hz=stretch.rate_hz), BeatStream(stretch.rate_hz)
    peaks: list[int] = []
    windows: list[BeatWindow] = []
    step = round(_CHUNK_S * stretch.rate_hz)
    for start in range(0, len(stretch.ecg_mv), step):
        part = stretch.ecg_mv[start : start + step]
        fresh = detector.push(part)
        peaks += fresh
        windows += stream.push(part, fresh)
    return peaks, windows


def _beats(stretch: Stretch, peaks: Sequence[int], windows: Iterable[BeatWindow]) -> Iterator[Beat]:
    measured = {window.at: window.features for window in windows}
    for before, at in pairwise([None, *peaks]):
        if at is None:
            continue
        rr_ms = None if before is None else (at - before) * 1000 / stretch.rate_hz
        features = measured.get(at)
        yield Beat(
            t_ms=round(stretch.t_ms(at), 1),
            rr_ms=None if rr_ms is None or rr_ms > _LONGEST_RR_MS else round(rr_ms, 1),
            is_early=None if features is None else features.prematurity_pct >= EARLY_PCT,
            is_other=None if features is None else features.likeness_to_usual < ALIKE,
        )
