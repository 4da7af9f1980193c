import hashlib

import msgspec
import pytest

from vitals.errors import ModelRejectedError
from vitals.manifest import ModelManifest, Split, TensorContract, load_verified

ARTEFACT = b"TFL3 weights"
MANIFEST = ModelManifest(
    name="rhythm",
    version=1,
    artefact="rhythm.tflite",
    sha256=hashlib.sha256(ARTEFACT).hexdigest(),
    inputs=(TensorContract(name="ecg", shape=(1, 3000, 1), dtype="float32", meaning="30 s of one lead"),),
    output="probabilities",
    feature_version=1,
    labels=("N", "A"),
    temperature=1.2,
    thresholds={"A": 0.7},
    data=(),
    split=Split(description="by record", train=7, validation=2, test=1),
    pins={"keras": "3"},
    seed=17,
    metrics={},
)


@pytest.fixture
def shipped(tmp_path):
    (tmp_path / "rhythm.tflite").write_bytes(ARTEFACT)
    path = tmp_path / "manifest.json"
    path.write_bytes(msgspec.json.encode(MANIFEST))
    return path


def test_a_manifest_that_keeps_its_promises_is_loaded_with_its_artefact(shipped):
    assert load_verified(shipped, feature_version=1) == (MANIFEST, ARTEFACT)


def test_an_altered_artefact_is_refused(shipped):
    (shipped.parent / "rhythm.tflite").write_bytes(ARTEFACT[:-1] + b"!")
    with pytest.raises(ModelRejectedError, match="not what its manifest was made for: copy both again"):
        load_verified(shipped)


def test_a_missing_artefact_is_refused(shipped):
    (shipped.parent / "rhythm.tflite").unlink()
    with pytest.raises(ModelRejectedError, match="copy it there"):
        load_verified(shipped)


def test_an_artefact_too_large_for_a_model_is_refused(shipped):
    (shipped.parent / "rhythm.tflite").write_bytes(bytes((4 << 20) + 1))
    with pytest.raises(ModelRejectedError, match="no model here is larger"):
        load_verified(shipped)


def test_a_missing_manifest_is_refused(tmp_path):
    with pytest.raises(ModelRejectedError, match=r"put the model's manifest\.json there"):
        load_verified(tmp_path / "manifest.json")


@pytest.mark.parametrize("content", [b"", b"not json", b"{}", b'{"name": 3}'])
def test_what_is_no_manifest_is_refused(shipped, content):
    shipped.write_bytes(content)
    with pytest.raises(ModelRejectedError, match="export the model again"):
        load_verified(shipped)


def test_a_field_nobody_knows_is_refused(shipped):
    shipped.write_bytes(shipped.read_bytes()[:-1] + b', "surprise": 1}')
    with pytest.raises(ModelRejectedError, match="surprise"):
        load_verified(shipped)


def test_other_features_than_those_trained_on_are_refused(shipped):
    with pytest.raises(ModelRejectedError, match="features of version 1, this program makes version 2"):
        load_verified(shipped, feature_version=2)


def tensor(**changes):
    return (msgspec.structs.replace(MANIFEST.inputs[0], **changes),)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": "../rhythm"}, "name is not"),
        ({"version": 0}, "version is below 1"),
        ({"feature_version": 0}, "feature_version is below 1"),
        ({"artefact": "../rhythm.tflite"}, "plain file name"),
        ({"artefact": ""}, "plain file name"),
        ({"sha256": "abc"}, "64 hexadecimal digits"),
        ({"inputs": ()}, "no inputs"),
        ({"inputs": MANIFEST.inputs * 2}, "inputs share a name"),
        ({"inputs": tensor(shape=(1, 0))}, "shape is empty or not positive"),
        ({"inputs": tensor(shape=())}, "shape is empty or not positive"),
        ({"inputs": tensor(dtype="float99")}, "dtype is unknown"),
        ({"labels": ("N", "N", "A")}, "labels are missing or repeated"),
        ({"labels": ("A",)}, "labels are missing or repeated"),
        ({"temperature": 0.0}, "temperature is not positive"),
        ({"thresholds": {"X": 0.5}}, "a threshold is for no label"),
        ({"thresholds": {"A": 1.5}}, "outside 0 to 1"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(shipped, changes, complaint):
    shipped.write_bytes(msgspec.json.encode(msgspec.structs.replace(MANIFEST, **changes)))
    with pytest.raises(ModelRejectedError, match=complaint):
        load_verified(shipped)
