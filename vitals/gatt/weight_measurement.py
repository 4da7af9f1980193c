"""Weight Measurement (0x2A9D), Weight Scale Service 1.0 section 3.2."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time
from vitals.gatt.mass_and_height import Steps, height, mass
from vitals.gatt.octets import Octets, fitting

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "Weight Measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodySize:
    """Body mass index in kg/m2 and the height it was reckoned with, in m."""

    body_mass_index: float | None
    height_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One weighing; `weight_kg` `None`: it failed. `is_imperial` is how the scale counts, not how we do."""

    weight_kg: float | None
    is_imperial: bool = False
    time_stamp: DateTime | None = None
    user_id: int | None = None
    body_size: BodySize | None = None


class Flags(IntFlag):
    """The Flags field; its four high bits are reserved for future use."""

    IMPERIAL = 1 << 0
    TIME_STAMP = 1 << 1
    USER_ID = 1 << 2
    BMI_AND_HEIGHT = 1 << 3


def decode(value: bytes) -> Weight:
    """Decode an indicated value; reserved bits are ignored."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    imperial = Flags.IMPERIAL in flags
    weight = Weight(
        weight_kg=mass("Weight", imperial=imperial).take(octets),
        is_imperial=imperial,
        time_stamp=date_time.take(octets) if Flags.TIME_STAMP in flags else None,
        user_id=octets.uint(1, "User ID") if Flags.USER_ID in flags else None,
        body_size=(
            BodySize(
                body_mass_index=_BODY_MASS_INDEX.take(octets), height_m=height(imperial=imperial).take(octets)
            )
            if Flags.BMI_AND_HEIGHT in flags
            else None
        ),
    )
    octets.finish()
    return weight


def encode(weight: Weight) -> bytes:
    """Encode a weighing to the scale's nearest step; raise `ValueError` for what does not fit."""
    flags = Flags.IMPERIAL if weight.is_imperial else Flags(0)
    fields = mass("Weight", imperial=weight.is_imperial).encode(weight.weight_kg)
    if weight.time_stamp is not None:
        flags |= Flags.TIME_STAMP
        fields += date_time.encode(weight.time_stamp)
    if weight.user_id is not None:
        flags |= Flags.USER_ID
        fields += bytes([fitting(weight.user_id, 8, "User ID")])
    if weight.body_size is not None:
        flags |= Flags.BMI_AND_HEIGHT
        fields += _BODY_MASS_INDEX.encode(weight.body_size.body_mass_index)
        fields += height(imperial=weight.is_imperial).encode(weight.body_size.height_m)
    return bytes([flags]) + fields


_BODY_MASS_INDEX: Final = Steps(field="BMI", step=Decimal("0.1"))
