"""What a measurement says: numbers by name, the unit in the name."""

import math
import os
import platform
from collections.abc import Iterable, Mapping

Figure = float | int | str | None
Figures = Mapping[str, "Figure | Figures"]
"""Numbers by name; those of one thing may stand together under its name."""


def flat(figures: Figures) -> dict[str, Figure]:
    """Return the figures in words a line each: what stands together is named by both names."""
    lines: dict[str, Figure] = {}
    for name, value in figures.items():
        words = name.replace("_", " ")
        if isinstance(value, Mapping):
            lines |= {f"{words} {inner}": each for inner, each in flat(value).items()}
        else:
            lines[words] = value
    return lines


def rank(values: Iterable[float], share: float) -> float | None:
    """Return the nearest-rank quantile, rounded to a thousandth; None of nothing."""
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else None


def machine() -> dict[str, str | int | None]:
    """Say what was measured on."""
    return {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
