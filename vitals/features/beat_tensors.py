"""The tensors of the beat model: the beat over the patient's own, the row of beats round it, and measures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

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
_FIRST_HABIT: Final = (0.1, 0.05, 0.03, 0.03, 0.7, 0.7, 0.98)
"""What is expected of a patient before a beat of his is known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """A beat that has been measured, as its followers see it."""

    timing: Timing
    shape: Shape
    beat_mv: NDArray[np.float64]
    mean_mv: NDArray[np.float64]
    """Mean of its family, which tells the T wave it leaves behind."""


class Habit:
    """How much the patient's timely usual beats differ from their median: by noise and by breathing."""

    def __init__(self) -> None:
        self._rows = np.zeros((_HABIT_BEATS, len(_FIRST_HABIT)))
        self._learnt = 0
        self._usual = np.array(_FIRST_HABIT)

    def learn(self, known: Known) -> None:
        """Remember a beat if it is a usual one in its time."""
        shape = known.shape
        if shape.is_usual and known.timing.is_timely:
            self._rows[self._learnt % _HABIT_BEATS] = (
                shape.qrs_residue,
                shape.t_residue,
                shape.p_residue,
                shape.p_tail_residue,
                shape.p_likeness,
                shape.p_tail_likeness,
                shape.qrs_likeness,
            )
            self._learnt += 1
            self._usual = np.median(self._rows[: self.beats_known], axis=0)

    @property
    def beats_known(self) -> int:
        """How many beats the medians stand on, 48 at most."""
        return min(self._learnt, _HABIT_BEATS)

    def usual(self) -> NDArray[np.float64]:
        """Medians ``(7,)``: residues of QRS, T, P and P less tail, likenesses of P, P less tail and QRS."""
        return self._usual


def _log(ratio: float) -> float:
    return float(np.log(max(ratio, 1e-3)))


class _Beat(NamedTuple):
    """A beat with what it is held against: ``habit`` as ``Habit.usual`` gives it."""

    time: Timing
    shape: Shape
    previous_s: float
    habit: NDArray[np.float64]
    maturity: float


_MEASURES: Final[Mapping[str, Callable[[_Beat], float]]] = {
    "before_over_local": lambda b: _log(b.time.before_s / b.time.local_s),
    "before_over_middle": lambda b: _log(b.time.before_s / b.time.middle_s),
    "before_over_usual": lambda b: _log(b.time.before_s / b.time.usual_s),
    "before_over_slow": lambda b: _log(b.time.before_s / b.time.slow_s),
    "before_over_previous": lambda b: _log(b.time.before_s / b.previous_s),
    "before_over_after": lambda b: _log(b.time.before_s / b.time.after_s),
    "after_over_local": lambda b: _log(b.time.after_s / b.time.local_s),
    "after_over_usual": lambda b: _log(b.time.after_s / b.time.usual_s),
    "after_over_slow": lambda b: _log(b.time.after_s / b.time.slow_s),
    "next_over_usual": lambda b: _log(b.time.next_s / b.time.usual_s),
    "pair_over_local": lambda b: _log((b.time.before_s + b.time.after_s) / (2 * b.time.local_s)),
    "pair_over_usual": lambda b: _log((b.time.before_s + b.time.after_s) / (2 * b.time.usual_s)),
    "local_over_usual": lambda b: _log(b.time.local_s / b.time.usual_s),
    "slow_over_usual": lambda b: _log(b.time.slow_s / b.time.usual_s),
    "usual_s": lambda b: _log(b.time.usual_s / 0.8),
    "before_s": lambda b: _log(b.time.before_s / 0.8),
    "irregularity": lambda b: min(4 * b.time.irregularity, 2.0),
    "usual_irregularity": lambda b: min(4 * b.time.usual_irregularity, 2.0),
    "early_share": lambda b: b.time.early_share,
    "run_drop": lambda b: _log(b.time.before_s / b.time.anchor_s),
    "run_beats": lambda b: min(b.time.run_beats, 24) / 24,
    "height": lambda b: _log(b.shape.height_mv / b.shape.median_height_mv),
    "qrs_width": lambda b: b.shape.qrs_width_ms / 100,
    "median_qrs_width": lambda b: b.shape.median_qrs_width_ms / 100,
    "qrs_spread": lambda b: b.shape.qrs_spread_ms / 40,
    "median_qrs_spread": lambda b: b.shape.median_qrs_spread_ms / 40,
    "spread_ratio": lambda b: _log(max(b.shape.qrs_spread_ms, 1) / max(b.shape.median_qrs_spread_ms, 1)),
    "qrs_likeness": lambda b: b.shape.qrs_likeness,
    "qrs_likeness_fall": lambda b: b.habit[6] - b.shape.qrs_likeness,
    "qrs_residue": lambda b: b.shape.qrs_residue,
    "qrs_residue_rise": lambda b: _log(b.shape.qrs_residue / max(b.habit[0], 0.01)),
    "previous_likeness": lambda b: b.shape.previous_likeness,
    "height_share": lambda b: min(max(b.shape.height_share, -2.0), 2.0),
    "t_likeness": lambda b: b.shape.t_likeness,
    "t_residue": lambda b: min(4 * b.shape.t_residue, 4.0),
    "t_residue_rise": lambda b: _log(b.shape.t_residue / max(b.habit[1], 0.005)),
    "p_likeness": lambda b: b.shape.p_likeness,
    "p_share": lambda b: min(max(b.shape.p_share, -2.0), 3.0),
    "p_residue": lambda b: min(8 * b.shape.p_residue, 4.0),
    "p_residue_rise": lambda b: _log(b.shape.p_residue / max(b.habit[2], 0.005)),
    "p_tail_likeness": lambda b: b.shape.p_tail_likeness,
    "p_tail_residue": lambda b: min(8 * b.shape.p_tail_residue, 4.0),
    "p_tail_residue_rise": lambda b: _log(b.shape.p_tail_residue / max(b.habit[3], 0.005)),
    "usual_p_likeness": lambda b: b.habit[4],
    "usual_p_tail_likeness": lambda b: b.habit[5],
    "p_likeness_fall": lambda b: b.habit[4] - b.shape.p_likeness,
    "p_tail_likeness_fall": lambda b: b.habit[5] - b.shape.p_tail_likeness,
    "median_p_height": lambda b: min(5 * b.shape.median_p_height, 3.0),
    "usual_qrs_residue": lambda b: min(5 * b.habit[0], 3.0),
    "family_share": lambda b: b.shape.family_share,
    "family_timing": lambda b: b.shape.family_log_rr_share,
    "is_usual": lambda b: float(b.shape.is_usual),
    "maturity": lambda b: b.maturity,
}
BEAT_MEASURES: Final = tuple(_MEASURES)
"""What each column of the tensor ``measures`` is."""


def _measures(known: Known, habit: Habit) -> list[float]:
    timing = known.timing
    beat = _Beat(
        time=timing,
        shape=known.shape,
        previous_s=timing.earlier_s[-1] if timing.earlier_s else timing.before_s,
        habit=habit.usual(),
        maturity=habit.beats_known / _HABIT_BEATS,
    )
    return [measure(beat) for measure in _MEASURES.values()]


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


BEAT_INPUTS: Final = {
    "beat": (1, CUT_LENGTH, 3),
    "sequence": (1, SEQUENCE_BEFORE + 1 + _SEQUENCE_AFTER, 11),
    "measures": (1, len(BEAT_MEASURES)),
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
        "measures": np.array(_measures(known[-1], habit)),
    }
    return {name: row.astype(np.float32).reshape(BEAT_INPUTS[name]) for name, row in rows.items()}
