from dataclasses import replace

import numpy as np
import pytest

from models.beats import judging
from models.beats.judging import NO_BEAT, judge, judge_streaming
from models.beats.recordings import LABELS, beat_recordings
from models.interpreter import OUTPUT
from tests.fakes.ectopics import RATE_HZ, write_patient
from vitals.features.beat_tensors import BEAT_MEASURES

EARLINESS, WIDENING = (BEAT_MEASURES.index(name) for name in ("before_over_local", "spread_ratio"))


def by_rule(_artefact, rows):
    """Judge as a textbook would, in place of a network: wide is V, early is S."""
    measures = rows["measures"]
    wide, early = measures[:, WIDENING] > 0.3, measures[:, EARLINESS] < -0.2
    column = np.where(wide, LABELS.index("V"), np.where(early, LABELS.index("S"), LABELS.index("N")))
    return {OUTPUT: np.eye(len(LABELS))[column], "distance": np.ones((len(column), 1))}


@pytest.fixture
def recording(tmp_path, monkeypatch):
    monkeypatch.setattr(judging, "run_outputs", by_rule)
    write_patient(tmp_path, "900", seconds=90, seed=7, names=("MLII", "V1"))
    return next(beat_recordings(tmp_path))


def test_every_scored_beat_gets_a_judgement(recording):
    found = judge(recording, b"")
    assert found.truth.tolist() == recording.labels.tolist()
    assert np.mean(found.truth == found.judged) > 0.95


def test_beats_are_judged_end_to_end_without_their_places_being_told(recording):
    truth, judged = judge_streaming(recording, b"")
    assert np.mean(truth == judged) > 0.9


def test_a_beat_that_is_not_annotated_is_invented(recording):
    blind = replace(recording, beats=recording.beats[::2], labels=recording.labels[::2])
    truth, judged = judge_streaming(blind, b"")
    assert (truth == NO_BEAT).sum() == pytest.approx(len(recording.beats) / 2, abs=4)
    assert (judged == NO_BEAT).sum() <= 3


def test_beats_in_flutter_are_left_out(recording):
    start, end = round(20 * RATE_HZ), round(60 * RATE_HZ)
    outside = (recording.beats < start) | (recording.beats > end)
    fluttering = replace(
        recording,
        beats=recording.beats[outside],
        labels=recording.labels[outside],
        flutter=((start, end),),
    )
    truth, _ = judge_streaming(fluttering, b"")
    assert (truth == NO_BEAT).sum() <= 2


def test_a_beat_on_a_flat_line_is_not_judged_and_counts_as_normal(recording):
    leads_mv = recording.leads_mv.copy()
    leads_mv[recording.beats[40] - 300 : recording.beats[40] + 300] = 0.0
    found = judge(replace(recording, leads_mv=leads_mv), b"")
    assert np.isnan(found.probabilities[40]).all()
    assert found.judged[40] == "N"


def test_a_heart_that_is_never_heard_is_missed_beat_by_beat(recording):
    truth, judged = judge_streaming(replace(recording, leads_mv=np.zeros_like(recording.leads_mv)), b"")
    assert truth.tolist() == recording.labels.tolist()
    assert set(judged) == {NO_BEAT}
