"""How long a stretch of ECG one word on its quality speaks for, and from when on its beats are known."""

from typing import Final

from vitals.features.rpeaks import DECISION_LATENCY_S

__all__ = ["QUALITY_S", "settling"]

QUALITY_S: Final = 5.0
"""How long a stretch one `ecg_quality` observation speaks for."""


def settling(rate_hz: float) -> int:
    """Return how many of the newest samples may still hold a beat nobody has been told of."""
    return round(DECISION_LATENCY_S * rate_hz)
