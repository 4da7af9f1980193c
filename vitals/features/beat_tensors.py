"""The tensors of the beat model: the beat over the patient's own, the row of beats round it, and measures."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.beat_cutting import CUT_LENGTH
from vitals.features.beat_measures import Shape
from vitals.features.beat_timing import Timing

__all__ = ["BEAT_INPUTS", "BEAT_MEASURES", "SEQUENCE_BEFORE", "Habit", "Known", "tensors_of"]

SEQUENCE_BEFORE: Final = 8
_SEQUENCE_AFTER: Final = 2
_CLIPPED_AT: Final = 3.0
_HABIT_BEATS: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """A beat that has been measured, as its followers see it."""

    timing: Timing
    shape: Shape
    mean_mv: NDArray[np.float64]
    """Mean of its family, which tells the T wave it leaves behind."""


class Habit:
    """How much the patient's timely usual beats differ from their median: by noise and by breathing."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, ...]] = deque(maxlen=_HABIT_BEATS)

    def learn(self, known: Known) -> None:
        """Remember a beat if it is a usual one in its time."""
        shape = known.shape
        if shape.is_usual and known.timing.is_timely:
            self._rows.append(
                (
                    shape.qrs_residue,
                    shape.t_residue,
                    shape.p_residue,
                    shape.p_tail_residue,
                    shape.p_likeness,
                    shape.p_tail_likeness,
                    shape.qrs_likeness,
                )
            )

    @property
    def beats_known(self) -> int:
        """How many beats the medians stand on, 48 at most."""
        return len(self._rows)

    def usual(self) -> NDArray[np.float64]:
        """Medians ``(7,)``: residues of QRS, T, P and P less tail, likenesses of P, P less tail and QRS."""
        if not self._rows:
            return np.array([0.1, 0.05, 0.03, 0.03, 0.7, 0.7, 0.98])
        return np.asarray(np.median(np.array(self._rows), axis=0))


def _log(ratio: float) -> float:
    return float(np.log(max(ratio, 1e-3)))


def _measures(known: list[Known], habit: Habit) -> dict[str, float]:
    now = known[-1]
    t, s = now.timing, now.shape
    usual = habit.usual()
    previous = t.earlier_s[-1] if t.earlier_s else t.before_s
    return {
        "before_over_local": _log(t.before_s / t.local_s),
        "before_over_middle": _log(t.before_s / t.middle_s),
        "before_over_usual": _log(t.before_s / t.usual_s),
        "before_over_slow": _log(t.before_s / t.slow_s),
        "before_over_previous": _log(t.before_s / previous),
        "before_over_after": _log(t.before_s / t.after_s),
        "after_over_local": _log(t.after_s / t.local_s),
        "after_over_usual": _log(t.after_s / t.usual_s),
        "after_over_slow": _log(t.after_s / t.slow_s),
        "next_over_usual": _log(t.next_s / t.usual_s),
        "pair_over_local": _log((t.before_s + t.after_s) / (2 * t.local_s)),
        "pair_over_usual": _log((t.before_s + t.after_s) / (2 * t.usual_s)),
        "local_over_usual": _log(t.local_s / t.usual_s),
        "slow_over_usual": _log(t.slow_s / t.usual_s),
        "usual_s": _log(t.usual_s / 0.8),
        "before_s": _log(t.before_s / 0.8),
        "irregularity": min(4 * t.irregularity, 2.0),
        "usual_irregularity": min(4 * t.usual_irregularity, 2.0),
        "early_share": t.early_share,
        "height": _log(s.height_mv / s.median_height_mv),
        "qrs_width": s.qrs_width_ms / 100,
        "median_qrs_width": s.median_qrs_width_ms / 100,
        "qrs_spread": s.qrs_spread_ms / 40,
        "median_qrs_spread": s.median_qrs_spread_ms / 40,
        "spread_ratio": _log(max(s.qrs_spread_ms, 1) / max(s.median_qrs_spread_ms, 1)),
        "qrs_likeness": s.qrs_likeness,
        "qrs_likeness_fall": usual[6] - s.qrs_likeness,
        "qrs_residue": s.qrs_residue,
        "qrs_residue_rise": _log(s.qrs_residue / max(usual[0], 0.01)),
        "height_share": min(max(s.height_share, -2.0), 2.0),
        "t_likeness": s.t_likeness,
        "t_residue": min(4 * s.t_residue, 4.0),
        "t_residue_rise": _log(s.t_residue / max(usual[1], 0.005)),
        "p_likeness": s.p_likeness,
        "p_share": min(max(s.p_share, -2.0), 3.0),
        "p_residue": min(8 * s.p_residue, 4.0),
        "p_residue_rise": _log(s.p_residue / max(usual[2], 0.005)),
        "p_tail_likeness": s.p_tail_likeness,
        "p_tail_residue": min(8 * s.p_tail_residue, 4.0),
        "p_tail_residue_rise": _log(s.p_tail_residue / max(usual[3], 0.005)),
        "usual_p_likeness": usual[4],
        "usual_p_tail_likeness": usual[5],
        "p_likeness_fall": usual[4] - s.p_likeness,
        "p_tail_likeness_fall": usual[5] - s.p_tail_likeness,
        "median_p_height": min(5 * s.median_p_height, 3.0),
        "usual_qrs_residue": min(5 * usual[0], 3.0),
        "family_share": s.family_share,
        "family_timing": s.family_log_rr_share,
        "is_usual": float(s.is_usual),
        "maturity": min(habit.beats_known / _HABIT_BEATS, 1.0),
    }


def _row(known: Known, now: Known, habit: NDArray[np.float64]) -> list[float]:
    s, before = known.shape, known.timing.before_s
    return [
        _log(before / now.timing.usual_s),
        _log(before / now.timing.local_s),
        s.qrs_likeness,
        min(max(s.height_share, -2.0), 2.0),
        _log(s.qrs_residue / max(habit[0], 0.01)),
        _log(max(s.qrs_spread_ms, 1) / max(s.median_qrs_spread_ms, 1)),
        s.p_likeness,
        s.p_tail_likeness,
        min(max(s.p_share, -2.0), 3.0),
        s.family_share,
        1.0,
    ]


def _sequence(known: list[Known], habit: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.zeros((SEQUENCE_BEFORE + 1 + _SEQUENCE_AFTER, 11))
    now = known[-1]
    past = [_row(beat, now, habit) for beat in known[-SEQUENCE_BEFORE - 1 :]]
    rows[SEQUENCE_BEFORE + 1 - len(past) : SEQUENCE_BEFORE + 1] = past
    t = now.timing
    for place, interval_s in enumerate((t.after_s, t.next_s), SEQUENCE_BEFORE + 1):
        rows[place, :2] = _log(interval_s / t.usual_s), _log(interval_s / t.local_s)
    return rows


BEAT_MEASURES: Final = 50
BEAT_INPUTS: Final = {
    "beat": (1, CUT_LENGTH, 3),
    "sequence": (1, SEQUENCE_BEFORE + 1 + _SEQUENCE_AFTER, 11),
    "measures": (1, BEAT_MEASURES),
}
"""Shape of each float32 tensor of a beat."""


def tensors_of(
    known: list[Known],
    beat_mv: NDArray[np.float64],
    median_mv: NDArray[np.float64],
    tail_mv: NDArray[np.float64],
    habit: Habit,
) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of the last of ``known`` beats, shaped as ``BEAT_INPUTS`` says."""
    height = known[-1].shape.median_height_mv
    beat = np.stack([beat_mv, median_mv, tail_mv], axis=1) / height
    rows = {
        "beat": np.clip(beat, -_CLIPPED_AT, _CLIPPED_AT),
        "sequence": _sequence(known, habit.usual()),
        "measures": np.array(list(_measures(known, habit).values())),
    }
    return {name: row.astype(np.float32).reshape(BEAT_INPUTS[name]) for name, row in rows.items()}
