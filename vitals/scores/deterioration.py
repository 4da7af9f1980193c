"""The deterioration model as its table: what a sum of bent lines needs no runtime for.

The artefact beside the table is the same network for LiteRT; training refuses to write the two if they
differ.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vitals.errors import ModelRejectedError
from vitals.features.deterioration import DETERIORATION_FEATURE_VERSION, PARAMETERS, STATISTICS
from vitals.manifest import ModelManifest, companion, load_verified, refuse_other
from vitals.signature import RELEASE_KEYS

__all__ = [
    "KEYS",
    "LABEL",
    "NAME",
    "TABLE_NAME",
    "DeteriorationModel",
    "DeteriorationTable",
    "DeteriorationVerdict",
    "load_deterioration",
]

NAME: Final = "deterioration"
LABEL: Final = "died"
TABLE_NAME: Final = "table.json"

KEYS: Final = (*(parameter.key for parameter in PARAMETERS), "age")
"""What each column of ``present`` is of, in the order of the inputs."""

_WARD_KEY: Final = KEYS.index("coma_score")


class DeteriorationTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every number of the model. By key, statistic and segment; ``mean`` and ``deviation`` by the first two.

    A value's run through a segment, less ``centre`` and over ``scale``, is weighed by a slope: those of
    ``ward`` where consciousness is scored, else those of ``home``, each with its intercept in log-odds.
    """

    edges: list[list[list[float]]]
    centre: list[list[list[float]]]
    scale: list[list[float]]
    ward: list[list[list[float]]]
    home: list[list[list[float]]]
    ward_intercept: float
    home_intercept: float
    mean: list[list[float]]
    deviation: list[list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeteriorationVerdict:
    """What the model made of somebody: a share of its training patients, no risk of theirs.

    ``probability`` is the share of those as ill who died; ``parts`` what each quantity adds to its log-odds;
    ``distance`` how unlike the training patients the inputs are, to hold against the manifest's limit.
    """

    probability: float
    parts: Mapping[str, float]
    distance: float


class DeteriorationModel:
    """Judges by a table."""

    def __init__(self, table: DeteriorationTable) -> None:
        """Take a table.

        Raises
        ------
        ModelRejectedError
            It divides by what is not positive, or is not of the size this program's inputs have.
        """
        self._arrays = {
            name: np.array(getattr(table, name), dtype=np.float64)
            for name in ("edges", "centre", "scale", "ward", "home", "mean", "deviation")
        }
        self._intercepts = {"ward": table.ward_intercept, "home": table.home_intercept}
        segments = self._arrays["centre"].shape[-1]
        size = (len(KEYS), len(STATISTICS))
        expected = dict.fromkeys(("centre", "ward", "home"), (*size, segments)) | {
            "edges": (*size, segments + 1),
            **dict.fromkeys(("scale", "mean", "deviation"), size),
        }
        if any(self._arrays[name].shape != shape for name, shape in expected.items()):
            raise ModelRejectedError(
                f"the table was made for other inputs than {size}: install this release's own"
            )
        if not all((self._arrays[name] > 0).all() for name in ("scale", "deviation")):
            raise ModelRejectedError("the table divides by nothing: export the model again")

    def judge(self, inputs: Mapping[str, NDArray[np.floating]]) -> DeteriorationVerdict:
        """Judge the inputs of ``vitals.features.deterioration``."""
        present = inputs["present"][0].astype(np.float64)
        age = np.pad(inputs["age"], ((0, 0), (0, len(STATISTICS) - 1)))
        rows = np.concatenate([inputs["statistics"][0], age]).astype(np.float64)
        low, high = self._arrays["edges"][..., :-1], self._arrays["edges"][..., 1:]
        run = np.clip(rows[..., None], low, high) - low
        ramps = (run - self._arrays["centre"]) / self._arrays["scale"][..., None]
        place = "ward" if present[_WARD_KEY] else "home"
        parts = (ramps * self._arrays[place]).sum(axis=(1, 2)) * present
        logit = float(parts.sum()) + self._intercepts[place]
        unlike = np.square((rows - self._arrays["mean"]) / self._arrays["deviation"]).mean(axis=1)
        return DeteriorationVerdict(
            probability=1 / (1 + float(np.exp(-logit))),
            parts={key: float(part) for key, part, has in zip(KEYS, parts, present, strict=True) if has},
            distance=float(np.sqrt((unlike * present).sum() / max(present.sum(), 1.0))),
        )


def load_deterioration(
    manifest_path: Path, *, trusted: Collection[str] = RELEASE_KEYS, oldest: int = 1
) -> tuple[ModelManifest, DeteriorationModel]:
    """Verify a manifest and the table it vouches for.

    Raises
    ------
    ModelRejectedError
        Anything about them is missing, altered, unsigned, older than ``oldest`` or does not fit this program.
    """
    manifest, _ = load_verified(
        manifest_path, feature_version=DETERIORATION_FEATURE_VERSION, trusted=trusted, oldest=oldest
    )
    refuse_other(manifest, name=NAME, labels=(LABEL,))
    if LABEL not in manifest.thresholds:
        raise ModelRejectedError(f"{NAME} has no threshold for {LABEL}: export the model again")
    content = companion(manifest_path, manifest, TABLE_NAME)
    try:
        return manifest, DeteriorationModel(msgspec.json.decode(content, type=DeteriorationTable))
    except (msgspec.DecodeError, ValueError) as error:
        raise ModelRejectedError(f"{TABLE_NAME} is no table ({error}): export the model again") from error
