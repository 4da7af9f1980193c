"""The shipped artefact through the adapter, and every way it must be refused."""

import hashlib
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import structlog

from edge.adapters.tflite import TfliteModel
from edge.alarms.local_alarm import AlarmKey
from edge.bootstrap import build_gateway, shipped_models
from edge.config import EdgeSettings
from edge.judging.roster import LABELS, ROSTER
from tests.fakes.strap import steady_mv
from vitals.errors import ModelRejectedError
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION, rhythm_inputs
from vitals.features.rpeaks import RPeakDetector
from vitals.manifest import ModelManifest, load_verified, refuse_other, signature_path
from vitals.signature import RELEASE_KEYS, new_key, public_key, sign


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped model's folder that may be spoilt; the manifest's path."""
    folder = tmp_path / "models" / "rhythm"
    shutil.copytree(shipped_models() / "rhythm", folder)
    return folder / "manifest.json"


KEY = new_key()
TRUSTED = (*RELEASE_KEYS, public_key(KEY))


def loaded(manifest_path: Path, *, oldest: int = 1) -> TfliteModel:
    return TfliteModel.load(
        manifest_path, feature_version=RHYTHM_FEATURE_VERSION, trusted=TRUSTED, oldest=oldest
    )


def rewrite(manifest_path: Path, **changes: object) -> None:
    """Change what a manifest says, and sign it again as a trusted hand would."""
    manifest = msgspec.json.decode(manifest_path.read_bytes(), type=ModelManifest)
    content = msgspec.json.encode(msgspec.structs.replace(manifest, **changes))
    manifest_path.write_bytes(content)
    signature_path(manifest_path).write_text(sign(content, KEY))


def steady_inputs() -> dict[str, np.ndarray]:
    ecg = steady_mv(30.0)
    return rhythm_inputs(ecg, 130.0, RPeakDetector(rate_hz=130.0).push(ecg))


def test_the_shipped_model_gives_a_probability_for_each_label() -> None:
    model = loaded(shipped_models() / "rhythm" / "manifest.json")
    probabilities = model.infer(steady_inputs()).probabilities
    assert tuple(probabilities) == model.manifest.labels
    assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-3)
    assert probabilities["A"] < model.manifest.thresholds["A"]


def test_the_same_window_is_judged_the_same_whatever_came_before() -> None:
    model = loaded(shipped_models() / "rhythm" / "manifest.json")
    first = model.infer(steady_inputs()).probabilities
    model.infer({name: np.zeros_like(rows) for name, rows in steady_inputs().items()})
    assert model.infer(steady_inputs()).probabilities == first


def test_an_answer_of_nan_is_an_error_and_not_an_answer() -> None:
    model = loaded(shipped_models() / "rhythm" / "manifest.json")
    inputs = {name: np.full_like(rows, np.nan) for name, rows in steady_inputs().items()}
    with pytest.raises(ModelRejectedError, match="no probabilities"):
        model.infer(inputs)
    assert model.infer(steady_inputs()).probabilities


def test_a_tensor_of_the_wrong_shape_is_an_error_of_the_model() -> None:
    model = loaded(shipped_models() / "rhythm" / "manifest.json")
    with pytest.raises(ModelRejectedError, match="failed"):
        model.infer({**steady_inputs(), "rhythm": np.zeros((1, 5), dtype=np.float32)})


def test_tensors_it_was_not_made_for_are_an_error_of_the_model() -> None:
    model = loaded(shipped_models() / "rhythm" / "manifest.json")
    with pytest.raises(ModelRejectedError, match="failed"):
        model.infer({"motion": np.zeros((1, 5), dtype=np.float32)})


def test_an_altered_artefact_is_refused(copy: Path) -> None:
    artefact = copy.with_name("rhythm.tflite")
    spoilt = bytearray(artefact.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0x40
    artefact.write_bytes(spoilt)
    with pytest.raises(ModelRejectedError, match="not what its manifest was made for"):
        loaded(copy)


def test_an_artefact_that_is_no_model_is_refused_even_if_its_hash_is_right(copy: Path) -> None:
    manifest, _ = load_verified(copy)
    with pytest.raises(ModelRejectedError, match="cannot be run"):
        TfliteModel(manifest, b"\x00" * 1000)


def test_tensors_that_are_not_the_manifests_are_refused(copy: Path) -> None:
    manifest, artefact = load_verified(copy)
    other = msgspec.structs.replace(manifest.inputs[0], shape=(1, 10, 1))
    with pytest.raises(ModelRejectedError, match="its manifest promises"):
        TfliteModel(msgspec.structs.replace(manifest, inputs=(other, *manifest.inputs[1:])), artefact)


def test_an_output_of_another_size_than_the_labels_is_refused(copy: Path) -> None:
    manifest, artefact = load_verified(copy)
    with pytest.raises(ModelRejectedError, match="labels"):
        TfliteModel(msgspec.structs.replace(manifest, labels=("N", "A")), artefact)


def test_a_model_of_other_features_is_refused(copy: Path) -> None:
    rewrite(copy, feature_version=99)
    with pytest.raises(ModelRejectedError, match="features of version 99"):
        loaded(copy)


def test_a_model_that_gives_no_distance_though_it_promises_one_is_refused(copy: Path) -> None:
    artefact = copy.with_name("rhythm.tflite")
    artefact.write_bytes(artefact.read_bytes().replace(b"distance", b"whatever"))
    rewrite(copy, sha256=hashlib.sha256(artefact.read_bytes()).hexdigest())
    with pytest.raises(ModelRejectedError, match="distance"):
        loaded(copy)


def gateway_settings(copy: Path, **more: object) -> EdgeSettings:
    fields = {"gateway_id": "bench", "data_dir": copy.parents[2] / "data", "adopt": True}
    return EdgeSettings.model_validate({**fields, "models": copy.parents[1], **more})


def spoil_manifest(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes().replace(b'"seed": 17', b'"seed": 18'))


def spoil_artefact(copy: Path) -> None:
    with copy.with_name("rhythm.tflite").open("ab") as artefact:
        artefact.write(b"!")


def put_another_there(copy: Path) -> None:
    for name in ("manifest.json", "manifest.sig", "falls.tflite"):
        shutil.copy(shipped_models() / "falls" / name, copy.with_name(name))


UNUSABLE = {
    "another model": (put_another_there, "this program makes version"),
    "no manifest": (lambda copy: copy.unlink(), "cannot be read"),
    "no artefact": (lambda copy: copy.with_name("rhythm.tflite").unlink(), "copy it there"),
    "no signature": (lambda copy: signature_path(copy).unlink(), "nobody vouches"),
    "an altered manifest": (spoil_manifest, "altered after it was signed"),
    "an altered artefact": (spoil_artefact, "not what its manifest was made for"),
    "a stranger's signature": (rewrite, "not trusted here"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_a_gateway_with_an_unusable_model_is_built_without_it_and_says_why(
    copy: Path, name: str
) -> None:
    spoil, why = UNUSABLE[name]
    spoil(copy)
    with structlog.testing.capture_logs() as logs:
        gateway = build_gateway(gateway_settings(copy))
    told = [entry["detail"] for entry in logs if entry["event"] == "local_alarm.raised"]
    try:
        assert gateway.judge.models.manifest("rhythm") is None
        assert AlarmKey.MODEL_UNUSABLE in gateway.health.alarms.standing
        assert why in " ".join(told)
    finally:
        gateway.close()


async def test_a_model_without_the_label_that_is_acted_on_is_refused(copy: Path) -> None:
    rewrite(copy, labels=("N", "B", "O", "~"), thresholds={})
    gateway = build_gateway(gateway_settings(copy, model_keys=[public_key(KEY)]))
    try:
        assert "rhythm" not in gateway.judge.models.versions()
        assert AlarmKey.MODEL_UNUSABLE in gateway.health.alarms.standing
    finally:
        gateway.close()


async def test_a_gateway_that_lost_whom_it_trusts_is_built_and_says_so(copy: Path) -> None:
    settings = gateway_settings(copy)
    trust = settings.data_dir / "trust"
    trust.mkdir(parents=True)
    (trust / "trust.json").write_bytes(b"torn")
    gateway = build_gateway(settings)
    try:
        assert AlarmKey.TRUST_DAMAGED in gateway.health.alarms.standing
    finally:
        gateway.close()


def test_every_model_of_the_roster_says_what_is_acted_on() -> None:
    assert LABELS.keys() == ROSTER.keys()
    for name, labels in LABELS.items():
        manifest, _ = load_verified(shipped_models() / name / "manifest.json")
        refuse_other(manifest, name=name, labels=labels)


async def test_a_gateway_takes_a_model_signed_by_a_key_it_was_told_to_trust(copy: Path) -> None:
    rewrite(copy)
    gateway = build_gateway(gateway_settings(copy, model_keys=[public_key(KEY)]))
    try:
        assert gateway.judge.models.versions()["rhythm"] >= 1
    finally:
        gateway.close()


async def test_a_model_older_than_the_one_that_ran_before_is_refused(copy: Path) -> None:
    trusting = {"model_keys": [public_key(KEY)]}
    rewrite(copy, version=9)
    build_gateway(gateway_settings(copy, **trusting)).close()
    rewrite(copy, version=8)
    gateway = build_gateway(gateway_settings(copy, **trusting))
    try:
        assert "rhythm" not in gateway.judge.models.versions()
    finally:
        gateway.close()
