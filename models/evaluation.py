"""What an evaluation gives: a report of plain values, and figures that are drawn only when asked for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["About", "Evaluation", "ModelFacts", "metrics_of", "model_facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a card says that no measurement can: what a model is for, and where it must not be trusted."""

    purpose: str
    limits: str
    label_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A report (JSON values; shares from 0 to 1), and how to draw each of its figures by name."""

    report: dict[str, Any]
    figures: Mapping[str, Callable[[], "Figure"]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the report as JSON, which has no NaN: what nothing could be reckoned from is null."""
        return json.dumps(_plain(self.report), indent=2, allow_nan=False)

    def draw(self, folder: Path) -> list[Path]:
        """Draw every figure as PNG; return their paths."""
        from models.figures import save  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

        folder.mkdir(parents=True, exist_ok=True)
        return [save(draw(), folder / f"{name}.png") for name, draw in self.figures.items()]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not isfinite(plain) else plain


ModelFacts = dict[str, float | int | None]


def model_facts(*, version: int | None, size_bytes: int, p50_us: float) -> ModelFacts:
    """Return what each report says under ``model``."""
    return {"version": version, "bytes": size_bytes, "p50_us": round(p50_us, 1)}


def metrics_of(report: Mapping[str, Any]) -> dict[str, float]:
    """Pick what a manifest repeats of a report: every plain figure there is, and F1 of each class."""
    plain = {
        name: float(value)
        for name, value in report.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    }
    return plain | {f"f1_{label}": float(scores["f1"]) for label, scores in report.get("classes", {}).items()}
