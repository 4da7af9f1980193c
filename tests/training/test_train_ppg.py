"""The whole road of the pulse weights on two real excerpts: fit anew, judge by folds, report, draw, card."""

import shutil
from pathlib import Path

import msgspec

from models.plan import TrainingPlan
from models.registry import evaluate, train

VECTORS = Path(__file__).parents[1] / "vectors" / "ppg"


def test_weights_are_fitted_and_each_person_judged_by_others(tmp_path: Path) -> None:
    shutil.copytree(VECTORS, tmp_path / "data" / "troika")
    out = tmp_path / "artifacts" / "ppg"
    out.mkdir(parents=True)
    (out / "weights.json").write_bytes(b'{"version": 6}')
    path = train("ppg", tmp_path / "data", out, plan=TrainingPlan(smoke=True))

    book = msgspec.json.decode(path.read_bytes())
    report = msgspec.json.decode((out / "report.json").read_bytes())
    assert path == out / "weights.json"
    assert (book["version"], len(book["folds"]), len(book["data"])) == (7, 2, 4)
    assert report["out_of_fold"] == report["records"] == 2
    assert report["within_5_bpm"] > 0.7
    assert "# ppg" in (out / "card.md").read_text()
    assert len(list((out / "figures").glob("*.png"))) == 4
    again = evaluate("ppg", tmp_path / "data", artefacts_dir=tmp_path / "artifacts")
    assert again.report["by_record"] == report["by_record"]
