"""The recordings that ship with the simulator, cut from two databases of MIT-BIH: see README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import wfdb
from numpy.typing import NDArray

from firmware_sim.recordings import Recording, load_wfdb

__all__ = ["EXCERPTS", "FOLDER", "NOISES", "Excerpt", "load_excerpt", "load_noise"]

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Where a shipped recording was cut from: `duration_s` of `record` from `start_s` on, its first lead."""

    name: str
    record: str
    start_s: int
    duration_s: int
    shows: str


EXCERPTS: Final = {
    row.name: row
    for row in (
        Excerpt(name="resting-101", record="101", start_s=1000, duration_s=150, shows="normal sinus rhythm"),
        Excerpt(
            name="ectopic-119", record="119", start_s=390, duration_s=150, shows="ventricular ectopic beats"
        ),
        Excerpt(
            name="atrial-fibrillation-201",
            record="201",
            start_s=30,
            duration_s=150,
            shows="atrial fibrillation",
        ),
        Excerpt(
            name="atrial-fibrillation-203",
            record="203",
            start_s=1271,
            duration_s=122,
            shows="atrial fibrillation with ventricular ectopic beats",
        ),
    )
}

NOISES: Final = {
    row.name: row
    for row in (
        Excerpt(
            name="electrode-motion",
            record="118e06",
            start_s=1260,
            duration_s=100,
            shows="electrodes pulled and pushed by a moving wearer",
        ),
        Excerpt(name="muscle", record="ma", start_s=300, duration_s=100, shows="muscles at work"),
    )
}
"""Noise without a heart; of `118e06`, a heart with noise, what that heart's own record 118 is not."""


def load_excerpt(name: str) -> Recording:
    """Load a shipped recording by its name in `EXCERPTS`, at its own 360 Hz."""
    return load_wfdb(FOLDER / f"{EXCERPTS[name].name}.hea")


def load_noise(name: str) -> tuple[NDArray[np.float64], int]:
    """Load a shipped noise by its name in `NOISES`: `(n,)` in mV, and its rate in Hz."""
    record = wfdb.rdrecord(str(FOLDER / NOISES[name].name), channels=[0])
    return np.asarray(record.p_signal[:, 0], dtype=np.float64), round(float(record.fs))
