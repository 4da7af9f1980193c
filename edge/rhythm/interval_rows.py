"""What RR intervals show, by name: the same rows whether an ECG gave the intervals or a wearable did."""

from typing import Final

from edge.judging.evidence_row import EvidenceRow
from vitals.features.rhythm import RhythmEvidence
from vitals.features.rr_af import RrEvidence

__all__ = ["INTERVAL_ROWS"]

INTERVAL_ROWS: Final[tuple[EvidenceRow[RhythmEvidence | RrEvidence], ...]] = (
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
)
