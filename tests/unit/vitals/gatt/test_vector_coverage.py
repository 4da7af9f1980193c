"""That the vectors leave nothing out: each flag, each member, each field there and missing."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from enum import Enum, IntFlag
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.vitals.gatt.test_codec_contract import each_codec, vectors
from vitals.gatt.record_access_control_point import Operator
from vitals.gatt.registry import CODECS, Codec
from vitals.gatt.sfloat import SpecialValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.vitals.gatt.test_codec_contract import Vector

NEVER_DECODED = {Operator.NULL}
"""The null operator stands where no records are named."""


def vectors_of(codec: Codec) -> list[Vector]:
    return [row.values[0] for row in vectors() if row.values[0].codec is codec]


def parts(value: object) -> Iterator[tuple[str, object]]:
    """Yield what a decoded value is made of, each with the name of its field."""
    if isinstance(value, tuple):
        for one in value:
            yield from parts(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            part = getattr(value, field.name)
            yield f"{type(value).__name__}.{field.name}", part
            yield from parts(part)


def seen_in(codec: Codec) -> dict[str, list[Any]]:
    seen = defaultdict(list)
    for vector in vectors_of(codec):
        decoded = codec.decode(vector.octets)
        for name, part in (("value", decoded), *parts(decoded)):
            seen[name].append(part)
    return seen


@each_codec
def test_every_flag_is_set_in_a_vector_and_every_member_comes_up(codec: Codec) -> None:
    missing = set()
    for name, values in seen_in(codec).items():
        kinds = {type(one) for one in values if isinstance(one, Enum)} - {SpecialValue}
        for kind in kinds:
            members = [one for one in values if isinstance(one, kind)]
            if issubclass(kind, IntFlag):
                missing |= {f"{name} {flag!r}" for flag in kind if not any(flag in one for one in members)}
            else:
                missing |= {f"{name} {one!r}" for one in kind if one not in members} - {
                    f"{name} {one!r}" for one in NEVER_DECODED
                }
    assert missing == set()


@each_codec
def test_every_field_that_may_be_missing_is_there_in_one_vector_and_missing_in_another(codec: Codec) -> None:
    optional = {name: values for name, values in seen_in(codec).items() if None in values}
    always_missing = {name for name, values in optional.items() if all(one is None for one in values)}
    assert always_missing == set()
    may_be_missing = {
        f"{kind.__name__}.{field.name}"
        for kind in {type(part) for values in seen_in(codec).values() for part in values}
        if dataclasses.is_dataclass(kind)
        for field in dataclasses.fields(kind)
        if "None" in str(field.type)
    }
    assert may_be_missing <= set(optional)


def with_quantities_as(value: Any, special: SpecialValue) -> Any:
    """Return a decoded value with every number that is a float on the wire replaced."""
    if isinstance(value, tuple):
        return tuple(with_quantities_as(one, special) for one in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changes = {
        field.name: special
        if "Quantity" in str(field.type) and isinstance(getattr(value, field.name), float | SpecialValue)
        else with_quantities_as(getattr(value, field.name), special)
        for field in dataclasses.fields(value)
    }
    return dataclasses.replace(value, **changes)


QUANTIFIED = [
    codec
    for codec in CODECS.values()
    if any(
        with_quantities_as(codec.decode(vector.octets), SpecialValue.RESERVED) != codec.decode(vector.octets)
        for vector in vectors_of(codec)
    )
]


@pytest.mark.parametrize("codec", QUANTIFIED, ids=lambda codec: codec.name)
@pytest.mark.parametrize("special", SpecialValue)
def test_every_medical_number_may_be_each_special_value(codec: Codec, special: SpecialValue) -> None:
    for vector in vectors_of(codec):
        value = with_quantities_as(codec.decode(vector.octets), special)

        assert codec.decode(codec.encode(value)) == value


def test_the_medical_numbers_are_where_the_specification_has_them() -> None:
    assert {codec.name for codec in QUANTIFIED} == {
        "PLX Spot-Check Measurement",
        "PLX Continuous Measurement",
        "Temperature Measurement",
        "Intermediate Temperature",
        "Blood Pressure Measurement",
        "Intermediate Cuff Pressure",
        "Glucose Measurement",
        "Glucose Measurement Context",
        "CGM Measurement",
        "CGM Specific Ops Control Point",
    }
