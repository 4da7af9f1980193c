"""What a rule of the ECG found, as evidence: its measures by name, and the seconds it was found in."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.judging.evidence import fitted
from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate
from vitals.records import Evidence, Feature

__all__ = ["feature", "finding"]

_EVERY: Final = 2
"""Of the samples at the common rate: 50 a second show a person what there is to see."""
_LONGEST_S: Final = 8.0


def feature(
    name: str, value: float, unit: str, *, low: float | None = None, high: float | None = None
) -> Feature:
    """Return a measure with its UCUM unit, and what is usual."""
    return Feature(name=name, value=round(value, 3), unit=unit, usual_low=low, usual_high=high)


def finding(
    rule: str, version: int, features: list[Feature], ecg_mv: NDArray[np.floating], rate_hz: float
) -> Evidence:
    """Put together what a rule found and the last eight seconds at most of ``(n,)`` mV it found it in."""
    shown = to_common_rate(ecg_mv[-round(_LONGEST_S * rate_hz) :], rate_hz)[::_EVERY]
    whole = Evidence(
        model=rule,
        model_version=version,
        features=features,
        strip_uv=[round(1000 * float(point)) for point in shown],
        strip_rate_hz=COMMON_RATE_HZ / _EVERY,
    )
    return fitted(whole)
