"""The numbers Weight and Body Composition Measurement share: steps of a scale, in two systems of units.

Values are kept in SI units, whichever system is on the wire; 0xFFFF stands for a measurement that failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vitals.gatt.octets import fitting

if TYPE_CHECKING:
    from vitals.gatt.octets import Octets

UNSUCCESSFUL: Final = 0xFFFF
_POUND_KG: Final = 0.45359237
_INCH_M: Final = 0.0254


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A uint16 field that counts steps of `step`."""

    field: str
    step: float

    def take(self, octets: Octets) -> float | None:
        """Return the next field; `None`: unsuccessful."""
        count = octets.uint(2, self.field)
        return None if count == UNSUCCESSFUL else count * self.step

    def encode(self, value: float | None) -> bytes:
        """Encode the nearest step; raise `ValueError` beyond 65,534 of them."""
        count = UNSUCCESSFUL if value is None else round(value / self.step)
        if value is not None and count == UNSUCCESSFUL:
            raise ValueError(f"{self.field} is less than {UNSUCCESSFUL * self.step:g} on the wire")
        return fitting(count, 16, self.field).to_bytes(2, "little")


def mass(field: str, *, imperial: bool) -> Steps:
    """Return a mass in kg, counted in 0.005 kg or 0.01 lb."""
    return Steps(field=field, step=0.01 * _POUND_KG if imperial else 0.005)


def height(*, imperial: bool) -> Steps:
    """Return a height in m, counted in mm or tenths of an inch."""
    return Steps(field="Height", step=0.1 * _INCH_M if imperial else 0.001)


def percentage(field: str) -> Steps:
    """Return a share in percent, counted in tenths."""
    return Steps(field=field, step=0.1)
