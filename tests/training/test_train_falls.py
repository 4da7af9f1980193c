"""The whole road of the fall model, on a few people drawn for it: train, verify, evaluate, run."""

import json

import numpy as np
import pytest

from edge.adapters.tflite import TfliteModel
from models.plan import TrainingPlan
from models.registry import evaluate, train
from tests.fakes.movement import people, write_sisfall
from vitals.features.falls import FALL_FEATURE_VERSION, FALL_INPUTS
from vitals.manifest import load_verified

STRANGER_SEED = 9_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_sisfall(tmp_path_factory.mktemp("data") / "sisfall", people(4)).parent


@pytest.fixture(scope="module")
def artefacts(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("artefacts")
    train("falls", data, folder / "falls", plan=TrainingPlan(smoke=True, seed=3))
    return folder


def test_training_leaves_all_that_a_gateway_and_a_reader_need(artefacts):
    folder = artefacts / "falls"
    assert {path.name for path in folder.iterdir()} >= {
        "manifest.json",
        "falls.tflite",
        "falls.int8.tflite",
        "report.json",
        "card.md",
        "folds",
        "figures",
    }
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=FALL_FEATURE_VERSION, trusted=None
    )
    assert {tensor.name: tensor.shape for tensor in manifest.inputs} == FALL_INPUTS
    assert manifest.distance_limit > 0
    assert len(artefact) <= 100_000
    report = json.loads((folder / "report.json").read_text())
    assert report["conversion_difference"] < 1e-4
    assert report["int8"]["bytes"] > 0


def test_those_trained_on_are_judged_by_networks_that_never_saw_them(artefacts, data):
    report = evaluate("falls", data, artefacts_dir=artefacts).report
    assert report["out_of_fold"] == report["recordings"] == 36
    assert report["gate"]["event_se"] == 1.0
    assert report["rule_without_model"]["event_se"] == 1.0


def test_strangers_with_another_sensor_and_other_codes_are_judged_by_the_network_that_ships(
    artefacts, tmp_path
):
    strangers = {
        name.replace("F01", "F99").replace("SA", "X"): samples[:, ::-1]
        for name, samples in people(2, seed=STRANGER_SEED).items()
    }
    evaluation = evaluate(
        "falls", write_sisfall(tmp_path, strangers, counts_per_g=1024), artefacts_dir=artefacts
    )
    report = evaluation.report
    assert report["out_of_fold"] == 0
    assert (report["people"], report["falls"]) == (2, 6)
    assert report["counts_per_g"]["median"] == pytest.approx(1024, rel=0.03)
    assert 0.0 <= report["event_se"] <= 1.0
    assert {row["record"] for row in report["by_record"] if row["by"] == "activity"} == {"F99", "D19", "D01"}
    assert set(evaluation.figures) == {"confusion", "reliability", "curves", "worst_people"}
    json.dumps(report)


def test_the_network_tells_its_probabilities_and_how_far_a_blow_is_from_its_training(artefacts):
    manifest, artefact = load_verified(artefacts / "falls" / "manifest.json", trusted=None)
    rows = {name: np.zeros(shape, np.float32) for name, shape in FALL_INPUTS.items()}
    inference = TfliteModel(manifest, artefact).infer(rows)
    assert set(inference.probabilities) == {"other", "fall"}
    assert inference.distance > 0
    assert inference.embedding.shape == (56,)
