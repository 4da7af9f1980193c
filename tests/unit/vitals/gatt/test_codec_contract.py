"""What every codec in CODECS keeps, driven in both directions by one vector file a characteristic."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.errors import DecodeError, UnknownCharacteristicError
from vitals.gatt import registry, uuids
from vitals.gatt.registry import CODECS, Codec

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS = Path(__file__).parents[3] / "vectors" / "gatt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One row of a vector file, with the codec it is for."""

    codec: Codec
    octets: bytes
    value: object
    shorter_values: tuple[int, ...]
    decodes_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Octets a codec must refuse."""

    codec: Codec
    octets: bytes


def file_of(codec: Codec) -> Path:
    return VECTORS / f"{codec.name.lower().replace(' ', '_')}.json"


def written(codec: Codec) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file_of(codec).read_text(encoding="utf-8"))
    return content


def vectors() -> Iterator[Any]:
    for codec in CODECS.values():
        for row in written(codec)["values"]:
            vector = Vector(
                codec=codec,
                octets=bytes.fromhex(row["hex"]),
                value=row["value"],
                shorter_values=tuple(row.get("shorter_values", ())),
                decodes_only=row.get("decodes_only", False),
            )
            yield pytest.param(vector, id=f"{codec.name}: {row['why']}")


def malformed() -> Iterator[Any]:
    for codec in CODECS.values():
        for row in [{"hex": "ff" * 600, "why": "octets without end"}, *written(codec)["malformed"]]:
            broken = Malformed(codec=codec, octets=bytes.fromhex(row["hex"]))
            yield pytest.param(broken, id=f"{codec.name}: {row['why']}")


def as_json(value: object) -> object:
    """Return a decoded value as the vector files write it: fields by name, under the name of their type."""
    plain = json.loads(msgspec.json.encode(value))
    return {"type": type(value).__name__, **plain} if dataclasses.is_dataclass(value) else plain


each_codec = pytest.mark.parametrize(
    "codec", [pytest.param(codec, id=codec.name) for codec in CODECS.values()]
)
each_vector = pytest.mark.parametrize("vector", list(vectors()))


def test_every_vector_file_belongs_to_a_codec_and_every_codec_has_one() -> None:
    assert {path.name for path in VECTORS.glob("*.json")} == {
        file_of(codec).name for codec in CODECS.values()
    }


@each_codec
def test_a_vector_file_is_headed_by_its_characteristic_and_its_source(codec: Codec) -> None:
    content = written(codec)

    assert content["characteristic"] == codec.name
    assert content["source"]
    assert content["values"]


@each_vector
def test_the_octets_decode_to_the_value(vector: Vector) -> None:
    assert as_json(vector.codec.decode(vector.octets)) == vector.value


@each_vector
def test_the_value_encodes_to_the_octets(vector: Vector) -> None:
    encoded = vector.codec.encode(vector.codec.decode(vector.octets))

    assert (encoded == vector.octets) is not vector.decodes_only


@each_vector
def test_a_truncated_value_is_refused_unless_it_is_a_whole_shorter_one(vector: Vector) -> None:
    accepted = []
    for length in range(len(vector.octets)):
        try:
            vector.codec.decode(vector.octets[:length])
        except DecodeError:
            continue
        accepted.append(length)

    assert tuple(accepted) == vector.shorter_values


@each_vector
def test_an_octet_after_the_end_is_refused(vector: Vector) -> None:
    with pytest.raises(DecodeError):
        vector.codec.decode(vector.octets + b"\xff")


@pytest.mark.parametrize("broken", list(malformed()))
def test_malformed_octets_are_refused_with_the_characteristic_and_the_count(broken: Malformed) -> None:
    with pytest.raises(DecodeError) as caught:
        broken.codec.decode(broken.octets)

    assert str(caught.value).startswith(f"{broken.codec.name}: expected ")
    assert f"got {len(broken.octets)} byte" in str(caught.value)


@each_codec
@given(data=st.data())
@settings(deadline=None)
def test_any_octets_decode_to_a_value_that_survives_the_round_trip_or_raise_decode_error(
    codec: Codec, data: st.DataObject
) -> None:
    octets = data.draw(st.binary(max_size=80) | mutations(codec))
    try:
        value = codec.decode(octets)
    except DecodeError:
        return

    assert codec.decode(codec.encode(value)) == value


def mutations(codec: Codec) -> st.SearchStrategy[bytes]:
    """Well-formed octets with a few replaced, which get further into a decoder than noise does."""
    known = st.sampled_from([bytes.fromhex(row["hex"]) for row in written(codec)["values"]])
    changes = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=3)
    return st.builds(with_changes, known, changes)


def with_changes(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(octets)
    for place, octet in changes:
        if changed:
            changed[place % len(changed)] = octet
    return bytes(changed)


@pytest.mark.parametrize("uuid", [uuids.BATTERY_LEVEL, uuids.BATTERY_LEVEL.upper()])
def test_the_registry_decodes_by_uuid_in_either_case(uuid: str) -> None:
    assert as_json(registry.decode(uuid, b"\x37")) == {"type": "BatteryLevel", "percent": 55}


def test_an_unknown_uuid_is_refused_by_name() -> None:
    unknown = "00002a00-0000-1000-8000-00805f9b34fb"

    with pytest.raises(UnknownCharacteristicError, match=unknown):
        registry.decode(unknown, b"\x00")


def test_every_uuid_is_spelled_as_bleak_spells_it_and_used_once() -> None:
    spelled = [value for name, value in vars(uuids).items() if name.isupper()]

    assert len(spelled) == len(set(spelled))
    assert all(len(value) == 36 and value == value.lower() for value in spelled)
    assert set(CODECS) <= set(spelled)
