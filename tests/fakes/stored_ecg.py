"""Recorded hearts as a service keeps them: strips of a second, of the simulator's excerpts."""

from pathlib import Path

import numpy as np

import firmware_sim.excerpts
from cloud.ports import Strip
from firmware_sim.recordings import load_wfdb, resample

_FOLDER = Path(firmware_sim.excerpts.__file__).parent
AF, ECTOPICS, RESTING = "atrial-fibrillation-201", "ectopic-119", "resting-101"


def stored(
    name: str,
    from_ms: int,
    *,
    rate_hz: int = 250,
    seconds: int = 140,
    lead: str = "II",
    device: str = "c0-01",
) -> list[Strip]:
    """Return the first seconds of an excerpt as strips from a moment on."""
    recording = resample(load_wfdb(_FOLDER / f"{name}.hea"), rate_hz)
    counts = np.round(recording.ecg_mv * 1000).astype("<i2")
    return [
        Strip(
            device=device,
            kind="ecg",
            t0_ms=from_ms + second * 1000,
            rate_hz=float(rate_hz),
            samples=counts[second * rate_hz : (second + 1) * rate_hz].tobytes(),
            scale=0.001,
            offset=0.0,
            lead=lead,
        )
        for second in range(seconds)
    ]


def annotated_ms(name: str, from_ms: int, symbol: str) -> list[float]:
    """Return when the beats of a kind were, as people labelled them."""
    recording = load_wfdb(_FOLDER / f"{name}.hea")
    return [from_ms + beat.at_s * 1000 for beat in recording.beats if beat.symbol == symbol]
