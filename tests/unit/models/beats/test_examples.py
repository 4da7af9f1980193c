from dataclasses import replace

import numpy as np
import pytest

from models.beats.examples import AnnotatedPeaks, BeatExamples, beat_windows, training_examples
from models.beats.recordings import beat_recordings
from models.beats.splicing import with_changing_axis, with_many_early_beats
from tests.fakes.ectopics import RATE_HZ, ectopic_patient, write_patient
from vitals.features.beats import BEAT_INPUTS
from vitals.features.rpeaks import DECISION_LATENCY_S


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mitdb")
    write_patient(folder, "900", seconds=150, seed=3, names=("MLII", "V1"))
    return next(beat_recordings(folder))


@pytest.fixture(scope="module")
def examples(recording):
    return training_examples([recording])


def test_annotated_beats_are_told_as_late_as_found_ones():
    peaks = AnnotatedPeaks(np.array([100, 300]), 100.0)
    told = [(end, at) for end in range(50, 500, 50) for at in peaks.push(np.zeros(50))]
    assert [at for _, at in told] == [100, 300]
    assert all(0 < end - at - 100 * DECISION_LATENCY_S <= 50 for end, at in told)


def test_every_beat_is_told_once_however_close_to_the_end():
    leads_mv, beats, _ = ectopic_patient(seconds=60, seed=5)
    heard = [AnnotatedPeaks(beats, RATE_HZ) for _ in range(2)]
    told = list(beat_windows(leads_mv[:, 0], RATE_HZ, adapting=heard[0], peaks=heard[1]))
    assert [beat.at for beat in told] == beats.tolist()


def test_the_patients_own_beat_is_known_from_the_first_beat_on():
    leads_mv, beats, _ = ectopic_patient(seconds=60, seed=5)
    heard = [AnnotatedPeaks(beats, RATE_HZ) for _ in range(2)]
    first = next(beat_windows(leads_mv[:, 0], RATE_HZ, adapting=heard[0], peaks=heard[1]))
    assert first.inputs["measures"][0, -1] > 0.5


def test_examples_have_a_label_a_patient_and_whole_tensors(examples):
    assert {name: rows.shape[1:] for name, rows in examples.tensors.items()} == {
        name: shape[1:] for name, shape in BEAT_INPUTS.items()
    }
    assert set(examples.labels) == {"N", "S", "V"}
    assert set(examples.patients) == {"900"}
    assert set(examples.records) == {"900", "900~axis", "900~early"}
    assert all(np.isfinite(rows).all() for rows in examples.tensors.values())


def test_examples_are_read_as_they_were_written(examples, tmp_path):
    examples.save(tmp_path / "beats.npz")
    again = BeatExamples.load(tmp_path / "beats.npz")
    assert again.labels.tolist() == examples.labels.tolist()
    assert np.array_equal(again.tensors["beat"], examples.tensors["beat"])


def test_an_aberrated_beat_may_be_of_either_class(recording, monkeypatch):
    monkeypatch.setattr("models.beats.examples.with_many_early_beats", lambda *_, **__: None)
    early = recording.labels == "S"
    labels = training_examples([replace(recording, aberrated=early)]).labels
    assert "SV" in labels
    assert "S" not in labels


def test_early_beats_abound_in_what_is_spliced(recording):
    spliced = with_many_early_beats(recording, seed=1)
    assert np.mean(spliced.labels == "S") > 0.35 > np.mean(recording.labels == "S")
    assert (np.diff(spliced.beats) > 0.2 * RATE_HZ).all()


def test_what_is_spliced_keeps_its_beats_where_they_are(recording):
    spliced = with_many_early_beats(recording, seed=1)
    normal = spliced.beats[spliced.labels == "N"]
    usual_mv = np.median(recording.leads_mv[recording.beats[recording.labels == "N"], 0])
    assert np.median(spliced.leads_mv[normal, 0]) == pytest.approx(usual_mv, abs=0.05)


def test_nothing_is_made_of_a_patient_without_early_beats(recording):
    calm = replace(recording, labels=np.full(len(recording.beats), "N"))
    assert with_many_early_beats(calm, seed=1) is None


def test_where_the_axis_changes_the_beats_stay(recording):
    changed = with_changing_axis(recording, seed=4)
    lead_mv, usual_mv = changed.leads_mv[:, 0], recording.leads_mv[:, 0]
    assert np.array_equal(changed.beats, recording.beats)
    assert changed.labels.tolist() == recording.labels.tolist()
    assert 0.2 < np.mean(lead_mv == usual_mv) < 0.95


def test_examples_that_were_made_up_are_not_judged(examples):
    assert set(examples.records[examples.is_judged]) == {"900"}


def test_each_beat_of_the_chosen_lead_is_judged_once(examples, recording):
    assert examples.is_judged.sum() == len(recording.beats)
