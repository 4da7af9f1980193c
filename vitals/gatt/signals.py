"""The signals that Carewire's streaming service carries. A new one is a member and a row of `SIGNALS`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Signal(IntEnum):
    """Which signal a frame or a setting is of."""

    ECG = 1
    PPG = 2
    ACCELERATION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalShape:
    """What a signal's samples are: one count a lead, each so many `resolution_unit`."""

    leads: tuple[str, ...]
    """In the order of the channels on the wire; a signal of one lead leaves it unnamed."""
    resolution_unit: str
    """UCUM; a resolution is an integral number of these a count."""
    unit: str
    """UCUM; what a sample is told in."""
    resolution_units_per_unit: int

    @property
    def channels(self) -> int:
        """How many samples are taken at once."""
        return len(self.leads)


SIGNALS: Mapping[Signal, SignalShape] = MappingProxyType(
    {
        Signal.ECG: SignalShape(
            leads=("",), resolution_unit="nV", unit="mV", resolution_units_per_unit=1_000_000
        ),
        Signal.PPG: SignalShape(leads=("",), resolution_unit="1", unit="1", resolution_units_per_unit=1),
        Signal.ACCELERATION: SignalShape(
            leads=("x", "y", "z"), resolution_unit="u[g]", unit="[g]", resolution_units_per_unit=1_000_000
        ),
    }
)
"""PPG is in arbitrary units: what a photodiode counts depends on its lamp, its gain and the skin."""
