from dataclasses import replace

import numpy as np

from edge.judging.condition import CONDITIONS
from edge.judging.detection import Transition
from edge.rhythm.evidence import EVIDENCE_FEATURES, evidence_of
from tests.fakes.rhythm_model import manifest
from tests.fakes.strap import steady_mv
from vitals.features.rhythm import RhythmEvidence, rhythm_evidence
from vitals.features.rpeaks import RPeakDetector
from vitals.records import Phase

TURN = Transition(
    condition=CONDITIONS[0],
    phase=Phase.ONSET,
    event_id="episode-1",
    t_ms=1,
    probability=0.9,
    threshold=0.6,
)


def seen() -> RhythmEvidence:
    ecg = steady_mv(30.0)
    return rhythm_evidence(ecg, 130.0, RPeakDetector(rate_hz=130.0).push(ecg))


def test_each_feature_has_its_name_value_and_unit_once() -> None:
    evidence = evidence_of(TURN, seen(), manifest())
    assert [row.name for row in evidence.features] == [row.name for row in EVIDENCE_FEATURES]
    assert len({row.name for row in EVIDENCE_FEATURES}) == len(EVIDENCE_FEATURES)
    rate = evidence.features[0]
    assert (rate.name, rate.unit, round(rate.value)) == ("mean_heart_rate", "/min", 75)


def test_what_is_called_usual_names_its_source() -> None:
    assert all(row.source for row in EVIDENCE_FEATURES if row.usual != (None, None))


def test_what_could_not_be_measured_is_left_out_and_never_zero() -> None:
    evidence = evidence_of(TURN, replace(seen(), rmssd_ms=None, qrs_width_ms=None), manifest())
    assert {"rmssd", "qrs_width"}.isdisjoint(row.name for row in evidence.features)


def test_the_median_beat_travels_in_whole_microvolts_at_its_rate() -> None:
    shown = seen()
    evidence = evidence_of(TURN, shown, manifest())
    assert evidence.median_beat_uv == [round(1000 * point) for point in shown.median_beat_mv]
    assert evidence.median_beat_rate_hz == shown.median_beat_rate_hz
    assert max(evidence.median_beat_uv) == evidence.median_beat_uv[int(np.argmax(shown.median_beat_mv))]


def test_a_probability_a_hair_above_one_is_one() -> None:
    assert evidence_of(replace(TURN, probability=1.0000001), seen(), manifest()).probability == 1.0
