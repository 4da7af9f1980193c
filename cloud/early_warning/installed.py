"""The deterioration model of this installation: one to judge by, or why there is none."""

from collections.abc import Collection
from math import inf
from pathlib import Path

import structlog

from cloud.early_warning.assess import ModelSilence, RiskModel
from vitals.errors import ModelRejectedError
from vitals.scores.deterioration import load_deterioration

__all__ = ["installed_model"]

_log = structlog.get_logger(__name__)


def installed_model(models_dir: Path, *, trusted: Collection[str]) -> RiskModel | ModelSilence:
    """Load the model, if there is one to believe; one that is there and refused is told in the log."""
    manifest_path = models_dir / "deterioration" / "manifest.json"
    if not manifest_path.is_file():
        return ModelSilence.NOT_INSTALLED
    try:
        manifest, model = load_deterioration(manifest_path, trusted=trusted)
    except ModelRejectedError as error:
        _log.error("early_warning.model_refused", reason=str(error))
        return ModelSilence.REFUSED
    return RiskModel(
        version=manifest.version,
        threshold=manifest.thresholds["died"],
        distance_limit=inf if manifest.distance_limit is None else manifest.distance_limit,
        judge=model.judge,
    )
