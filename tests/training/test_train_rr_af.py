"""The whole road of the model of RR intervals, on excerpts: train, export, evaluate."""

import json
import shutil
from pathlib import Path

import pytest

from models.plan import TrainingPlan
from models.registry import evaluate, train
from tests.fakes.rr import RR_EXCERPTS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    shutil.copytree(RR_EXCERPTS, folder / "afdb_rr")
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    folder = tmp_path_factory.mktemp("models") / "rr-af"
    return train("rr-af", data, folder, plan=TrainingPlan(smoke=True)).parent


def test_a_smoke_training_leaves_all_that_a_release_has(trained: Path) -> None:
    found = {path.name for path in trained.iterdir()}
    assert found >= {"rr-af.tflite", "rr-af.int8.tflite", "report.json", "card.md", "figures", "folds"}
    assert (trained / "rr-af.tflite").stat().st_size <= 100_000


def test_whom_a_network_was_trained_without_it_judges(trained: Path, data: Path) -> None:
    report = evaluate("rr-af", data, artefacts_dir=trained.parent).report
    assert (report["records"], report["out_of_fold"]) == (4, 2)
    assert report["classes"]["AF"]["support"] > 1500
    assert json.loads((trained / "report.json").read_text())["classes"] == report["classes"]
