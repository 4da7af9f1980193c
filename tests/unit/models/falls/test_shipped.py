"""The artefact that ships, on drawn movement, by the gateway's own road; no recording of SisFall may ship."""

import msgspec
import numpy as np
import pytest

from models.cards import card
from models.falls.about import ABOUT
from models.falls.examples import tensors_of
from models.falls.judging import FALL
from models.interpreter import run_outputs
from models.registry import ARTEFACTS_DIR
from tests.fakes.movement import fall, jumping, still, walking
from vitals.features.falls import FALL_FEATURE_VERSION, FALL_INPUTS
from vitals.features.impacts import ImpactGate
from vitals.manifest import load_verified

FOLDER = ARTEFACTS_DIR / "falls"
LARGEST_BYTES = 100_000


@pytest.fixture(scope="module")
def shipped():
    return load_verified(FOLDER / "manifest.json", feature_version=FALL_FEATURE_VERSION)


def highest(artefact, samples):
    gate = ImpactGate()
    blows = [*gate.push(samples), *gate.flush()]
    return run_outputs(artefact, tensors_of(blow.surround_g for blow in blows))["probabilities"][
        :, FALL
    ].max()


@pytest.mark.parametrize("peak_g", [5.0, 9.0])
@pytest.mark.parametrize("rotation_seed", [1, 2])
def test_a_fall_is_found_however_hard_and_however_the_sensor_sits(shipped, peak_g, rotation_seed):
    manifest, artefact = shipped
    turned, _ = np.linalg.qr(np.random.default_rng(rotation_seed).standard_normal((3, 3)))
    assert highest(artefact, fall(peak_g=peak_g) @ turned.T) >= manifest.thresholds["fall"]


def test_jumps_and_hard_steps_are_no_falls(shipped):
    manifest, artefact = shipped
    assert highest(artefact, jumping(seconds=20.0)) < manifest.thresholds["fall"]
    assert highest(artefact, walking(20.0, bounce_g=0.8)) < manifest.thresholds["fall"]


def test_a_knock_at_somebody_who_stands_still_is_none(shipped):
    manifest, artefact = shipped
    samples = still(12.0)
    samples[300:303] *= 3.0
    assert highest(artefact, samples) < manifest.thresholds["fall"]


def test_the_manifest_states_the_tensors_the_gateway_makes(shipped):
    assert {tensor.name: tensor.shape for tensor in shipped[0].inputs} == FALL_INPUTS


def test_the_artefact_is_small(shipped):
    assert len(shipped[1]) <= LARGEST_BYTES


def test_the_int8_twin_agrees(shipped):
    twin = (FOLDER / "falls.int8.tflite").read_bytes()
    for samples in (fall(), jumping()):
        assert highest(twin, samples) == pytest.approx(highest(shipped[1], samples), abs=0.1)


def test_the_card_is_the_one_its_manifest_and_report_make(shipped):
    report = msgspec.json.decode((FOLDER / "report.json").read_bytes())
    figures = sorted(path.stem for path in (FOLDER / "figures").glob("*.png"))
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card(shipped[0], report, ABOUT, figures)
