"""Run sessions through the gateway's own pulse meter, a second at a time, each window beside its truth."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.ppg.recordings import Session
from vitals.features.ppg import PulseMeter, acceleration_tail
from vitals.features.ppg_evidence import HOP_S

__all__ = ["CLOSE_PER_MIN", "Judged", "judge"]

CLOSE_PER_MIN: Final = 5.0
_CHUNK_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Windows with a truth, ``(n,)`` each: what was found, how sure that was, and whether it was told."""

    records: NDArray[np.str_]
    people: NDArray[np.str_]
    truth_per_min: NDArray[np.float64]
    found_per_min: NDArray[np.float64]
    confidence: NDArray[np.float64]
    is_told: NDArray[np.bool_]
    doubts: NDArray[np.str_]
    """Why nothing was told; empty where something was."""
    took_us: NDArray[np.float64]

    @property
    def errors_per_min(self) -> NDArray[np.float64]:
        """How far off each window is, whether it was told or not."""
        return np.abs(self.found_per_min - self.truth_per_min)

    @property
    def is_close(self) -> NDArray[np.bool_]:
        """Which windows are right to 5 a minute."""
        return self.errors_per_min <= CLOSE_PER_MIN

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Judged":
        """Return the windows chosen."""
        return Judged(**{name: getattr(self, name)[chosen] for name in self.__slots__})

    @staticmethod
    def joined(parts: Iterable["Judged"]) -> "Judged":
        """Return the windows of all parts."""
        held = list(parts)
        return Judged(
            **{name: np.concatenate([getattr(part, name) for part in held]) for name in Judged.__slots__}
        )


def judge(session: Session, weights: NDArray[np.float64], *, is_known_to_rest: bool = False) -> Judged:
    """Judge every window of a session that has a truth: a number above 0."""
    meter = PulseMeter(
        channels=len(session.light),
        rate_hz=session.rate_hz,
        weights=weights,
        is_known_to_rest=is_known_to_rest,
    )
    acceleration = acceleration_tail(session.rate_hz)
    step, found, took_us = round(_CHUNK_S * session.rate_hz), [], []
    for start in range(0, session.light.shape[1], step):
        at_s = start / session.rate_hz
        acceleration.push(session.acceleration_g[:, start : start + step], at_s)
        meter.push(session.light[:, start : start + step], at_s)
        began_ns = perf_counter_ns()
        told = list(meter.estimates(acceleration))
        took_us += [(perf_counter_ns() - began_ns) / 1000 / max(len(told), 1)] * len(told)
        found += told
    truth = session.truth_per_min
    rows = [
        (place, estimate, took)
        for estimate, took in zip(found, took_us, strict=True)
        if (place := round(estimate.from_s / HOP_S)) < len(truth) and truth[place] > 0
    ]
    return Judged(
        records=np.full(len(rows), session.record),
        people=np.full(len(rows), session.person),
        truth_per_min=np.array([truth[place] for place, _, _ in rows], dtype=np.float64),
        found_per_min=np.array([one.rate_per_min for _, one, _ in rows], dtype=np.float64),
        confidence=np.array([one.confidence for _, one, _ in rows], dtype=np.float64),
        is_told=np.array([one.doubt is None for _, one, _ in rows], dtype=bool),
        doubts=np.array([one.doubt or "" for _, one, _ in rows], dtype=np.str_),
        took_us=np.array([took for _, _, took in rows], dtype=np.float64),
    )
