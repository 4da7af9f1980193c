"""The artefact that ships, on rows of intervals, by the gateway's own road."""

import msgspec
import numpy as np
import pytest

from models.cards import card
from models.folds import FoldBook
from models.interpreter import run_outputs
from models.registry import ARTEFACTS_DIR
from models.rr_af.about import ABOUT
from models.rr_af.judging import windows
from tests.fakes.rr import bigeminal_rr_ms, excerpts, fibrillating_rr_ms, steady_rr_ms
from vitals.features.rr_af import RR_AF_FEATURE_VERSION, RR_AF_INPUTS
from vitals.manifest import load_verified

FOLDER = ARTEFACTS_DIR / "rr-af"
LARGEST_BYTES = 100_000


@pytest.fixture(scope="module")
def shipped():
    return load_verified(FOLDER / "manifest.json", feature_version=RR_AF_FEATURE_VERSION)


def called_af(shipped, rr_ms):
    """Share of the intervals that are called fibrillation."""
    manifest, artefact = shipped
    given = run_outputs(artefact, {"rr": windows(rr_ms)})["probabilities"]
    return float(np.mean(given[:, manifest.labels.index("AF")] >= manifest.thresholds["AF"]))


def test_drawn_fibrillation_is_called_so(shipped):
    assert called_af(shipped, fibrillating_rr_ms(600)) > 0.95


@pytest.mark.parametrize(
    "rr_ms",
    [steady_rr_ms(600), steady_rr_ms(600, rr_ms=420.0), bigeminal_rr_ms(600), np.full(600, 800.0)],
    ids=["at-rest", "exercise", "bigeminy", "paced"],
)
def test_no_other_drawn_rhythm_is(shipped, rr_ms):
    assert called_af(shipped, rr_ms) < 0.02


def test_recorded_fibrillation_is_told_from_what_is_about_it(shipped):
    manifest, artefact = shipped
    right = []
    for one in excerpts().values():
        given = run_outputs(artefact, {"rr": windows(one.rr_ms, hop=1)})["probabilities"][:, 1]
        right.append((given >= manifest.thresholds["AF"]) == one.is_fibrillation)
    assert np.concatenate(right).mean() > 0.95


def test_a_row_of_nothing_known_is_no_fibrillation(shipped):
    assert called_af(shipped, np.full(400, np.nan)) == 0.0


def test_usual_windows_are_like_training(shipped):
    manifest, artefact = shipped
    for one in excerpts().values():
        distance = run_outputs(artefact, {"rr": windows(one.rr_ms)})["distance"]
        assert np.mean(distance > manifest.distance_limit) < 0.02


def test_the_manifest_states_the_tensor_the_gateway_makes(shipped):
    assert {tensor.name: tensor.shape for tensor in shipped[0].inputs} == RR_AF_INPUTS


def test_the_artefact_and_each_of_its_folds_are_small(shipped):
    book = FoldBook.load(FOLDER, shipped[1])
    assert len(book.artefacts) == 5
    assert all(len(artefact) <= LARGEST_BYTES for artefact in (shipped[1], *book.artefacts))


def test_the_int8_twin_calls_the_same(shipped):
    twin = (shipped[0], (FOLDER / "rr-af.int8.tflite").read_bytes())
    assert called_af(twin, fibrillating_rr_ms(600)) > 0.9
    assert called_af(twin, steady_rr_ms(600)) < 0.05


def test_the_card_is_the_one_its_manifest_and_report_make(shipped):
    report = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    figures = sorted(path.stem for path in (FOLDER / "figures").glob("*.png"))
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card(shipped[0], report, ABOUT, figures)
