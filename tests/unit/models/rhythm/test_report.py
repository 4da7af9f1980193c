import numpy as np
import pytest

from models.rhythm.examples import LABELS, Examples
from models.rhythm.external import external_report
from models.rhythm.judged import Judged
from models.rhythm.report import figures_of, report_on_strips

FEATURES = {"strip.beats_per_s": 0.8, "strip.roughness": 0.005, "rr.early_share": 0.0}


def judged_as(truth, given, *, confidence=0.7, **features):
    """Records called what ``given`` says, each with the same confidence or its own."""
    sure = np.broadcast_to(confidence, len(truth))
    probabilities = np.repeat((1 - sure)[:, None] / 3, 4, axis=1)
    probabilities[np.arange(len(truth)), [LABELS.index(label) for label in given]] = sure
    return Judged(
        records=np.array([f"r{index}" for index in range(len(truth))]),
        truth=np.array(list(truth)),
        probabilities=probabilities,
        distance=np.zeros(len(truth)),
        is_out_of_fold=np.arange(len(truth)) % 2 == 0,
        features={name: np.full(len(truth), value) for name, value in FEATURES.items()} | features,
    )


def report_of(judged):
    return report_on_strips(judged, af_threshold=0.5, seed=1)


def test_the_score_of_the_challenge_is_the_mean_f1_of_three_labels():
    report = report_of(judged_as("NNAO~", "NAAO~"))
    assert report["f1_cinc"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3, abs=1e-4)
    assert report["classes"]["~"]["f1"] == 1
    assert (report["records"], report["out_of_fold"]) == (5, 3)


def test_the_record_called_wrong_with_most_confidence_comes_first():
    report = report_of(judged_as("NNAO", "NOAO", confidence=np.array([0.6, 0.9, 0.8, 0.7])))
    first = report["by_record"][0]
    assert (first["record"], first["label"], first["judged"]) == ("r1", "N", "O")
    assert first["probability_of_label"] == pytest.approx(0.033, abs=1e-3)


def test_leaving_out_the_unsure_raises_what_is_left():
    sure = np.array([0.4] * 3 + [0.9] * 9)
    report = report_of(judged_as("NAO" * 4, "AON" + "NAO" * 3, confidence=sure))
    whole, *_, fewest = report["under_abstention"]
    assert whole["accuracy"] == pytest.approx(0.75)
    assert (fewest["coverage"], fewest["accuracy"]) == (0.7, 1.0)


def test_the_stratum_that_is_judged_worst_comes_first():
    rough = np.array([0.005] * 6 + [0.05] * 6)
    report = report_of(judged_as("NAO" * 4, "NAO" * 2 + "AON" * 2, **{"strip.roughness": rough}))
    worst = report["strata"][0]
    assert (worst["stratum"], worst["from"], worst["f1_cinc"], worst["records"]) == ("roughness", 0.03, 0, 6)


def test_a_set_without_fibrillation_is_reported_without_a_fault():
    report = report_of(judged_as("NNO", "NNO"))
    assert report["af_se_at_threshold"] == 0
    assert report["af_sp_at_threshold"] == 1


def test_each_figure_can_be_drawn():
    figures = figures_of(judged_as("NAO~" * 5, "NAO~" * 4 + "AON~"))
    assert all(draw().axes for draw in figures.values())


def windows(labels):
    count = len(labels)
    return Examples(
        rows=np.zeros((count, 1), np.float32),
        labels=np.array(labels),
        records=np.array(["201"] * count),
        digests=np.array(["d"] * count),
        beats_uv=np.zeros((count, 90), np.int16),
    )


def test_mixed_windows_and_flutter_count_for_neither_side():
    given = np.zeros((5, 4))
    given[[0, 2, 3], LABELS.index("A")] = 0.9
    report = external_report(windows(["AFIB", "AFIB", "mixed", "AFL", "N"]), given, 0.5)
    assert (report["af_windows"], report["af_sensitivity"]) == (2, 0.5)
    assert (report["other_windows"], report["af_specificity"]) == (1, 1.0)
    assert {row["rhythm"]: row["flagged_af"] for row in report["by_record"]} == {
        "AFIB": 1,
        "AFL": 1,
        "N": 0,
        "mixed": 1,
    }
