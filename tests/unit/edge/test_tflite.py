"""The shipped artefact through the adapter, and every way it must be refused."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge.adapters.tflite import TfliteRhythmModel
from edge.alarms.local_alarm import AlarmKey
from edge.bootstrap import build_gateway, shipped_model
from edge.config import EdgeSettings
from tests.fakes.strap import steady_mv
from vitals.errors import ModelRejectedError
from vitals.features.rhythm import rhythm_inputs
from vitals.features.rpeaks import RPeakDetector
from vitals.manifest import ModelManifest, load_verified


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped model's folder that may be spoilt; the manifest's path."""
    folder = tmp_path / "rhythm"
    shutil.copytree(shipped_model().parent, folder)
    return folder / "manifest.json"


def rewrite(manifest_path: Path, **changes: object) -> None:
    manifest = msgspec.json.decode(manifest_path.read_bytes(), type=ModelManifest)
    manifest_path.write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, **changes)))


def steady_inputs() -> dict[str, np.ndarray]:
    ecg = steady_mv(30.0)
    return rhythm_inputs(ecg, 130.0, RPeakDetector(rate_hz=130.0).push(ecg))


def test_the_shipped_model_gives_a_probability_for_each_label() -> None:
    model = TfliteRhythmModel.load(shipped_model())
    probabilities = model.classify(steady_inputs())
    assert tuple(probabilities) == model.manifest.labels
    assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-3)
    assert probabilities["A"] < model.manifest.thresholds["A"]


def test_the_same_window_is_judged_the_same_whatever_came_before() -> None:
    model = TfliteRhythmModel.load(shipped_model())
    first = model.classify(steady_inputs())
    model.classify({name: np.zeros_like(rows) for name, rows in steady_inputs().items()})
    assert model.classify(steady_inputs()) == first


def test_an_answer_of_nan_is_an_error_and_not_an_answer() -> None:
    model = TfliteRhythmModel.load(shipped_model())
    inputs = {name: np.full_like(rows, np.nan) for name, rows in steady_inputs().items()}
    with pytest.raises(ModelRejectedError, match="no probabilities"):
        model.classify(inputs)
    assert model.classify(steady_inputs())


def test_a_tensor_of_the_wrong_shape_is_an_error_of_the_model() -> None:
    model = TfliteRhythmModel.load(shipped_model())
    with pytest.raises(ModelRejectedError, match="failed"):
        model.classify({**steady_inputs(), "beat": np.zeros((1, 5), dtype=np.float32)})


def test_an_altered_artefact_is_refused(copy: Path) -> None:
    artefact = copy.with_name("rhythm.tflite")
    spoilt = bytearray(artefact.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0x40
    artefact.write_bytes(spoilt)
    with pytest.raises(ModelRejectedError, match="not what its manifest was made for"):
        TfliteRhythmModel.load(copy)


def test_an_artefact_that_is_no_model_is_refused_even_if_its_hash_is_right(copy: Path) -> None:
    manifest, _ = load_verified(copy)
    with pytest.raises(ModelRejectedError, match="cannot be run"):
        TfliteRhythmModel(manifest, b"\x00" * 1000)


def test_tensors_that_are_not_the_manifests_are_refused(copy: Path) -> None:
    manifest, artefact = load_verified(copy)
    other = msgspec.structs.replace(manifest.inputs[0], shape=(1, 10, 1))
    with pytest.raises(ModelRejectedError, match="its manifest promises"):
        TfliteRhythmModel(msgspec.structs.replace(manifest, inputs=(other, *manifest.inputs[1:])), artefact)


def test_an_output_of_another_size_than_the_labels_is_refused(copy: Path) -> None:
    manifest, artefact = load_verified(copy)
    with pytest.raises(ModelRejectedError, match="labels"):
        TfliteRhythmModel(msgspec.structs.replace(manifest, labels=("N", "A")), artefact)


def test_a_model_of_other_features_is_refused(copy: Path) -> None:
    rewrite(copy, feature_version=99)
    with pytest.raises(ModelRejectedError, match="features of version 99"):
        TfliteRhythmModel.load(copy)


@pytest.mark.parametrize("missing", ["manifest.json", "rhythm.tflite"])
async def test_a_gateway_without_a_usable_model_is_built_and_says_so(copy: Path, missing: str) -> None:
    copy.with_name(missing).unlink()
    settings = EdgeSettings(gateway_id="bench", data_dir=copy.parent / "data", adopt=True, model=copy)
    gateway = build_gateway(settings)
    try:
        assert gateway.judge.model is None
        assert AlarmKey.MODEL_UNUSABLE in gateway.health.alarms.standing
    finally:
        gateway.close()
