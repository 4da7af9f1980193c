"""Which models a gateway runs: one row each, with the version of the features this program makes for it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vitals.features.beats import BEAT_FEATURE_VERSION
from vitals.features.falls import FALL_FEATURE_VERSION
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION
from vitals.features.rr_af import RR_AF_FEATURE_VERSION

__all__ = ["LABELS", "ROSTER"]

ROSTER: Final[Mapping[str, int]] = MappingProxyType(
    {
        "rhythm": RHYTHM_FEATURE_VERSION,
        "beats": BEAT_FEATURE_VERSION,
        "rr-af": RR_AF_FEATURE_VERSION,
        "falls": FALL_FEATURE_VERSION,
    }
)

LABELS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "rhythm": frozenset({"A"}),
        "beats": frozenset({"V"}),
        "rr-af": frozenset({"AF"}),
        "falls": frozenset({"fall"}),
    }
)
"""What is acted on of each model's labels: one without them would keep silent, or break what asks it."""
