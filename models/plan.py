"""How a training run is to go, and how it tells of its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Progress", "TrainingPlan"]

Progress = Callable[[str, float], None]
"""Told what is under way and how much of it is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """Settings of one run; ``smoke`` takes few strips and one epoch and proves the road, not the model."""

    seed: int = 17
    epochs: int = 30
    smoke: bool = False
    version: int | None = None
    """Of the manifest; ``None`` is one more than that of the manifest already in the folder."""
    cache_dir: Path | None = None
    """Where cut windows are kept between runs; ``None`` cuts them anew."""
    logs_dir: Path | None = None
    """Where TensorBoard's logs of each fit go; ``None`` writes none."""
