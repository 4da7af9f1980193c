"""How far a figure can be trusted: drawn again over patients, never over their beats or windows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["bootstrap_interval"]


def bootstrap_interval(
    patients: NDArray[np.str_],
    metric: Callable[[NDArray[np.int64]], float],
    *,
    seed: int = 17,
    rounds: int = 500,
) -> list[float]:
    """Return the middle 95 % of ``metric(rows)`` when patients of ``(n,)`` rows are drawn with replacement.

    ``metric`` takes the places of the rows drawn, those of a patient drawn twice twice over. Draws of which
    it is NaN, such as a sensitivity where nobody drawn fell, say nothing; where all are, so are both ends.
    """
    random = np.random.default_rng(seed)
    order = np.argsort(patients, kind="stable")
    _, starts = np.unique(patients[order], return_index=True)
    of_patient = np.split(order, starts[1:])
    figures = [
        metric(
            np.concatenate([of_patient[chosen] for chosen in random.integers(0, len(starts), len(starts))])
        )
        for _ in range(rounds)
    ]
    known = np.array([figure for figure in figures if np.isfinite(figure)])
    low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (np.nan, np.nan)
    return [round(float(low), 4), round(float(high), 4)]
