"""Fit the weights of the evidence: a conditional logit over the rates, convex and so the same every time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.ppg.recordings import Session
from vitals.features.ppg_evidence import (
    EVIDENCE,
    HOP_S,
    RATES_PER_MIN,
    WINDOW_HZ,
    WINDOW_LENGTH,
    pulse_evidence,
)
from vitals.features.signal_tail import SignalTail

__all__ = ["Examples", "examples_of", "fit"]

_BLUR_PER_MIN: Final = 2.5
"""The truth of a window is a mean over 8 s: rates that close to it are as right."""
_RIDGE: Final = 1e-3
_STEPS: Final = 60
_MOST: Final = 3000
"""So many windows say all that eleven weights can take in; the next ones overlap them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """``(n, 201, 11)`` float32 figures of each rate in n windows, and ``(n,)`` true rates a minute."""

    evidence: NDArray[np.float32]
    truth_per_min: NDArray[np.float64]

    @staticmethod
    def joined(parts: Iterable["Examples"]) -> "Examples":
        """Return the windows of all parts."""
        held = list(parts)
        return Examples(
            evidence=np.concatenate([part.evidence for part in held]),
            truth_per_min=np.concatenate([part.truth_per_min for part in held]),
        )


def examples_of(session: Session) -> Examples:
    """Cut a session into the windows its truth is of."""
    length_s = session.light.shape[1] / session.rate_hz
    light = SignalTail(channels=len(session.light), rate_hz=session.rate_hz, keep_s=length_s)
    acceleration = SignalTail(channels=3, rate_hz=session.rate_hz, keep_s=length_s)
    light.push(session.light, 0.0)
    acceleration.push(session.acceleration_g, 0.0)
    windows = [
        pulse_evidence(
            *(tail.at_rate(WINDOW_HZ, HOP_S * place, WINDOW_LENGTH) for tail in (light, acceleration))
        )
        for place in range(len(session.truth_per_min))
    ]
    return Examples(
        evidence=np.array(windows, dtype=np.float32).reshape(-1, len(RATES_PER_MIN), len(EVIDENCE)),
        truth_per_min=session.truth_per_min,
    )


def fit(examples: Examples) -> NDArray[np.float64]:
    """Return the ``(11,)`` weights under which the true rates of at most ``_MOST`` windows are likeliest."""
    from scipy.optimize import minimize  # noqa: PLC0415 - only training needs it

    every = max(1, len(examples.truth_per_min) // _MOST)
    scale = examples.evidence[::every].std(axis=(0, 1)) + np.finfo(np.float32).tiny
    rows, wanted = examples.evidence[::every] / scale, _wanted(examples.truth_per_min[::every])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = rows @ weights.astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1, keepdims=True)
        unlikely = -float((wanted * (scores - np.log(total))).sum(axis=1).mean())
        slope = np.einsum("wr,wrf->f", np.exp(scores) / total - wanted, rows) / len(rows)
        return unlikely + _RIDGE * float(weights @ weights), (slope + 2 * _RIDGE * weights).astype(np.float64)

    start = np.zeros(len(EVIDENCE))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(found.x / scale)


def _wanted(truth_per_min: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return of each window how right each rate is, as a distribution."""
    right = np.exp(-0.5 * ((RATES_PER_MIN - truth_per_min[:, None]) / _BLUR_PER_MIN) ** 2)
    return np.asarray(right / right.sum(axis=1, keepdims=True), dtype=np.float32)
