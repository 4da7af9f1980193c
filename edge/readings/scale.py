"""Weight Scale and Body Composition Service: what a scale weighs, and what it makes of a small current."""

from typing import Final

from edge.readings.reading import Entry, Missing, Reading, Withheld, entry
from vitals.gatt.body_composition_measurement import BodyComposition
from vitals.gatt.date_time import DateTime
from vitals.gatt.weight_measurement import Weight

__all__ = ["read_composition", "read_weight"]

_CM_PER_M: Final = 100.0


def read_weight(weight: Weight) -> tuple[Reading, ...]:
    """Return a weighing; one that failed is missing."""
    size = weight.body_size
    return (
        _dated(
            (
                *_needed("body_weight", weight.weight_kg),
                *entry("body_mass_index", size.body_mass_index if size else None),
                *entry("body_height", size.height_m if size else None, factor=_CM_PER_M),
            ),
            weight.time_stamp,
        ),
    )


def read_composition(body: BodyComposition) -> tuple[Reading, ...]:
    """Return what of a body's composition the scale tells, in one packet or in each of two."""
    fat = (
        entry("body_fat", body.body_fat_percent)
        if body.is_in_parts
        else _needed("body_fat", body.body_fat_percent)
    )
    told = (
        ("muscle_share", body.muscle_percent, 1.0),
        ("muscle_mass", body.muscle_mass_kg, 1.0),
        ("fat_free_mass", body.fat_free_mass_kg, 1.0),
        ("soft_lean_mass", body.soft_lean_mass_kg, 1.0),
        ("body_water", body.body_water_mass_kg, 1.0),
        ("body_impedance", body.impedance_ohm, 1.0),
        ("basal_metabolism", body.basal_metabolism_kj, 1.0),
        ("body_weight", body.weight_kg, 1.0),
        ("body_height", body.height_m, _CM_PER_M),
    )
    rest = tuple(found for kind, value, factor in told for found in entry(kind, value, factor=factor))
    return (_dated((*fat, *rest), body.time_stamp),)


def _needed(kind: str, value: float | None) -> tuple[Entry, ...]:
    return entry(kind, value) or (Missing(kind=kind, reason=Withheld.NO_NUMBER),)


def _dated(entries: tuple[Entry, ...], stamp: DateTime | None) -> Reading:
    dated_ms = stamp.milliseconds() if stamp else None
    return Reading(entries=entries, dated_ms=dated_ms, clock_is_set=stamp is None or dated_ms is not None)
