"""The artefact that ships, by the road of the service, and what an evaluation says of it."""

import msgspec
import numpy as np
import pytest

from models.cards import card
from models.deterioration.about import ABOUT
from models.deterioration.evaluate import evaluate
from models.deterioration.labels import DIED, LABELS
from models.interpreter import run_outputs
from models.registry import ARTEFACTS_DIR
from tests.fakes.stays import EXCERPT, a_set
from vitals.errors import ModelRejectedError
from vitals.features.deterioration import (
    DETERIORATION_FEATURE_VERSION,
    DETERIORATION_INPUTS,
    WINDOW_HOURS,
    deterioration_inputs,
)
from vitals.manifest import load_verified
from vitals.scores.deterioration import KEYS

FOLDER = ARTEFACTS_DIR / "deterioration"
WELL = {
    "heart_rate": 72.0,
    "respiratory_rate": 15.0,
    "oxygen_saturation": 98.0,
    "body_temperature": 36.8,
    "systolic_pressure": 125.0,
    "diastolic_pressure": 75.0,
}
ILL = {"heart_rate": 128.0, "respiratory_rate": 32.0, "oxygen_saturation": 88.0, "body_temperature": 34.5,
       "systolic_pressure": 82.0, "diastolic_pressure": 45.0}  # fmt: skip


@pytest.fixture(scope="module")
def shipped():
    return load_verified(FOLDER / "manifest.json", feature_version=DETERIORATION_FEATURE_VERSION)


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(FOLDER, EXCERPT, progress=lambda _what, _share: None)


def judged(shipped, values, age_years=60.0):
    hours = {key: np.full(WINDOW_HOURS, value) for key, value in values.items()}
    return run_outputs(shipped[1], deterioration_inputs(hours, age_years))


def risk(shipped, values, age_years=60.0):
    return float(judged(shipped, values, age_years)["probabilities"][0, LABELS.index(DIED)])


def test_who_looks_ill_ranks_above_who_looks_well(shipped):
    assert risk(shipped, ILL) > 3 * risk(shipped, WELL)


@pytest.mark.parametrize("coma_score", [{}, {"coma_score": 15.0}])
def test_more_years_never_look_better(shipped, coma_score):
    risks = [risk(shipped, WELL | coma_score, age_years) for age_years in range(16, 95, 3)]
    assert risks == sorted(risks)
    assert risks[-1] > risks[0]


def test_less_consciousness_never_looks_better(shipped):
    risks = [risk(shipped, WELL | {"coma_score": float(score)}) for score in range(15, 2, -1)]
    assert risks == sorted(risks)


def test_more_oxygen_never_looks_better(shipped):
    ward = WELL | {"coma_score": 15.0}
    risks = [risk(shipped, ward | {"inspired_oxygen": share}) for share in (0.21, 0.3, 0.4, 0.6, 0.8, 1.0)]
    assert risks == sorted(risks)


def test_the_parts_are_what_each_quantity_adds_to_the_log_odds(shipped):
    outputs = judged(shipped, ILL)
    (parts,) = outputs["embedding"]
    died = float(outputs["probabilities"][0, 1])
    nothing = float(run_outputs(shipped[1], deterioration_inputs({}, None))["probabilities"][0, 1])
    assert np.log(died / (1 - died)) - np.log(nothing / (1 - nothing)) == pytest.approx(parts.sum(), abs=1e-3)
    assert dict(zip(KEYS, parts, strict=True))["coma_score"] == 0


def test_what_is_missing_adds_nothing(shipped):
    outputs = run_outputs(shipped[1], deterioration_inputs({}, None))
    assert outputs["embedding"].tolist() == [[0.0] * len(KEYS)]


def test_what_no_patient_showed_is_far_away(shipped):
    limit = shipped[0].distance_limit
    assert float(judged(shipped, WELL)["distance"][0, 0]) < limit
    wrong_unit = {"body_temperature": 41.9, "heart_rate": 299.0, "systolic_pressure": 299.0}
    assert float(judged(shipped, wrong_unit)["distance"][0, 0]) > limit


def test_the_manifest_states_the_tensors_the_service_makes(shipped):
    assert {tensor.name: tensor.shape for tensor in shipped[0].inputs} == DETERIORATION_INPUTS


def test_the_artefact_is_small_and_quick(shipped, evaluation):
    assert len(shipped[1]) <= 100_000
    assert evaluation.report["model"]["bytes"] == len(shipped[1])


def test_stays_it_was_trained_on_are_judged_by_networks_that_never_saw_them(evaluation):
    whole = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    assert whole["out_of_fold"] == whole["stays"] > 3_900
    # The excerpt's files lack the laboratory: to the book they are strangers'.
    assert evaluation.report["out_of_fold"] == 0


def test_a_report_holds_model_and_rule_on_the_same_stays(evaluation):
    report = evaluation.report
    assert (report["stays"], report["deaths"]) == (48, 14)
    assert 0.5 < report["auroc"] <= 1
    assert report["auroc_gain"] == pytest.approx(report["auroc"] - report["auroc_news2"], abs=2e-4)
    assert {row["record"] for row in report["by_record"]} >= {"132539"}
    low, high = report["intervals"]["auroc"]
    assert low <= report["auroc"] <= high
    assert [row["sensitivity"] for row in report["decisions"]] == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert msgspec.json.decode(msgspec.json.encode(report)) == report


def test_the_figures_can_be_drawn(evaluation, tmp_path):
    assert {path.name for path in evaluation.draw(tmp_path)} == {
        "roc_and_pr.png",
        "reliability.png",
        "strata.png",
    }


def test_the_shipped_report_keeps_its_promise_against_the_rule():
    report = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    low, _ = report["intervals"]["auroc_gain"]
    assert low > 0.05


def test_the_card_is_the_one_its_manifest_and_report_make(shipped):
    report = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    figures = sorted(path.stem for path in (FOLDER / "figures").glob("*.png"))
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card(shipped[0], report, ABOUT, figures)


def test_a_set_of_survivors_has_no_area_to_tell(tmp_path):
    a_set(tmp_path, files={"200001": "00:30,HR,80\n00:31,RespRate,16\n", "200002": "00:40,HR,70\n"})
    report = evaluate(FOLDER, tmp_path, progress=lambda _what, _share: None).report
    assert np.isnan([report["auroc"], report["auroc_news2"], *report["intervals"]["auroc"]]).all()
    assert report["decisions"] == report["left_out"] == []


def test_without_an_artefact_nothing_is_evaluated(tmp_path):
    with pytest.raises(ModelRejectedError, match="put the model"):
        evaluate(tmp_path, EXCERPT, progress=lambda _what, _share: None)
