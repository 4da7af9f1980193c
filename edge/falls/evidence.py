"""Why a blow was taken for a fall, and why somebody is thought to lie there still: features by name."""

from typing import Final

from edge.falls.verdict import Verdict
from edge.judging.evidence import fitted
from edge.judging.evidence_row import EvidenceRow, features_of
from vitals.features.falls import FallEvidence
from vitals.records import Evidence, Feature

__all__ = ["EVIDENCE_FEATURES", "evidence_of"]


EVIDENCE_FEATURES: Final[tuple[EvidenceRow[FallEvidence], ...]] = (
    EvidenceRow(
        name="peak_acceleration",
        value=lambda seen: seen.peak_g,
        unit="[g]",
        usual=(None, 3.5),
        source="Bourke et al., Gait Posture 2007;26:194-199: every fall exceeded 3.5 g at the trunk",
    ),
    EvidenceRow(
        name="least_acceleration",
        value=lambda seen: seen.least_g,
        unit="[g]",
        usual=(0.41, None),
        source="Bourke et al. 2007: the trunk's lower threshold, crossed while falling",
    ),
    EvidenceRow(name="free_fall", value=lambda seen: seen.free_fall_ms, unit="ms"),
    EvidenceRow(name="posture_change", value=lambda seen: seen.posture_change_deg, unit="deg"),
    EvidenceRow(name="stillness_after", value=lambda seen: seen.stillness_s, unit="s"),
    EvidenceRow(name="movement_before", value=lambda seen: seen.movement_before_g, unit="[g]"),
    EvidenceRow(name="movement_after", value=lambda seen: seen.movement_after_g, unit="[g]"),
)


def evidence_of(verdict: Verdict, *more: Feature) -> Evidence:
    """Put together what travels with an event that stands on this verdict."""
    evidence = Evidence(
        model=verdict.said_by,
        model_version=verdict.version,
        probability=min(1.0, max(0.0, verdict.probability)),
        threshold=verdict.threshold,
        features=[*more, *features_of(EVIDENCE_FEATURES, verdict.seen)],
    )
    return fitted(evidence)
