"""Why a blow was taken for a fall, and why somebody is thought to lie there still: features by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.falls.verdict import Verdict
from edge.judging.evidence import fitted
from vitals.features.falls import FallEvidence
from vitals.records import Evidence, Feature

__all__ = ["EVIDENCE_FEATURES", "evidence_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFeature:
    """One row: a feature a person is shown, its UCUM unit, and what is usual with its source, if known."""

    name: str
    value: Callable[[FallEvidence], float]
    unit: str
    usual: tuple[float | None, float | None] = (None, None)
    source: str = ""


EVIDENCE_FEATURES: Final = (
    EvidenceFeature(
        name="peak_acceleration",
        value=lambda seen: seen.peak_g,
        unit="[g]",
        usual=(None, 3.5),
        source="Bourke et al., Gait Posture 2007;26:194-199: every fall exceeded 3.5 g at the trunk",
    ),
    EvidenceFeature(
        name="least_acceleration",
        value=lambda seen: seen.least_g,
        unit="[g]",
        usual=(0.41, None),
        source="Bourke et al. 2007: the trunk's lower threshold, crossed while falling",
    ),
    EvidenceFeature(name="free_fall", value=lambda seen: seen.free_fall_ms, unit="ms"),
    EvidenceFeature(name="posture_change", value=lambda seen: seen.posture_change_deg, unit="deg"),
    EvidenceFeature(name="stillness_after", value=lambda seen: seen.stillness_s, unit="s"),
    EvidenceFeature(name="movement_before", value=lambda seen: seen.movement_before_g, unit="[g]"),
    EvidenceFeature(name="movement_after", value=lambda seen: seen.movement_after_g, unit="[g]"),
)


def evidence_of(verdict: Verdict, *more: Feature) -> Evidence:
    """Put together what travels with an event that stands on this verdict."""
    evidence = Evidence(
        model=verdict.said_by,
        model_version=verdict.version,
        probability=min(1.0, max(0.0, verdict.probability)),
        threshold=verdict.threshold,
        features=[*more, *(_feature(row, verdict.seen) for row in EVIDENCE_FEATURES)],
    )
    return fitted(evidence)


def _feature(row: EvidenceFeature, seen: FallEvidence) -> Feature:
    low, high = row.usual
    return Feature(name=row.name, value=row.value(seen), unit=row.unit, usual_low=low, usual_high=high)
