"""Why the model of RR intervals said so: what they show, by name."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.judging.detection import Transition
from edge.judging.evidence import fitted
from edge.judging.evidence_row import EvidenceRow, features_of
from edge.judging.judging import PASSED
from edge.rhythm.interval_rows import INTERVAL_ROWS
from vitals.features.rr_af import RrEvidence, rr_evidence
from vitals.manifest import ModelManifest
from vitals.records import Evidence

__all__ = ["RR_FEATURES", "rr_evidence_of"]


RR_FEATURES: Final[tuple[EvidenceRow[RrEvidence], ...]] = (
    *INTERVAL_ROWS,
    EvidenceRow(name="beats", value=lambda seen: float(seen.beats_judged), unit="1"),
)


def rr_evidence_of(turn: Transition, rr_ms: NDArray[np.float64], manifest: ModelManifest) -> Evidence:
    """Put together what travels with the event, of ``(n,)`` intervals in ms about the one judged."""
    seen = rr_evidence(rr_ms)
    return fitted(
        Evidence(
            model=manifest.name,
            model_version=manifest.version,
            probability=min(1.0, max(0.0, turn.probability)),
            threshold=turn.threshold,
            features=[] if seen is None else features_of(RR_FEATURES, seen),
            stages=list(PASSED),
        )
    )
