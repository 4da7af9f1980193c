"""The quality gate: what cannot be judged is not judged, and the reason is kept."""

from typing import Final

from edge.judging.abstention import Abstention
from vitals.features.quality import EcgQuality
from vitals.features.rpeaks import DECISION_LATENCY_S

__all__ = ["QUALITY_S", "USABLE", "abstention", "settling"]

QUALITY_S: Final = 5.0
"""How long a stretch one `ecg_quality` observation speaks for."""
USABLE: Final = 0.5
"""`assess_ecg`: below this a stretch is not to be judged."""


def abstention(quality: EcgQuality) -> Abstention | None:
    """Return why a stretch of this quality is not judged, or `None` if it is."""
    return Abstention.POOR_SIGNAL if quality.score < USABLE else None


def settling(rate_hz: float) -> int:
    """Return how many of the newest samples may still hold a beat nobody has been told of."""
    return round(DECISION_LATENCY_S * rate_hz)
