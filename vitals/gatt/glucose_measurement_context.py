"""Glucose Measurement Context (0x2A34), Glucose Service 1.0.1 section 3.2: what surrounded a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from vitals.gatt.octets import Octets, fitting
from vitals.gatt.sfloat import Quantity, put_sfloat, take_sfloat

NAME = "Glucose Measurement Context"


class Carbohydrate(IntEnum):
    """At which meal; other numbers are reserved and kept as they are."""

    BREAKFAST = 1
    LUNCH = 2
    DINNER = 3
    SNACK = 4
    DRINK = 5
    SUPPER = 6
    BRUNCH = 7


class Meal(IntEnum):
    """Before or after eating; other numbers are reserved and kept as they are."""

    PREPRANDIAL = 1
    POSTPRANDIAL = 2
    FASTING = 3
    CASUAL = 4
    BEDTIME = 5


class MedicationUnit(IntEnum):
    """What an amount of medication counts."""

    KG = 0
    LITRES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Carbohydrate eaten: which kind (a `Carbohydrate`), and how much in kg."""

    carbohydrate_id: int
    mass_kg: Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Who measured (1 self, 2 professional, 3 laboratory), and the person's health (1 minor issues, ...)."""

    tester: int
    health: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """How long and how hard; 65,535 seconds stands for longer."""

    duration_s: int
    intensity_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication:
    """What was taken (1 rapid to 5 pre-mixed insulin) and how much of it, in `unit`."""

    medication_id: int
    amount: Quantity
    unit: MedicationUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class GlucoseContext:
    """The context of the measurement with the same sequence number; `None`: the meter does not say."""

    sequence_number: int
    extended_flags: int | None = None
    intake: Intake | None = None
    meal: int | None = None
    condition: Condition | None = None
    exercise: Exercise | None = None
    medication: Medication | None = None
    hba1c_percent: Quantity | None = None


class Flags(IntFlag):
    """The Flags field."""

    CARBOHYDRATE = 1 << 0
    MEAL = 1 << 1
    TESTER_HEALTH = 1 << 2
    EXERCISE = 1 << 3
    MEDICATION = 1 << 4
    MEDICATION_IN_LITRES = 1 << 5
    HBA1C = 1 << 6
    EXTENDED_FLAGS = 1 << 7


def decode(value: bytes) -> GlucoseContext:
    """Decode a notified value."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    unit = MedicationUnit.LITRES if Flags.MEDICATION_IN_LITRES in flags else MedicationUnit.KG
    context = GlucoseContext(
        sequence_number=octets.uint(2, "Sequence Number"),
        extended_flags=octets.uint(1, "Extended Flags") if Flags.EXTENDED_FLAGS in flags else None,
        intake=_take_intake(octets) if Flags.CARBOHYDRATE in flags else None,
        meal=octets.uint(1, "Meal") if Flags.MEAL in flags else None,
        condition=_take_condition(octets) if Flags.TESTER_HEALTH in flags else None,
        exercise=_take_exercise(octets) if Flags.EXERCISE in flags else None,
        medication=_take_medication(octets, unit) if Flags.MEDICATION in flags else None,
        hba1c_percent=take_sfloat(octets, "HbA1c") if Flags.HBA1C in flags else None,
    )
    octets.finish()
    return context


def encode(context: GlucoseContext) -> bytes:
    """Encode a context; raise `ValueError` for a number too large for its field."""
    flags, fields = Flags(0), fitting(context.sequence_number, 16, "Sequence Number").to_bytes(2, "little")
    if context.extended_flags is not None:
        flags |= Flags.EXTENDED_FLAGS
        fields += bytes([fitting(context.extended_flags, 8, "Extended Flags")])
    if context.intake is not None:
        flags |= Flags.CARBOHYDRATE
        fields += bytes([fitting(context.intake.carbohydrate_id, 8, "Carbohydrate ID")])
        fields += put_sfloat(context.intake.mass_kg, resolution=0.001)
    if context.meal is not None:
        flags |= Flags.MEAL
        fields += bytes([fitting(context.meal, 8, "Meal")])
    if context.condition is not None:
        flags |= Flags.TESTER_HEALTH
        tester, health = fitting(context.condition.tester, 4, "Tester"), context.condition.health
        fields += bytes([fitting(health, 4, "Health") << 4 | tester])
    if context.exercise is not None:
        flags |= Flags.EXERCISE
        fields += fitting(context.exercise.duration_s, 16, "Exercise Duration").to_bytes(2, "little")
        fields += bytes([fitting(context.exercise.intensity_percent, 8, "Exercise Intensity")])
    if context.medication is not None:
        flags |= Flags.MEDICATION
        if context.medication.unit is MedicationUnit.LITRES:
            flags |= Flags.MEDICATION_IN_LITRES
        fields += bytes([fitting(context.medication.medication_id, 8, "Medication ID")])
        fields += put_sfloat(context.medication.amount, resolution=1e-6)
    if context.hba1c_percent is not None:
        flags |= Flags.HBA1C
        fields += put_sfloat(context.hba1c_percent, resolution=0.1)
    return bytes([flags]) + fields


def _take_intake(octets: Octets) -> Intake:
    return Intake(
        carbohydrate_id=octets.uint(1, "Carbohydrate ID"), mass_kg=take_sfloat(octets, "Carbohydrate")
    )


def _take_condition(octets: Octets) -> Condition:
    tester_health = octets.uint(1, "Tester-Health")
    return Condition(tester=tester_health & 0xF, health=tester_health >> 4)


def _take_exercise(octets: Octets) -> Exercise:
    return Exercise(
        duration_s=octets.uint(2, "Exercise Duration"), intensity_percent=octets.uint(1, "Exercise Intensity")
    )


def _take_medication(octets: Octets, unit: MedicationUnit) -> Medication:
    return Medication(
        medication_id=octets.uint(1, "Medication ID"), amount=take_sfloat(octets, "Medication"), unit=unit
    )
