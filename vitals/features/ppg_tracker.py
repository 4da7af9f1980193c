"""From the likelihoods of one window after another to the rate, and how sure it is: a forward filter.

A hidden Markov model over the rates, run forwards alone (Rabiner, Proc IEEE 1989;77:257-286): what is known
now rests on nothing later. How much of the posterior lies close to the rate is the confidence in it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.ppg_evidence import RATES_PER_MIN

__all__ = ["CLOSE_PER_MIN", "PulseTracker", "TrackedRate"]

CLOSE_PER_MIN: Final = 5
"""What counts as the same rate: ANSI/AAMI EC13."""

_STEP_PER_MIN: Final = 3.0
"""How far a rate goes in one hop: the scale of a Laplace distribution; in TROIKA 99 % go 4.5 or less."""
_LEAP: Final = 1e-4
"""Chance that a rate stands anywhere one hop later: what was taken for another is found again."""
_NEAR_PEAK: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRate:
    """The likeliest rate, and the share of the posterior within 5 a minute of it."""

    rate_per_min: float
    confidence: float


class PulseTracker:
    """Follows one heart from window to window; it knows nothing before the first."""

    def __init__(self) -> None:
        self._posterior = np.full(len(RATES_PER_MIN), 1.0 / len(RATES_PER_MIN))

    def step(self, log_likelihood: NDArray[np.float64] | None) -> TrackedRate:
        """Take the next window's ``(201,)`` log-likelihoods; ``None``: a window that says nothing."""
        self._posterior = _TRANSITION @ self._posterior
        if log_likelihood is not None:
            self._posterior = self._posterior * np.exp(log_likelihood - log_likelihood.max())
            self._posterior = self._posterior / self._posterior.sum()
        peak = int(self._posterior.argmax())
        near = slice(max(0, peak - _NEAR_PEAK), peak + _NEAR_PEAK + 1)
        share = self._posterior[near]
        rate_per_min = float(share @ RATES_PER_MIN[near] / share.sum())
        is_close = np.abs(RATES_PER_MIN - rate_per_min) <= CLOSE_PER_MIN
        confidence = min(1.0, float(self._posterior[is_close].sum()))
        return TrackedRate(rate_per_min=rate_per_min, confidence=confidence)


def _transition() -> NDArray[np.float64]:
    """Column by column, where a rate may be one hop later."""
    apart = np.abs(RATES_PER_MIN[:, None] - RATES_PER_MIN[None, :])
    steps = np.exp(-apart / _STEP_PER_MIN)
    return np.asarray((1.0 - _LEAP) * steps / steps.sum(axis=0) + _LEAP / len(RATES_PER_MIN))


_TRANSITION: Final = _transition()
