"""Rows of RR intervals in ms: regular, ectopic, fibrillating, and as recorded."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.rr_af.recordings import RrRecording, afdb

RR_EXCERPTS = Path(__file__).parents[1] / "vectors" / "rr"


def steady_rr_ms(count: int = 400, *, rr_ms: float = 800.0) -> NDArray[np.float64]:
    """A heart at rest that breathes."""
    random = np.random.default_rng(1)
    return rr_ms * (1 + 0.03 * np.sin(np.arange(count) * 1.3) + random.normal(0, 0.01, count))


def bigeminal_rr_ms(count: int = 400, *, rr_ms: float = 800.0) -> NDArray[np.float64]:
    """Every second beat early, each with a full pause after it."""
    early = np.tile([0.65, 1.35], count // 2)
    return steady_rr_ms(count, rr_ms=rr_ms) * early


def fibrillating_rr_ms(count: int = 400, *, rr_ms: float = 700.0) -> NDArray[np.float64]:
    """Every interval drawn by itself."""
    return np.random.default_rng(2).gamma(12.0, rr_ms / 12.0, count)


def excerpts() -> dict[str, RrRecording]:
    """The excerpts of the MIT-BIH Atrial Fibrillation Database, by record."""
    return {recording.record: recording for recording in afdb(RR_EXCERPTS)}
