"""The artefact that ships, by the gateway's own road: peaks found, beats streamed, then the interpreter."""

import msgspec
import numpy as np
import pytest

from models.beats.about import ABOUT
from models.beats.examples import beat_windows
from models.beats.recordings import LABELS
from models.cards import card
from models.folds import FoldBook
from models.interpreter import run_outputs
from models.registry import ARTEFACTS_DIR
from tests.fakes.ecg import excerpt
from tests.fakes.ectopics import RATE_HZ, ectopic_patient
from vitals.features.beats import BEAT_FEATURE_VERSION, BEAT_INPUTS
from vitals.features.rpeaks import RPeakDetector
from vitals.manifest import companion, load_verified
from vitals.prototypes import PROTOTYPES_FILE, PrototypeSet

FOLDER = ARTEFACTS_DIR / "beats"
LARGEST_BYTES = 100_000


@pytest.fixture(scope="module")
def shipped():
    return load_verified(FOLDER / "manifest.json", feature_version=BEAT_FEATURE_VERSION)


def judged(artefact, ecg_mv, rate_hz):
    """Labels of the beats found, by their samples, and the outputs."""
    adapting, peaks = (RPeakDetector(rate_hz=rate_hz) for _ in range(2))
    told = beat_windows(ecg_mv, rate_hz, adapting=adapting, peaks=peaks)
    beats = [beat for beat in told if beat.fault is None]
    outputs = run_outputs(
        artefact, {name: np.concatenate([beat.inputs[name] for beat in beats]) for name in BEAT_INPUTS}
    )
    labels = np.array(LABELS)[outputs["probabilities"].argmax(axis=1)]
    return np.array([beat.at for beat in beats]), labels, outputs


def test_a_regular_recording_has_normal_beats(shipped):
    recording = excerpt("101")
    _, labels, _ = judged(shipped[1], recording.ecg_mv, recording.rate_hz)
    assert np.mean(labels == "N") > 0.95


def test_beats_of_a_drawn_patient_are_told_apart(shipped):
    leads_mv, beats, codes = ectopic_patient(seconds=120, seed=11)
    at, labels, _ = judged(shipped[1], leads_mv[:, 0], RATE_HZ)
    said = {code: [] for code in "NAV"}
    for beat, code in zip(beats, codes, strict=True):
        near = np.flatnonzero(np.abs(at - beat) < 0.1 * RATE_HZ)
        said[code] += labels[near].tolist()
    assert np.mean(np.array(said["N"]) == "N") > 0.9
    assert np.mean(np.array(said["V"]) == "V") > 0.8


def test_the_outputs_are_probabilities_a_distance_and_an_embedding(shipped):
    recording = excerpt("203")
    _, _, outputs = judged(shipped[1], recording.ecg_mv, recording.rate_hz)
    assert outputs["probabilities"].sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert np.mean(outputs["distance"] <= shipped[0].distance_limit) > 0.9
    assert np.isfinite(outputs["embedding"]).all()


def test_what_no_heart_can_be_is_far_from_the_training(shipped):
    odd = {name: np.full(shape, 40.0, np.float32) for name, shape in BEAT_INPUTS.items()}
    assert run_outputs(shipped[1], odd)["distance"][0, 0] > shipped[0].distance_limit


def test_the_manifest_states_the_tensors_the_gateway_makes(shipped):
    assert {tensor.name: tensor.shape for tensor in shipped[0].inputs} == BEAT_INPUTS


def test_the_artefact_and_those_of_its_folds_are_small(shipped):
    book = FoldBook.load(FOLDER, shipped[1])
    assert len(book.folds) == 22
    assert max(len(artefact) for artefact in (*book.artefacts, shipped[1])) <= LARGEST_BYTES


def test_the_prototypes_lie_where_the_artefact_puts_beats(shipped):
    chosen = PrototypeSet.decode(companion(FOLDER / "manifest.json", shipped[0], PROTOTYPES_FILE))
    assert {window.label for window in chosen.windows} == set(LABELS)
    recording = excerpt("101")
    _, _, outputs = judged(shipped[1], recording.ecg_mv, recording.rate_hz)
    assert chosen.nearest(outputs["embedding"][5], 1)[0].label == "N"


def test_the_int8_twin_agrees_on_the_excerpts(shipped):
    twin = companion(FOLDER / "manifest.json", shipped[0], "beats.int8.tflite")
    for record in ("101", "203"):
        recording = excerpt(record)
        _, whole, _ = judged(shipped[1], recording.ecg_mv, recording.rate_hz)
        _, coarse, _ = judged(twin, recording.ecg_mv, recording.rate_hz)
        assert np.mean(whole == coarse) > 0.9


def test_the_card_is_the_one_its_manifest_and_report_make(shipped):
    report = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    figures = sorted(path.stem for path in (FOLDER / "figures").glob("*.png"))
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card(shipped[0], report, ABOUT, figures)
