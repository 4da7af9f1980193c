"""Body Composition Measurement (0x2A9C), Body Composition Service 1.0 section 3.2."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time
from vitals.gatt.mass_and_height import Steps, height, mass, percentage
from vitals.gatt.octets import Octets, fitting

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "Body Composition Measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyComposition:
    """One measurement; `None`: not told, or for the fat percentage that it failed.

    A scale that tells more than one packet holds sends two; `is_in_parts` says that another belongs to it.
    """

    body_fat_percent: float | None
    is_imperial: bool = False
    time_stamp: DateTime | None = None
    user_id: int | None = None
    basal_metabolism_kj: float | None = None
    muscle_percent: float | None = None
    muscle_mass_kg: float | None = None
    fat_free_mass_kg: float | None = None
    soft_lean_mass_kg: float | None = None
    body_water_mass_kg: float | None = None
    impedance_ohm: float | None = None
    weight_kg: float | None = None
    height_m: float | None = None
    is_in_parts: bool = False


class Flags(IntFlag):
    """The Flags field; its three high bits are reserved for future use."""

    IMPERIAL = 1 << 0
    TIME_STAMP = 1 << 1
    USER_ID = 1 << 2
    BASAL_METABOLISM = 1 << 3
    MUSCLE_PERCENTAGE = 1 << 4
    MUSCLE_MASS = 1 << 5
    FAT_FREE_MASS = 1 << 6
    SOFT_LEAN_MASS = 1 << 7
    BODY_WATER_MASS = 1 << 8
    IMPEDANCE = 1 << 9
    WEIGHT = 1 << 10
    HEIGHT = 1 << 11
    MULTIPLE_PACKET = 1 << 12


def decode(value: bytes) -> BodyComposition:
    """Decode an indicated value; reserved bits are ignored."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(2, "Flags"))
    imperial = Flags.IMPERIAL in flags
    body_fat_percent = _BODY_FAT.take(octets)
    time_stamp = date_time.take(octets) if Flags.TIME_STAMP in flags else None
    user_id = octets.uint(1, "User ID") if Flags.USER_ID in flags else None
    numbers = {name: steps.take(octets) for flag, name, steps in _numbers(imperial=imperial) if flag in flags}
    octets.finish()
    return BodyComposition(
        body_fat_percent=body_fat_percent,
        is_imperial=imperial,
        time_stamp=time_stamp,
        user_id=user_id,
        is_in_parts=Flags.MULTIPLE_PACKET in flags,
        **numbers,
    )


def encode(body: BodyComposition) -> bytes:
    """Encode a measurement to the scale's nearest steps; raise `ValueError` for what does not fit."""
    flags = Flags.IMPERIAL if body.is_imperial else Flags(0)
    fields = _BODY_FAT.encode(body.body_fat_percent)
    if body.time_stamp is not None:
        flags |= Flags.TIME_STAMP
        fields += date_time.encode(body.time_stamp)
    if body.user_id is not None:
        flags |= Flags.USER_ID
        fields += bytes([fitting(body.user_id, 8, "User ID")])
    for flag, name, steps in _numbers(imperial=body.is_imperial):
        number = getattr(body, name)
        if number is not None:
            flags |= flag
            fields += steps.encode(number)
    if body.is_in_parts:
        flags |= Flags.MULTIPLE_PACKET
    return flags.to_bytes(2, "little") + fields


_BODY_FAT: Final = percentage("Body Fat Percentage")


def _numbers(*, imperial: bool) -> tuple[tuple[Flags, str, Steps], ...]:
    """Return the optional numbers in wire order: the flag that announces each, its name, its steps."""
    return (
        (Flags.BASAL_METABOLISM, "basal_metabolism_kj", Steps(field="Basal Metabolism", step=Decimal(1))),
        (Flags.MUSCLE_PERCENTAGE, "muscle_percent", percentage("Muscle Percentage")),
        (Flags.MUSCLE_MASS, "muscle_mass_kg", mass("Muscle Mass", imperial=imperial)),
        (Flags.FAT_FREE_MASS, "fat_free_mass_kg", mass("Fat Free Mass", imperial=imperial)),
        (Flags.SOFT_LEAN_MASS, "soft_lean_mass_kg", mass("Soft Lean Mass", imperial=imperial)),
        (Flags.BODY_WATER_MASS, "body_water_mass_kg", mass("Body Water Mass", imperial=imperial)),
        (Flags.IMPEDANCE, "impedance_ohm", Steps(field="Impedance", step=Decimal("0.1"))),
        (Flags.WEIGHT, "weight_kg", mass("Weight", imperial=imperial)),
        (Flags.HEIGHT, "height_m", height(imperial=imperial)),
    )
