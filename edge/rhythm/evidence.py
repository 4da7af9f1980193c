"""Why the model said so: the window's features by name, and the wearer's median beat."""

from collections.abc import Sequence
from typing import Final

from edge.judging.detection import Transition
from edge.judging.evidence import fitted
from edge.judging.evidence_row import EvidenceRow, features_of
from edge.judging.judging import PASSED
from edge.rhythm.interval_rows import INTERVAL_ROWS
from vitals.features.rhythm import RhythmEvidence
from vitals.manifest import ModelManifest
from vitals.records import Evidence, Prototype

__all__ = ["EVIDENCE_FEATURES", "evidence_of"]


EVIDENCE_FEATURES: Final[tuple[EvidenceRow[RhythmEvidence], ...]] = (
    *INTERVAL_ROWS,
    EvidenceRow(name="p_wave_to_qrs_share", value=lambda seen: seen.p_wave_to_qrs_share, unit="1"),
    EvidenceRow(name="p_wave_consistency", value=lambda seen: seen.p_wave_consistency, unit="1"),
    EvidenceRow(
        name="beats_unlike_the_median_share", value=lambda s: s.beats_unlike_the_median_share, unit="1"
    ),
    EvidenceRow(
        name="qrs_width",
        value=lambda seen: seen.qrs_width_ms,
        unit="ms",
        usual=(None, 120.0),  # our measure runs narrower than a cardiologist's: narrow says nothing
        source="AHA/ACCF/HRS 2009 (Circulation 119:e235): wide from 120 ms in adults",
    ),
    EvidenceRow(name="beats", value=lambda seen: float(seen.beat_count), unit="1"),
    EvidenceRow(name="window", value=lambda seen: seen.window_s, unit="s"),
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
        features=features_of(EVIDENCE_FEATURES, seen),
        median_beat_uv=[round(point_mv * 1000) for point_mv in seen.median_beat_mv],
        median_beat_rate_hz=seen.median_beat_rate_hz,
        prototypes=list(prototypes),
        stages=list(PASSED),
    )
    return fitted(whole)
