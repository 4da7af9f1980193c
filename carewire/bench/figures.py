"""What a measurement says: numbers by name, the unit in the name."""

import math
import os
import platform
from collections.abc import Iterable, Mapping

Figures = Mapping[str, float | int | str | None]


def rank(values: Iterable[float], share: float) -> float | None:
    """Return the nearest-rank quantile, rounded to a thousandth; None of nothing."""
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else None


def machine() -> dict[str, str | int | None]:
    """Say what was measured on."""
    return {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
