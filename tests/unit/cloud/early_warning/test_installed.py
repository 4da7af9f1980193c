import shutil

import msgspec
import pytest

from cloud.early_warning.assess import ModelSilence, RiskModel
from cloud.early_warning.installed import installed_model
from models.registry import ARTEFACTS_DIR
from vitals.manifest import ModelManifest, signature_path
from vitals.model_versions import ModelVersions
from vitals.signature import RELEASE_KEYS, new_key, public_key, sign


@pytest.fixture
def models(tmp_path):
    shutil.copytree(ARTEFACTS_DIR / "deterioration", tmp_path / "deterioration")
    return tmp_path


def remembering(folder):
    return ModelVersions(path=folder / "versions.json")


def rewrite(models, **changes):
    """Change what the manifest says, and sign it again; return the key to trust."""
    path, key = models / "deterioration" / "manifest.json", new_key()
    manifest = msgspec.json.decode(path.read_bytes(), type=ModelManifest)
    content = msgspec.json.encode(msgspec.structs.replace(manifest, **changes))
    path.write_bytes(content)
    signature_path(path).write_text(sign(content, key))
    return public_key(key)


def test_the_model_that_ships_is_one_to_judge_by(models):
    found = installed_model(models, trusted=RELEASE_KEYS, versions=remembering(models))
    assert isinstance(found, RiskModel)
    assert found.version >= 1
    assert 0 < found.threshold < 1
    assert found.distance_limit > 1


def test_without_its_files_no_model_is_installed(tmp_path):
    assert (
        installed_model(tmp_path, trusted=RELEASE_KEYS, versions=remembering(tmp_path))
        is ModelSilence.NOT_INSTALLED
    )


@pytest.mark.parametrize("name", ["table.json", "manifest.json", "deterioration.tflite"])
def test_an_altered_model_is_refused(models, name):
    with (models / "deterioration" / name).open("ab") as file:
        file.write(b" ")
    assert installed_model(models, trusted=RELEASE_KEYS, versions=remembering(models)) is ModelSilence.REFUSED


@pytest.mark.parametrize("name", ["manifest.sig", "table.json"])
def test_a_model_of_which_a_part_is_missing_is_refused(models, name):
    (models / "deterioration" / name).unlink()
    assert installed_model(models, trusted=RELEASE_KEYS, versions=remembering(models)) is ModelSilence.REFUSED


def test_a_model_that_nobody_trusted_signed_is_refused(models):
    assert installed_model(models, trusted=("00" * 32,), versions=remembering(models)) is ModelSilence.REFUSED


@pytest.mark.parametrize("changes", [{"thresholds": {}}, {"name": "rhythm"}, {"labels": ("well", "ill")}])
def test_a_model_that_does_not_say_what_is_asked_of_it_is_refused_and_the_service_starts(models, changes):
    key = rewrite(models, **{"thresholds": {}, **changes})
    found = installed_model(models, trusted=(key,), versions=remembering(models))
    assert found is ModelSilence.REFUSED


def test_a_model_older_than_the_one_that_judged_before_is_refused(models):
    newer = rewrite(models, version=9)
    assert isinstance(installed_model(models, trusted=(newer,), versions=remembering(models)), RiskModel)
    older = rewrite(models, version=8)
    assert installed_model(models, trusted=(older,), versions=remembering(models)) is ModelSilence.REFUSED


def test_a_disk_that_refuses_keeps_no_model_away(models):
    versions = ModelVersions(path=models / "nowhere" / "versions.json")
    assert isinstance(installed_model(models, trusted=RELEASE_KEYS, versions=versions), RiskModel)
