import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cloud.storage.points.packing import Packer, Unpacker

LENGTHS = st.integers(0, 40)
INTS = arrays(np.int64, LENGTHS, elements=st.integers(-(2**59), 2**59))
FLOATS = arrays(np.float64, LENGTHS, elements=st.floats(allow_nan=True))
DECIMALS = st.lists(st.decimals(-1000, 1000, places=2), max_size=40).map(lambda found: np.array(found, float))


def bits(column: np.ndarray) -> list[int]:
    return column.view(np.int64).tolist()


@given(INTS)
def test_whole_numbers_come_back(column: np.ndarray) -> None:
    packer = Packer()
    packer.ints(column)
    assert Unpacker(packer.packed()).ints(len(column)).tolist() == column.tolist()


@given(FLOATS | DECIMALS)
def test_floats_come_back_bit_for_bit(column: np.ndarray) -> None:
    packer = Packer()
    packer.floats(column)
    assert bits(Unpacker(packer.packed()).floats(len(column))) == bits(column)


@given(st.lists(st.booleans()), INTS)
def test_columns_come_out_in_the_order_they_went_in(flags: list[bool], column: np.ndarray) -> None:
    packer = Packer()
    packer.flags(np.array(flags, np.bool_))
    packer.ints(column)
    unpacker = Unpacker(packer.packed())
    assert unpacker.flags(len(flags)).tolist() == flags
    assert unpacker.ints(len(column)).tolist() == column.tolist()


@pytest.mark.parametrize(
    ("column", "most"),
    [
        (np.full(3600, 72.0), 60),
        (np.arange(3600) * 1000.0, 60),
        (np.tile([60.0, 61.0], 1800), 80),
        (np.arange(3600) * 1000 / 1024, 60),  # RR intervals: in 1/1024 s
        (np.round(np.arange(3600) * 0.01, 2), 60),
    ],
)
def test_what_sensors_send_packs_small(column: np.ndarray, most: int) -> None:
    packer = Packer()
    packer.floats(column)
    assert len(packer.packed()) < most


@given(INTS, st.integers(0, 10_000), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_told(column: np.ndarray, place: int, bit: int) -> None:
    packer = Packer()
    packer.ints(column)
    packed = bytearray(packer.packed())
    packed[place % len(packed)] ^= 1 << bit
    with pytest.raises(ValueError, match="checksum"):
        Unpacker(bytes(packed)).ints(len(column))


@pytest.mark.parametrize("length", [0, 3, 8, 20])
def test_what_is_cut_short_is_told(length: int) -> None:
    packer = Packer()
    packer.ints(np.arange(100) ** 2)
    with pytest.raises(ValueError, match="checksum"):
        Unpacker(packer.packed()[:length])
