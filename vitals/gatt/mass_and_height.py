"""The numbers Weight and Body Composition Measurement share: steps of a scale, in two systems of units.

Values are kept in SI units, whichever system is on the wire; 0xFFFF stands for a measurement that failed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vitals.gatt.octets import Octets

UNSUCCESSFUL: Final = 0xFFFF
_POUND_KG: Final = Decimal("0.45359237")
_INCH_M: Final = Decimal("0.0254")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A uint16 field that counts steps of `step`; 229 steps of 0.1 are 22.9, as no product of floats is."""

    field: str
    step: Decimal

    def take(self, octets: Octets) -> float | None:
        """Return the next field; `None`: unsuccessful."""
        count = octets.uint(2, self.field)
        return None if count == UNSUCCESSFUL else float(count * self.step)

    def encode(self, value: float | None) -> bytes:
        """Encode the nearest step; raise `ValueError` beyond 65,534 of them."""
        if value is None:
            return UNSUCCESSFUL.to_bytes(2, "little")
        count = round(Decimal(repr(value)) / self.step) if math.isfinite(value) else UNSUCCESSFUL
        if not 0 <= count < UNSUCCESSFUL:
            most = (UNSUCCESSFUL - 1) * self.step
            raise ValueError(f"{self.field} is 0 to {most:f} on the wire: {value} cannot be encoded")
        return count.to_bytes(2, "little")


def mass(field: str, *, imperial: bool) -> Steps:
    """Return a mass in kg, counted in 0.005 kg or 0.01 lb."""
    return Steps(field=field, step=_POUND_KG / 100 if imperial else Decimal("0.005"))


def height(*, imperial: bool) -> Steps:
    """Return a height in m, counted in mm or tenths of an inch."""
    return Steps(field="Height", step=_INCH_M / 10 if imperial else Decimal("0.001"))


def percentage(field: str) -> Steps:
    """Return a share in percent, counted in tenths."""
    return Steps(field=field, step=Decimal("0.1"))
