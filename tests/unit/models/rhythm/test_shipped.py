"""The artefact that ships, on recordings it has not seen, by the gateway's own road."""

from importlib import import_module

import msgspec
import numpy as np
import pytest

from models.cards import card
from models.folds import FoldBook
from models.interpreter import run_outputs, run_rows
from models.registry import ARTEFACTS_DIR
from models.rhythm.about import ABOUT
from tests.fakes.ecg import excerpt, found_in, steady
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION, RHYTHM_INPUTS, RHYTHM_WINDOW_S, rhythm_inputs
from vitals.manifest import load_verified

FOLDER = ARTEFACTS_DIR / "rhythm"
LARGEST_BYTES = 100_000


@pytest.fixture(scope="module")
def shipped():
    return load_verified(FOLDER / "manifest.json", feature_version=RHYTHM_FEATURE_VERSION)


def judged(shipped, ecg_mv, rate_hz):
    manifest, artefact = shipped
    length = round(RHYTHM_WINDOW_S * rate_hz)
    peaks = found_in(ecg_mv, rate_hz)
    (row,) = run_rows(artefact, rhythm_inputs(ecg_mv[:length], rate_hz, peaks[peaks < length]))
    return dict(zip(manifest.labels, row.tolist(), strict=True))


def test_fibrillation_is_flagged_at_the_threshold(shipped):
    recording = excerpt("203")
    assert judged(shipped, recording.ecg_mv, recording.rate_hz)["A"] >= shipped[0].thresholds["A"]


def test_a_normal_rhythm_is_called_normal(shipped):
    recording = excerpt("101")
    given = judged(shipped, recording.ecg_mv, recording.rate_hz)
    assert max(given, key=given.get) == "N"
    assert given["A"] < 0.1


def test_bare_noise_is_called_too_noisy_and_never_fibrillation(shipped):
    given = judged(shipped, np.random.default_rng(8).normal(scale=0.5, size=3900), 130.0)
    assert given["A"] < shipped[0].thresholds["A"]
    assert given["~"] > 0.5


def test_a_regular_drawn_rhythm_is_not_fibrillation(shipped):
    assert judged(shipped, steady(), 130.0)["A"] < 0.2


def test_the_probabilities_add_up(shipped):
    assert sum(judged(shipped, steady(), 130.0).values()) == pytest.approx(1, abs=1e-4)


def test_the_manifest_states_the_tensors_the_gateway_makes(shipped):
    assert {tensor.name: tensor.shape for tensor in shipped[0].inputs} == RHYTHM_INPUTS


def test_the_artefact_is_small(shipped):
    assert len(shipped[1]) <= LARGEST_BYTES


def test_each_recording_trained_on_has_a_network_that_never_saw_it(shipped):
    book = FoldBook.load(FOLDER, shipped[1])
    fitting = import_module("models.rhythm.fitting")  # loads what training needs, in one worker alone
    assert len(book.artefacts) == fitting.FOLDS
    assert len(book.folds) > 5900
    assert all(len(artefact) <= LARGEST_BYTES for artefact in book.artefacts)


def test_mere_noise_lies_further_from_the_training_than_an_ecg(shipped):
    inputs = [
        rhythm_inputs(ecg, 130.0, found_in(ecg, 130.0))
        for ecg in (excerpt("101").ecg_mv[:3900], np.random.default_rng(8).normal(scale=50, size=3900))
    ]
    near, far = (float(run_outputs(shipped[1], row)["distance"][0, 0]) for row in inputs)
    assert near < shipped[0].distance_limit
    assert near < far


def test_the_card_is_the_one_its_manifest_and_report_make(shipped):
    report = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    figures = sorted(path.stem for path in (FOLDER / "figures").glob("*.png"))
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card(shipped[0], report, ABOUT, figures)
