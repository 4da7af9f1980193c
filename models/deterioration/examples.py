"""From stays to the model's tensors, by the same road that a wearable's readings take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.deterioration.stays import Stay
from vitals.features.deterioration import (
    DETERIORATION_INPUTS,
    PARAMETERS,
    deterioration_inputs,
    hourly_means,
)
from vitals.scores.deterioration import KEYS

__all__ = ["AT_HOME", "END_H", "WORN", "Examples", "gather"]

END_H: Final = 48
"""Hours after admission at which a stay is judged: all there is of it."""

AT_HOME: Final = frozenset(KEYS) - {"coma_score", "inspired_oxygen"}
"""What is measured at home: nobody scores a coma there or charts oxygen."""
WORN: Final = AT_HOME - {"systolic_pressure", "diastolic_pressure", "shock_index"}
"""What wearables give without a cuff."""

_SOURCES: Final = {
    "heart_rate": ("HR",),
    "respiratory_rate": ("RespRate",),
    "oxygen_saturation": ("SaO2",),
    "body_temperature": ("Temp",),
    "systolic_pressure": ("SysABP", "NISysABP"),
    "diastolic_pressure": ("DiasABP", "NIDiasABP"),
    "coma_score": ("GCS",),
    "inspired_oxygen": ("FiO2",),
}
"""Variables of the challenge; a line in an artery and a cuff count alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Rows of inputs, ``tensors[name]`` of ``(n, *shape)`` float32, who died, and whose row it is."""

    tensors: dict[str, NDArray[np.float32]]
    died: NDArray[np.bool_]
    records: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.died)

    def where(self, chosen: NDArray[np.generic]) -> "Examples":
        """Keep the chosen rows, by a mask or by their places."""
        return Examples(
            tensors={name: rows[chosen] for name, rows in self.tensors.items()},
            died=self.died[chosen],
            records=self.records[chosen],
        )

    def with_only(self, keys: frozenset[str]) -> "Examples":
        """Take away all but some quantities, as if they had not been measured."""
        kept = np.array([key in keys for key in KEYS], dtype=np.float32)
        return replace(self, tensors=self.tensors | {"present": self.tensors["present"] * kept})


def gather(found: Iterable[Stay], *, ends_h: Sequence[int] = (END_H,)) -> Examples:
    """Judge each stay at each of the hours given, by what was measured until then; stay by stay."""
    rows = [(_inputs(stay, end_h), stay.died, stay.record) for stay in found for end_h in ends_h]
    inputs, died, records = zip(*rows, strict=True)
    return Examples(
        tensors={name: np.concatenate([row[name] for row in inputs]) for name in DETERIORATION_INPUTS},
        died=np.array(died),
        records=np.array(records),
    )


def _inputs(stay: Stay, end_h: int) -> dict[str, NDArray[np.float32]]:
    hours = {}
    for parameter in PARAMETERS:
        minutes, values = stay.series(*_SOURCES.get(parameter.key, ()))
        until = minutes <= end_h * 60
        hours_ago = np.maximum(end_h - minutes[until] / 60, 0.0)
        hours[parameter.key] = hourly_means(hours_ago, values[until], parameter)
    return deterioration_inputs(hours, stay.age_years)
