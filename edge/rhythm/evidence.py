"""Why the model said so: the window's features by name, and the wearer's median beat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.judging.detection import Transition
from edge.judging.evidence import fitted
from edge.judging.judging import PASSED
from vitals.features.rhythm import RhythmEvidence
from vitals.manifest import ModelManifest
from vitals.records import Evidence, Feature, Prototype

__all__ = ["EVIDENCE_FEATURES", "evidence_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFeature:
    """One row: a feature a person is shown, its UCUM unit, and what is usual with its source, if known."""

    name: str
    value: Callable[[RhythmEvidence], float | None]
    unit: str
    usual: tuple[float | None, float | None] = (None, None)
    source: str = ""


EVIDENCE_FEATURES: Final = (
    EvidenceFeature(
        name="mean_heart_rate",
        value=lambda seen: seen.mean_heart_rate_per_min,
        unit="/min",
        usual=(51.0, 90.0),
        source="NEWS2 (Royal College of Physicians 2017): pulse that scores 0",
    ),
    EvidenceFeature(name="shortest_rr", value=lambda seen: seen.shortest_rr_ms, unit="ms"),
    EvidenceFeature(name="longest_rr", value=lambda seen: seen.longest_rr_ms, unit="ms"),
    EvidenceFeature(
        name="rmssd",
        value=lambda seen: seen.rmssd_ms,
        unit="ms",
        usual=(19.0, 75.0),
        source="Nunan, Sandercock, Brodie: PACE 2010;33:1407-1417, range of short-term norms",
    ),
    EvidenceFeature(
        name="rr_coefficient_of_variation", value=lambda s: s.rr_coefficient_of_variation, unit="1"
    ),
    EvidenceFeature(
        name="successive_differences_over_50_ms_share",
        value=lambda seen: seen.successive_differences_over_50_ms_share,
        unit="1",
    ),
    EvidenceFeature(name="rr_sample_entropy", value=lambda seen: seen.rr_sample_entropy, unit="1"),
    EvidenceFeature(name="p_wave_to_qrs_share", value=lambda seen: seen.p_wave_to_qrs_share, unit="1"),
    EvidenceFeature(name="p_wave_consistency", value=lambda seen: seen.p_wave_consistency, unit="1"),
    EvidenceFeature(
        name="beats_unlike_the_median_share", value=lambda s: s.beats_unlike_the_median_share, unit="1"
    ),
    EvidenceFeature(
        name="qrs_width",
        value=lambda seen: seen.qrs_width_ms,
        unit="ms",
        usual=(None, 120.0),  # our measure runs narrower than a cardiologist's: narrow says nothing
        source="AHA/ACCF/HRS 2009 (Circulation 119:e235): wide from 120 ms in adults",
    ),
    EvidenceFeature(name="beats", value=lambda seen: float(seen.beat_count), unit="1"),
    EvidenceFeature(name="window", value=lambda seen: seen.window_s, unit="s"),
)


def evidence_of(
    turn: Transition,
    seen: RhythmEvidence,
    manifest: ModelManifest,
    *,
    prototypes: Sequence[Prototype] = (),
) -> Evidence:
    """Put together what travels with the event; features that could not be measured are left out."""
    whole = Evidence(
        model=manifest.name,
        model_version=manifest.version,
        probability=min(1.0, max(0.0, turn.probability)),
        threshold=turn.threshold,
        features=[
            _feature(row, value) for row in EVIDENCE_FEATURES if (value := row.value(seen)) is not None
        ],
        median_beat_uv=[round(point_mv * 1000) for point_mv in seen.median_beat_mv],
        median_beat_rate_hz=seen.median_beat_rate_hz,
        prototypes=list(prototypes),
        stages=list(PASSED),
    )
    return fitted(whole)


def _feature(row: EvidenceFeature, value: float) -> Feature:
    low, high = row.usual
    return Feature(name=row.name, value=value, unit=row.unit, usual_low=low, usual_high=high)
