import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.ppg.evaluate import evaluate, risk_by_coverage
from models.ppg.fitting import Examples, examples_of, fit
from models.ppg.judging import judge
from models.ppg.recordings import sessions
from models.ppg.weights import FoldWeights, WeightBook
from models.registry import ARTEFACTS_DIR
from vitals.errors import ModelRejectedError, RecordingError
from vitals.features.ppg_evidence import EVIDENCE, WEIGHTS

VECTORS = Path(__file__).parents[3] / "vectors" / "ppg"
SHIPPED = ARTEFACTS_DIR / "ppg"


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(SHIPPED, VECTORS, progress=lambda _what, _share: None)


def test_the_report_has_what_is_asked_of_it(evaluation):
    report = evaluation.report
    assert report["mae_bpm"] < 2.0
    assert report["coverage"] > 0.8
    assert report["records"] == len(report["by_record"]) == 2
    assert report["windows"] == 34
    low, high = report["intervals"]["mae_bpm"]
    assert low <= report["mae_bpm"] <= high
    assert report["model"]["bytes"] == 0
    assert report["model"]["p50_us"] > 0.0


def test_every_window_is_told_or_has_its_reason(evaluation):
    report = evaluation.report
    assert round((1.0 - report["coverage"]) * report["windows"]) == sum(report["doubts"].values())


def test_the_figures_are_drawn(evaluation, tmp_path):
    drawn = evaluation.draw(tmp_path)
    assert {path.stem for path in drawn} == {"windows", "risk_by_coverage", "bland_altman", "reliability"}
    assert all(path.stat().st_size > 1000 for path in drawn)


def test_the_risk_falls_on_the_surest_windows():
    judged = judge(next(sessions(VECTORS)), WEIGHTS)
    coverage, risk = risk_by_coverage(judged)
    assert coverage[-1] == 1.0
    assert risk[-1] == pytest.approx(judged.errors_per_min.mean())
    assert risk[0] == judged.errors_per_min[judged.confidence.argmax()]


def test_sessions_of_light_alone_that_says_nothing_give_no_error_and_no_coverage(tmp_path):
    savemat(tmp_path / "TEST_S01_T01.mat", {"sig": np.zeros((5, 2500))})
    savemat(tmp_path / "True_S01_T01.mat", {"BPM0": np.full(7, 80.0)})
    report = evaluate(SHIPPED, tmp_path, progress=lambda _what, _share: None).report
    assert report["coverage"] == 0.0
    assert report["mae_bpm"] is None
    assert report["doubts"] == {"flat": 7}


def test_a_session_too_short_beside_others_is_named(tmp_path):
    for source in VECTORS.glob("*.mat"):
        shutil.copy(source, tmp_path)
    savemat(tmp_path / "TEST_S01_T01.mat", {"sig": np.zeros((5, 500))})
    savemat(tmp_path / "True_S01_T01.mat", {"BPM0": np.full(7, 80.0)})
    report = evaluate(SHIPPED, tmp_path, progress=lambda _what, _share: None).report
    assert report["left_out"] == [
        {"record": "TEST_S01_T01", "reason": "it has no window of 8 s with a truth"}
    ]
    assert len(report["by_record"]) == 2


def test_sessions_too_short_for_a_window_are_refused(tmp_path):
    savemat(tmp_path / "TEST_S01_T01.mat", {"sig": np.zeros((5, 500))})
    savemat(tmp_path / "True_S01_T01.mat", {"BPM0": np.full(7, 80.0)})
    with pytest.raises(RecordingError, match="8 s"):
        evaluate(SHIPPED, tmp_path, progress=lambda _what, _share: None)


def test_the_gateways_weights_are_those_that_were_fitted():
    book = WeightBook.load(SHIPPED)
    assert list(book.weights.values()) == WEIGHTS.tolist()
    assert len(book.folds) == len({digest for fold in book.folds for digest in fold.unseen}) == 12


def test_a_recording_is_judged_by_weights_that_never_saw_it():
    weights = tuple(float(place) for place in range(len(EVIDENCE)))
    book = WeightBook(
        version=1,
        weights={row.name: row.weight for row in EVIDENCE},
        folds=(FoldWeights(unseen=("seen",), weights=weights),),
        data={},
    )
    assert book.weights_for("seen").tolist() == list(weights)
    assert book.weights_for("strange").tolist() == WEIGHTS.tolist()
    assert (book.knows("seen"), book.knows("strange")) == (True, False)


@pytest.mark.parametrize(
    "content", [None, b"{", b'{"version":1,"weights":{"mood":1.0},"folds":[],"data":{}}']
)
def test_weights_that_cannot_be_used_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "weights.json").write_bytes(content)
    with pytest.raises(ModelRejectedError, match="train ppg again"):
        WeightBook.load(tmp_path)


def test_what_is_fitted_finds_the_rate_and_is_the_same_every_time():
    examples = Examples.joined(examples_of(session) for session in sessions(VECTORS))
    weights = fit(examples)
    np.testing.assert_array_equal(weights, fit(examples))
    likeliest = 30 + (examples.evidence @ weights).argmax(axis=1)
    assert np.median(np.abs(likeliest - examples.truth_per_min)) < 2.0


def test_resting_recordings_beside_are_looked_at_too(tmp_path):
    shutil.copytree(VECTORS, tmp_path / "troika")
    (tmp_path / "bidmc01").mkdir()
    t_s = np.arange(125 * 30) / 125
    pleth = np.sin(2 * np.pi * 1.2 * t_s) + 0.4 * np.sin(2 * np.pi * 2.4 * t_s)
    ecg = sum(np.exp(-(((t_s - at_s) / 0.02) ** 2)) for at_s in np.arange(0.4, 30.0, 1 / 1.2))
    lines = ["Time [s], RESP, PLETH, V, AVR, II"]
    lines += [f"{t},0,{p},0,0,{e}" for t, p, e in zip(t_s, pleth, ecg, strict=True)]
    (tmp_path / "bidmc01" / "bidmc_01_Signals.csv").write_text("\n".join(lines))
    (row,) = evaluate(SHIPPED, tmp_path, progress=lambda _what, _share: None).report["at_rest"]
    assert row["record"] == "bidmc_01_Signals"
    assert row["mae_bpm"] < 2.0
    assert row["coverage"] > 0.8
