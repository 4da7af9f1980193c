import shutil
import subprocess
import sys

import pytest

from models.registry import ARTEFACTS_DIR, MODELS, TRAINED, evaluate, list_models, train, verify_models
from vitals.errors import ConfigurationError, ModelRejectedError, RecordingError


@pytest.fixture
def altered(tmp_path):
    shutil.copytree(ARTEFACTS_DIR / "rhythm", tmp_path / "rhythm")
    with (tmp_path / "rhythm" / "rhythm.tflite").open("ab") as artefact:
        artefact.write(b"!")
    return tmp_path


def test_every_shipped_model_keeps_its_manifest():
    assert {model.name: model.fault for model in verify_models()} == dict.fromkeys(TRAINED)


def test_the_list_names_what_has_no_artefact_too():
    models = {model.name: model for model in list_models()}
    assert models["qrs"].version is None
    assert models["rhythm"].version >= 1
    assert models["rhythm"].metrics["f1_cinc"] > 0.8


def test_an_altered_artefact_shows_as_a_fault(altered):
    faults = {model.name: model.fault for model in verify_models(altered)}
    assert "copy both again" in faults["rhythm"]


def test_an_altered_artefact_is_not_evaluated(altered, tmp_path):
    with pytest.raises(ModelRejectedError):
        evaluate("rhythm", tmp_path, artefacts_dir=altered)


@pytest.mark.parametrize("name", ["rhythm", "qrs"])
def test_a_folder_without_recordings_is_refused(name, tmp_path):
    with pytest.raises(RecordingError, match="point"):
        evaluate(name, tmp_path)


def test_a_model_nobody_knows_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(ConfigurationError, match="choose one of rhythm"):
        evaluate("moods", tmp_path)


def test_signal_processing_is_not_trained(tmp_path):
    with pytest.raises(ConfigurationError, match="no weights"):
        train("qrs", tmp_path, tmp_path)


def test_training_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigurationError, match=r"carewire\[train\]"):
        train("rhythm", tmp_path, tmp_path)


def test_evaluating_without_what_reads_the_recordings_says_what_to_install(tmp_path, monkeypatch):
    for suffix in (".hea", ".atr"):
        (tmp_path / f"900{suffix}").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "wfdb", None)
    with pytest.raises(ConfigurationError, match=r"needs wfdb.*carewire\[train\]"):
        evaluate("qrs", tmp_path)


def test_what_trains_is_not_needed_to_evaluate():
    """A gateway's installation has no tensorflow."""
    modules = ", ".join(f"{entry.package}.evaluate" for entry in MODELS.values())
    missing = ("keras", "tensorflow", "sklearn")
    program = f"import sys; sys.modules.update(dict.fromkeys({missing})); import {modules}"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_listing_models_imports_nothing_heavy():
    program = "import sys, models.registry as r; r.list_models(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "models.registry" in loaded.stdout.split()
    assert not {"tensorflow", "keras", "matplotlib", "scipy", "wfdb", "ai_edge_litert"} & set(
        loaded.stdout.split()
    )


def test_a_list_shows_figures_that_each_manifest_has():
    for model in list_models():
        assert set(model.headline) <= model.metrics.keys()
        assert model.headline or not model.metrics
