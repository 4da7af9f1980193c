"""The deterioration model of this installation: one to judge by, or why there is none."""

from collections.abc import Collection
from math import inf
from pathlib import Path

import structlog

from cloud.early_warning.assess import ModelSilence, RiskModel
from vitals.errors import ModelRejectedError, StorageError
from vitals.model_versions import ModelVersions
from vitals.scores.deterioration import LABEL, NAME, load_deterioration

__all__ = ["installed_model"]

_log = structlog.get_logger(__name__)


def installed_model(
    models_dir: Path, *, trusted: Collection[str], versions: ModelVersions
) -> RiskModel | ModelSilence:
    """Load the model, if there is one to believe; one that is there and refused is told in the log.

    One that is older than `versions` remembers is refused too; it remembers this one.
    """
    manifest_path = models_dir / NAME / "manifest.json"
    if not manifest_path.is_file():
        return ModelSilence.NOT_INSTALLED
    try:
        manifest, model = load_deterioration(manifest_path, trusted=trusted, oldest=versions.newest(NAME))
    except ModelRejectedError as error:
        _log.error("early_warning.model_refused", reason=str(error))
        return ModelSilence.REFUSED
    try:
        versions.note({NAME: manifest.version})
    except StorageError as error:
        _log.warning("early_warning.version_not_kept", error=str(error))
    return RiskModel(
        version=manifest.version,
        threshold=manifest.thresholds[LABEL],
        distance_limit=inf if manifest.distance_limit is None else manifest.distance_limit,
        judge=model.judge,
    )
