"""What an early warning looks at, and which kinds of observation tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vitals.kinds import OBSERVATION_KINDS, ObservationKind

__all__ = ["LEARNT", "LEARNT_OF", "QUANTITIES", "QUANTITY_OF", "Quantity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A vital sign: the kinds that tell it, the best first, and the least spread that can be called usual.

    The spread is about a third of the error that the device's standard allows.
    """

    key: str
    kinds: tuple[str, ...]
    least_spread: float
    source: str

    @property
    def row(self) -> ObservationKind:
        """The kind it is named and measured as."""
        return OBSERVATION_KINDS[self.key]


QUANTITIES: Final = (
    Quantity(
        key="heart_rate",
        kinds=("heart_rate", "pulse_rate"),
        least_spread=2.0,
        source="AAMI EC13: 5 /min",
    ),
    Quantity(
        key="respiratory_rate",
        kinds=("respiratory_rate",),
        least_spread=1.0,
        source="2 to 3 /min, as monitors state",
    ),
    Quantity(
        key="oxygen_saturation",
        kinds=("oxygen_saturation",),
        least_spread=1.0,
        source="ISO 80601-2-61: 4 % root mean square",
    ),
    Quantity(
        key="body_temperature",
        kinds=("body_temperature",),
        least_spread=0.1,
        source="ISO 80601-2-56: 0.3 degrees",
    ),
    Quantity(
        key="systolic_pressure",
        kinds=("systolic_pressure",),
        least_spread=3.0,
        source="ISO 81060-2: 5 mmHg in the mean, 8 of spread",
    ),
    Quantity(
        key="diastolic_pressure",
        kinds=("diastolic_pressure",),
        least_spread=3.0,
        source="ISO 81060-2: 5 mmHg in the mean, 8 of spread",
    ),
)

LEARNT: Final = (
    *QUANTITIES,
    Quantity(
        key="glucose",
        kinds=("glucose",),
        least_spread=5.0,
        source="ISO 15197: 15 mg/dL below 100 mg/dL",
    ),
)
"""Of what it is learnt what is usual for a person: of the vital signs, and of more that has limits."""

QUANTITY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {kind: quantity.key for quantity in QUANTITIES for kind in quantity.kinds}
)
"""The vital sign that a kind of observation tells."""

LEARNT_OF: Final[Mapping[str, str]] = MappingProxyType(
    {kind: quantity.key for quantity in LEARNT for kind in quantity.kinds}
)
"""What is learnt of a kind of observation."""
