"""The whole road on an excerpt of CinC 2012: train, sign, verify, evaluate out of fold, explain."""

import msgspec
import pytest

from models.deterioration.evaluate import evaluate
from models.deterioration.train import train
from models.plan import TrainingPlan
from models.signing import make_key
from tests.fakes.stays import EXCERPT
from vitals.errors import ModelRejectedError
from vitals.features.deterioration import DETERIORATION_FEATURE_VERSION
from vitals.manifest import load_verified
from vitals.scores.deterioration import load_deterioration

pytestmark = pytest.mark.filterwarnings("ignore")  # what converts networks warns of itself


def silent(_what, _share):
    """Nobody looks at the progress of a test."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deterioration")
    with pytest.MonkeyPatch.context() as patch:
        private = tmp_path_factory.mktemp("signing") / "key.pem"
        public = make_key(private)
        patch.setenv("CAREWIRE_MODEL_KEY", str(private))
        train(EXCERPT, folder, plan=TrainingPlan(smoke=True), progress=silent)
    return folder, public


def test_a_smoke_training_leaves_a_whole_model_behind(trained):
    folder, public = trained
    manifest, artefact = load_verified(
        folder / "manifest.json", feature_version=DETERIORATION_FEATURE_VERSION, trusted=(public,)
    )
    assert len(artefact) <= 100_000
    assert manifest.data[0].records == 48
    assert {path.name for path in folder.iterdir()} == {
        "card.md",
        "deterioration.int8.tflite",
        "deterioration.tflite",
        "figures",
        "folds",
        "manifest.json",
        "manifest.sig",
        "report.json",
        "table.json",
    }
    assert "training.png" in {path.name for path in (folder / "figures").iterdir()}


def test_every_stay_is_judged_by_a_network_that_never_saw_it(trained):
    folder, _ = trained
    report = evaluate(folder, EXCERPT, progress=silent).report
    assert report["out_of_fold"] == report["stays"] == 48
    shipped = msgspec.json.decode((folder / "report.json").read_bytes())
    assert report["auroc"] == shipped["auroc"]
    assert report["auroc_news2"] == shipped["auroc_news2"]


def test_the_table_is_vouched_for_by_the_same_signature(trained):
    folder, public = trained
    manifest, _ = load_deterioration(folder / "manifest.json", trusted=(public,))
    assert manifest.name == "deterioration"
    with pytest.raises(ModelRejectedError):
        load_deterioration(folder / "manifest.json")
