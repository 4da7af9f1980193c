"""The road from recordings to a signed artefact and back to a report, on two drawn patients."""

import pytest

from models.plan import TrainingPlan
from models.registry import evaluate, train
from tests.fakes.ectopics import write_patient


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    place = tmp_path_factory.mktemp("beats")
    (place / "mitdb").mkdir()
    for record, seed in (("900", 1), ("901", 2)):
        write_patient(place / "mitdb", record, seconds=100, seed=seed, names=("MLII", "V1"))
    plan = TrainingPlan(smoke=True, logs_dir=place / "logs")
    return place, train("beats", place, place / "artefacts" / "beats", plan=plan)


def test_a_smoke_training_leaves_all_that_a_model_consists_of(trained):
    place, manifest = trained
    left = {path.name for path in manifest.parent.iterdir()}
    assert {"beats.tflite", "beats.int8.tflite", "prototypes.json", "report.json", "card.md"} <= left
    assert {path.name for path in (manifest.parent / "folds").iterdir()} >= {"0.tflite", "1.tflite"}
    assert list((place / "logs").rglob("events.out.tfevents.*"))
    assert list((manifest.parent / "figures").glob("*.png"))


def test_what_was_trained_on_is_judged_out_of_fold_and_a_stranger_is_not(trained, tmp_path):
    place, manifest = trained
    write_patient(tmp_path, "902", seconds=60, seed=3, names=("V5", "MLII"))
    known = evaluate("beats", place, artefacts_dir=manifest.parents[1]).report
    strange = evaluate("beats", tmp_path, artefacts_dir=manifest.parents[1]).report
    assert (known["out_of_fold"], strange["out_of_fold"]) == (2, 0)
    assert strange["classes"]["N"]["support"] > 30
    assert strange["streaming"]["beats_missed"] <= 2
    assert strange["model"]["bytes"] < 100_000
