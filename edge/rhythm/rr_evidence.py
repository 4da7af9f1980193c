"""Why the model of RR intervals said so: what they show, by name."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.judging.detection import Transition
from edge.judging.evidence import fitted
from edge.judging.evidence_row import EvidenceRow, features_of
from edge.judging.judging import PASSED
from vitals.features.rr_af import RrEvidence, rr_evidence
from vitals.manifest import ModelManifest
from vitals.records import Evidence

__all__ = ["RR_FEATURES", "rr_evidence_of"]


RR_FEATURES: Final[tuple[EvidenceRow[RrEvidence], ...]] = (
    EvidenceRow(
        name="mean_heart_rate",
        value=lambda seen: seen.mean_heart_rate_per_min,
        unit="/min",
        usual=(51.0, 90.0),
        source="NEWS2 (Royal College of Physicians 2017): pulse that scores 0",
    ),
    EvidenceRow(name="shortest_rr", value=lambda seen: seen.shortest_rr_ms, unit="ms"),
    EvidenceRow(name="longest_rr", value=lambda seen: seen.longest_rr_ms, unit="ms"),
    EvidenceRow(
        name="rmssd",
        value=lambda seen: seen.rmssd_ms,
        unit="ms",
        usual=(19.0, 75.0),
        source="Nunan, Sandercock, Brodie: PACE 2010;33:1407-1417, range of short-term norms",
    ),
    EvidenceRow(name="rr_coefficient_of_variation", value=lambda s: s.rr_coefficient_of_variation, unit="1"),
    EvidenceRow(
        name="successive_differences_over_50_ms_share",
        value=lambda seen: seen.successive_differences_over_50_ms_share,
        unit="1",
    ),
    EvidenceRow(name="rr_sample_entropy", value=lambda seen: seen.rr_sample_entropy, unit="1"),
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
