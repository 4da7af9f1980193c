"""The quality gate: what cannot be judged is not judged, and the reason is kept."""

from enum import StrEnum
from typing import Final

from edge.windows import EcgRing
from vitals.features.quality import EcgQuality, assess_ecg
from vitals.features.rpeaks import DECISION_LATENCY_S

__all__ = ["QUALITY_S", "USABLE", "Abstention", "abstention", "settled_stretch_quality"]

QUALITY_S: Final = 5.0
"""How long a stretch one `ecg_quality` observation speaks for."""
USABLE: Final = 0.5
"""`assess_ecg`: below this a stretch is not to be judged."""


class Abstention(StrEnum):
    """Why a window was not judged."""

    POOR_SIGNAL = "poor-signal"
    NO_MODEL = "no-model"
    MODEL_FAILED = "model-failed"


def settled_stretch_quality(ring: EcgRing, length_s: float) -> EcgQuality:
    """Assess the last `length_s` seconds whose beats are decided."""
    stretch = ring.last(round(length_s * ring.rate_hz), before=settling(ring.rate_hz))
    return assess_ecg(stretch.ecg_mv, ring.rate_hz, stretch.r_peaks)


def settling(rate_hz: float) -> int:
    """Return how many of the newest samples may still hold a beat nobody has been told of."""
    return round(DECISION_LATENCY_S * rate_hz)


def abstention(quality: EcgQuality) -> Abstention | None:
    """Return why a stretch of this quality is not judged, or `None` if it is."""
    return Abstention.POOR_SIGNAL if quality.score < USABLE else None
