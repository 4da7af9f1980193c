import shutil

import pytest

from cloud.early_warning.assess import ModelSilence, RiskModel
from cloud.early_warning.installed import installed_model
from models.registry import ARTEFACTS_DIR
from vitals.signature import RELEASE_KEYS


@pytest.fixture
def models(tmp_path):
    shutil.copytree(ARTEFACTS_DIR / "deterioration", tmp_path / "deterioration")
    return tmp_path


def test_the_model_that_ships_is_one_to_judge_by(models):
    found = installed_model(models, trusted=RELEASE_KEYS)
    assert isinstance(found, RiskModel)
    assert found.version >= 1
    assert 0 < found.threshold < 1
    assert found.distance_limit > 1


def test_without_its_files_no_model_is_installed(tmp_path):
    assert installed_model(tmp_path, trusted=RELEASE_KEYS) is ModelSilence.NOT_INSTALLED


@pytest.mark.parametrize("name", ["table.json", "manifest.json", "deterioration.tflite"])
def test_an_altered_model_is_refused(models, name):
    with (models / "deterioration" / name).open("ab") as file:
        file.write(b" ")
    assert installed_model(models, trusted=RELEASE_KEYS) is ModelSilence.REFUSED


@pytest.mark.parametrize("name", ["manifest.sig", "table.json"])
def test_a_model_of_which_a_part_is_missing_is_refused(models, name):
    (models / "deterioration" / name).unlink()
    assert installed_model(models, trusted=RELEASE_KEYS) is ModelSilence.REFUSED


def test_a_model_that_nobody_trusted_signed_is_refused(models):
    assert installed_model(models, trusted=("00" * 32,)) is ModelSilence.REFUSED
