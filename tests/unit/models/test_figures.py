import numpy as np

from models import figures
from models.evaluation import Evaluation

RIGHT = np.array([True, False, True, True])
SURE = np.array([0.9, 0.2, 0.7, 0.6])

FIGURES = {
    "confusion": lambda: figures.confusion([[3, 1], [0, 4]], ("N", "A"), title="t"),
    "reliability": lambda: figures.reliability(SURE, RIGHT),
    "roc": lambda: figures.roc_and_pr(RIGHT, {"ours": SURE, "theirs": 1 - SURE}, title="t"),
    "lines": lambda: figures.lines({"a": ([1, 2], [3, 4])}, x_label="x", y_label="y", title="t"),
    "training": lambda: figures.training_curves({"loss": [3, 2, 1], "F1": [0.1, 0.5, 0.6]}),
    "worst": lambda: figures.worst_records({"101": 0.2, "102": 0.9}, title="t"),
}


def test_an_evaluation_draws_its_figures_only_when_asked(tmp_path):
    paths = Evaluation(report={}, figures=FIGURES).draw(tmp_path / "figures")
    assert [path.stem for path in paths] == list(FIGURES)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_the_worst_record_stands_on_top():
    (axes,) = figures.worst_records({"good": 0.9, "bad": 0.1}, title="t").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["good", "bad"]


def test_the_shares_of_a_row_without_records_are_nothing():
    (axes,) = figures.confusion([[0, 0], [1, 3]], ("N", "A"), title="t").axes
    assert axes.texts[0].get_text() == "0\n0.0%"
    assert axes.texts[3].get_text() == "3\n75.0%"


def test_the_area_stands_in_the_legend():
    left, _ = figures.roc_and_pr(RIGHT, {"ours": SURE}, title="t").axes
    assert left.get_legend().get_texts()[0].get_text() == "ours: 1.000"
