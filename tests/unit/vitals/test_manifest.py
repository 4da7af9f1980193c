import hashlib

import msgspec
import pytest

from vitals.errors import ConfigurationError, ModelRejectedError
from vitals.manifest import (
    ModelManifest,
    Split,
    TensorContract,
    companion,
    load_verified,
    refuse_other,
    signature_path,
)
from vitals.signature import new_key, public_key, sign

ARTEFACT = b"TFL3 weights"
KEY = new_key()
TRUSTED = (public_key(KEY),)
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
    write(path, MANIFEST)
    return path


def write(path, manifest):
    content = msgspec.json.encode(manifest)
    path.write_bytes(content)
    signature_path(path).write_text(sign(content, KEY))


def test_a_manifest_that_keeps_its_promises_is_loaded_with_its_artefact(shipped):
    assert load_verified(shipped, feature_version=1, trusted=TRUSTED) == (MANIFEST, ARTEFACT)


def test_an_altered_artefact_is_refused(shipped):
    (shipped.parent / "rhythm.tflite").write_bytes(ARTEFACT[:-1] + b"!")
    with pytest.raises(ModelRejectedError, match="not what its manifest was made for: copy both again"):
        load_verified(shipped, trusted=TRUSTED)


def test_a_missing_artefact_is_refused(shipped):
    (shipped.parent / "rhythm.tflite").unlink()
    with pytest.raises(ModelRejectedError, match="copy it there"):
        load_verified(shipped, trusted=TRUSTED)


def test_an_artefact_too_large_for_a_model_is_refused(shipped):
    (shipped.parent / "rhythm.tflite").write_bytes(bytes((4 << 20) + 1))
    with pytest.raises(ModelRejectedError, match="no model here is larger"):
        load_verified(shipped, trusted=TRUSTED)


def test_a_missing_manifest_is_refused(tmp_path):
    with pytest.raises(ModelRejectedError, match=r"put the model's manifest\.json there"):
        load_verified(tmp_path / "manifest.json")


@pytest.mark.parametrize("content", [b"", b"not json", b"{}", b'{"name": 3}'])
def test_what_is_no_manifest_is_refused(shipped, content):
    shipped.write_bytes(content)
    signature_path(shipped).write_text(sign(content, KEY))
    with pytest.raises(ModelRejectedError, match="export the model again"):
        load_verified(shipped, trusted=TRUSTED)


def test_a_field_nobody_knows_is_refused(shipped):
    content = shipped.read_bytes()[:-1] + b', "surprise": 1}'
    shipped.write_bytes(content)
    signature_path(shipped).write_text(sign(content, KEY))
    with pytest.raises(ModelRejectedError, match="surprise"):
        load_verified(shipped, trusted=TRUSTED)


def test_other_features_than_those_trained_on_are_refused(shipped):
    with pytest.raises(ModelRejectedError, match="features of version 1, this program makes version 2"):
        load_verified(shipped, feature_version=2, trusted=TRUSTED)


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
        ({"distance_limit": 0.0}, "distance_limit is not positive"),
        ({"companions": {"../key": "0" * 64}}, "companion"),
        ({"companions": {"prototypes.json": "x"}}, "companion"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(shipped, changes, complaint):
    write(shipped, msgspec.structs.replace(MANIFEST, **changes))
    with pytest.raises(ModelRejectedError, match=complaint):
        load_verified(shipped, trusted=TRUSTED)


def test_an_unsigned_model_is_refused_and_may_only_be_looked_at(shipped):
    signature_path(shipped).unlink()
    with pytest.raises(ModelRejectedError, match="nobody vouches for this model"):
        load_verified(shipped, trusted=TRUSTED)
    assert load_verified(shipped, trusted=None) == (MANIFEST, ARTEFACT)


def test_a_signature_by_a_stranger_is_refused(shipped):
    signature_path(shipped).write_text(sign(shipped.read_bytes(), new_key()))
    with pytest.raises(ModelRejectedError, match="who is not trusted here"):
        load_verified(shipped, trusted=TRUSTED)


@pytest.mark.parametrize("spoil", ["", "nonsense", "{key} !!!", "{key} AAAA"])
def test_what_is_no_signature_is_refused(shipped, spoil):
    signature_path(shipped).write_text(spoil.format(key=TRUSTED[0]))
    with pytest.raises(ModelRejectedError, match=r"not trusted|altered after it was signed"):
        load_verified(shipped, trusted=TRUSTED)


def test_a_manifest_altered_after_it_was_signed_is_refused(shipped):
    shipped.write_bytes(shipped.read_bytes().replace(b"0.7", b"0.1"))
    with pytest.raises(ModelRejectedError, match="altered after it was signed"):
        load_verified(shipped, trusted=TRUSTED)


def test_an_older_version_than_ran_before_is_refused(shipped):
    with pytest.raises(ModelRejectedError, match="older than version 2"):
        load_verified(shipped, trusted=TRUSTED, oldest=2)


def test_a_companion_is_given_only_as_the_manifest_vouches_for_it(shipped):
    there = shipped.with_name("prototypes.json")
    there.write_bytes(b"[]")
    vouched = msgspec.structs.replace(
        MANIFEST, companions={"prototypes.json": hashlib.sha256(b"[]").hexdigest()}
    )
    assert companion(shipped, vouched, "prototypes.json") == b"[]"
    there.write_bytes(b"[1]")
    with pytest.raises(ModelRejectedError, match="not what its manifest was made for"):
        companion(shipped, vouched, "prototypes.json")
    with pytest.raises(ModelRejectedError, match=r"has no prototypes\.json"):
        companion(shipped, MANIFEST, "prototypes.json")


def test_a_key_of_another_sort_signs_nothing():
    with pytest.raises(ConfigurationError, match="carewire models keygen"):
        sign(b"", b"no key at all")


def test_a_model_of_its_own_name_that_tells_what_is_acted_on_will_do():
    refuse_other(MANIFEST, name="rhythm", labels={"A"})


@pytest.mark.parametrize(
    ("name", "label", "why"),
    [("beats", "A", "rhythm lies where beats belongs"), ("rhythm", "V", "rhythm does not tell V")],
)
def test_a_model_signed_for_another_place_is_refused(name, label, why):
    with pytest.raises(ModelRejectedError, match=why):
        refuse_other(MANIFEST, name=name, labels={label})
