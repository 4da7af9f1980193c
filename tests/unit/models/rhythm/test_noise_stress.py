from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets import Strip
from models.folds import FoldBook
from models.noise import Noise, NoiseTape
from models.registry import ARTEFACTS_DIR
from models.rhythm import noise_stress
from models.rhythm.noise_stress import noise_figure, strip_noise_curve
from tests.fakes.ecg import excerpt
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION
from vitals.manifest import load_verified

FOLDER: Path = ARTEFACTS_DIR / "rhythm"


def strip(record, label, length_s=32.0):
    recording = excerpt(record)
    return Strip(
        record=record,
        label=label,
        rate_hz=recording.rate_hz,
        ecg_mv=recording.ecg_mv[: round(length_s * recording.rate_hz)].astype(np.float32),
    )


def hiss():
    noise_mv = np.random.default_rng(2).normal(scale=0.2, size=(60 * 130, 2))
    return {Noise.MUSCLE: NoiseTape(noise=Noise.MUSCLE, rate_hz=130.0, noise_mv=noise_mv)}


def curve(strips, monkeypatch):
    monkeypatch.setattr(noise_stress, "SNRS_DB", (24.0, -12.0))
    manifest, artefact = load_verified(
        FOLDER / "manifest.json", feature_version=RHYTHM_FEATURE_VERSION, trusted=None
    )
    book = FoldBook(shipped=artefact, artefacts=(), folds={})
    return strip_noise_curve(strips, manifest, book, hiss(), progress=lambda _what, _share: None)


def test_noise_that_drowns_the_heart_is_not_judged_past_the_gate(monkeypatch):
    faint, drowned = curve([strip("101", "N"), strip("203", "A")], monkeypatch)
    assert faint["gated"]["coverage"] == 1.0
    assert faint["strips"] == faint["gated"]["strips"] == 2
    assert faint["sp"] == 1.0
    assert drowned["gated"] == {"strips": 0, "se": None, "sp": None, "accuracy": None, "coverage": 0.0}


def test_the_curve_is_drawn_with_and_without_the_gate(monkeypatch):
    figure = noise_figure(curve([strip("101", "N"), strip("203", "A")], monkeypatch))
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["ma", "ma, past the gate"]


def test_strips_at_a_rate_no_beats_are_found_at_are_resampled(monkeypatch):
    slow = strip("101", "N")
    fast = replace(slow, rate_hz=2 * slow.rate_hz, ecg_mv=np.repeat(slow.ecg_mv, 2))
    faint, _ = curve([fast], monkeypatch)
    assert faint["strips"] == 1


@pytest.mark.parametrize("unfit", [strip("101", "O"), strip("101", "N", length_s=9.0)])
def test_strips_of_other_rhythms_or_too_short_are_not_asked_of(unfit, monkeypatch):
    assert curve([unfit], monkeypatch) == []
