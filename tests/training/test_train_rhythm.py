"""The road from strips to a signed artefact and back to a report, on drawn patients."""

import msgspec
import numpy as np
import pytest
import wfdb

from models.noise import SNRS_DB
from models.plan import TrainingPlan
from models.registry import evaluate, train
from tests.fakes.strips import challenge, write_archive, write_loose
from vitals.errors import RecordingError

pytestmark = pytest.mark.filterwarnings("ignore")  # what converts networks warns of itself

STRIPS = 48


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    place = tmp_path_factory.mktemp("rhythm")
    write_archive(place / "cinc2017", *challenge(STRIPS, seed=1))
    plan = TrainingPlan(smoke=True, logs_dir=place / "logs")
    return place, train("rhythm", place, place / "artefacts" / "rhythm", plan=plan)


def test_a_smoke_training_leaves_all_that_a_model_consists_of(trained):
    place, manifest = trained
    left = {path.name for path in manifest.parent.iterdir()}
    assert {"rhythm.tflite", "prototypes.json", "reference.json", "report.json", "card.md"} <= left
    assert len(list((manifest.parent / "folds").glob("*.tflite"))) == 5
    assert list((place / "logs").rglob("events.out.tfevents.*"))
    assert {path.stem for path in (manifest.parent / "figures").glob("*.png")} == {
        "abstention",
        "af_curves",
        "confusion",
        "noise_curves",
        "reliability",
        "training",
        "worst_strata",
    }


def test_the_network_is_the_forest_it_was_made_of(trained):
    report = msgspec.json.decode((trained[1].parent / "report.json").read_bytes())
    assert report["conversion_difference"] < 1e-5
    assert report["f1_cinc"] > 0.7


def test_what_was_trained_on_is_judged_out_of_fold_and_a_stranger_is_not(trained, tmp_path):
    place, manifest = trained
    write_loose(tmp_path, *challenge(8, seed=2))
    known = evaluate("rhythm", place / "cinc2017", artefacts_dir=manifest.parents[1]).report
    strange = evaluate("rhythm", tmp_path, artefacts_dir=manifest.parents[1]).report
    assert (known["out_of_fold"], known["records"]) == (STRIPS, STRIPS)
    assert (strange["out_of_fold"], strange["records"]) == (0, 8)
    assert {row["record"] for row in strange["by_record"]} == {f"T02{index:03d}" for index in range(8)}
    assert strange["classes"]["A"]["support"] == 2


def test_strips_are_judged_in_noise_where_it_lies_beside_them(trained, tmp_path):
    hiss = np.random.default_rng(4).normal(scale=0.2, size=(60 * 360, 2))
    for folder in (tmp_path / "cinc2017", tmp_path / "nstdb"):
        folder.mkdir()
    write_loose(tmp_path / "cinc2017", *challenge(8, seed=2))
    wfdb.wrsamp(
        "ma",
        fs=360,
        units=["mV"] * 2,
        sig_name=["a", "b"],
        p_signal=hiss,
        fmt=["16"] * 2,
        write_dir=str(tmp_path / "nstdb"),
    )
    evaluation = evaluate("rhythm", tmp_path / "cinc2017", artefacts_dir=trained[1].parents[1])
    curve = evaluation.report["noise"]
    assert [(row["noise"], row["snr_db"]) for row in curve] == [("ma", snr_db) for snr_db in SNRS_DB]
    assert curve[-1]["gated"]["coverage"] < curve[0]["gated"]["coverage"]
    assert "noise" in evaluation.figures


def test_strips_without_one_of_the_labels_cannot_be_trained_on(tmp_path):
    labels, files = challenge(20, seed=3)
    write_loose(tmp_path / "cinc2017", {name: label for name, label in labels.items() if label != "~"}, files)
    with pytest.raises(RecordingError, match="labelled ~"):
        train("rhythm", tmp_path, tmp_path / "out", plan=TrainingPlan(smoke=True))
