"""SFLOAT and FLOAT against words worked by hand, and every SFLOAT there is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.errors import DecodeError
from vitals.gatt.sfloat import SpecialValue, decode_float, decode_sfloat, encode_float, encode_sfloat

SFLOATS = [
    # word, number, resolution
    (0x0000, 0.0, 1),
    (0x0078, 120.0, 1),  # a systolic pressure in mmHg
    (0xF16E, 36.6, 0.1),  # 366 x 10^-1
    (0xF4B0, 120.0, 0.1),  # the same pressure, 1200 x 10^-1
    (0x0FFB, -5.0, 1),
    (0xF9C9, -159.1, 0.1),
    (0x07FD, 2045.0, 1),  # the largest number with exponent 0
    (0x0803, -2045.0, 1),  # the smallest
    (0xF7FE, 204.6, 0.1),  # special only with exponent 0
    (0x8001, 1e-8, 1e-8),
    (0x77FF, 2047e7, 1e7),
    (0x07FF, SpecialValue.NAN, 1),
    (0x0800, SpecialValue.NRES, 1),
    (0x07FE, SpecialValue.POSITIVE_INFINITY, 1),
    (0x0802, SpecialValue.NEGATIVE_INFINITY, 1),
    (0x0801, SpecialValue.RESERVED, 1),
]
FLOATS = [
    (0x00000000, 0.0, 1),
    (0xFF00016C, 36.4, 0.1),  # 364 x 10^-1, the Health Thermometer Service's own example
    (0xFEFFFFFF, -0.01, 0.01),
    (0x007FFFFD, 8388605.0, 1),
    (0x00800003, -8388605.0, 1),
    (0x7F000001, 1e127, 1e127),
    (0x80000001, 1e-128, 1e-128),
    (0x007FFFFF, SpecialValue.NAN, 1),
    (0x00800000, SpecialValue.NRES, 1),
    (0x007FFFFE, SpecialValue.POSITIVE_INFINITY, 1),
    (0x00800002, SpecialValue.NEGATIVE_INFINITY, 1),
    (0x00800001, SpecialValue.RESERVED, 1),
]


@pytest.mark.parametrize(("word", "number", "resolution"), SFLOATS)
def test_an_sfloat_is_its_number_in_both_directions(
    word: int, number: float | SpecialValue, resolution: float
) -> None:
    octets = word.to_bytes(2, "little")

    assert decode_sfloat(octets) == number
    assert encode_sfloat(number, resolution=resolution) == octets


@pytest.mark.parametrize(("word", "number", "resolution"), FLOATS)
def test_a_float_is_its_number_in_both_directions(
    word: int, number: float | SpecialValue, resolution: float
) -> None:
    octets = word.to_bytes(4, "little")

    assert decode_float(octets) == number
    assert encode_float(number, resolution=resolution) == octets


def test_every_sfloat_encodes_back_to_itself_at_its_own_resolution() -> None:
    for word in range(1 << 16):
        octets = word.to_bytes(2, "little")
        exponent = (word >> 12) - (16 if word >> 15 else 0)

        assert encode_sfloat(decode_sfloat(octets), resolution=float(f"1e{exponent}")) == octets


@given(word=st.integers(0, (1 << 32) - 1))
@settings(deadline=None)
def test_a_float_encodes_back_to_itself_at_its_own_resolution(word: int) -> None:
    octets = word.to_bytes(4, "little")
    exponent = (word >> 24) - (256 if word >> 31 else 0)

    assert encode_float(decode_float(octets), resolution=float(f"1e{exponent}")) == octets


@given(number=st.floats(-2000, 2000))
@settings(deadline=None)
def test_a_number_in_range_comes_back_within_half_its_resolution(number: float) -> None:
    decoded = decode_sfloat(encode_sfloat(number, resolution=1))

    assert isinstance(decoded, float)
    assert abs(decoded - number) <= 0.5


def test_precision_gives_way_before_range() -> None:
    assert decode_sfloat(encode_sfloat(250.4, resolution=0.1)) == 250.0


def test_a_number_never_turns_into_a_special_value() -> None:
    assert decode_sfloat(encode_sfloat(2047.0)) == 2050.0
    assert decode_sfloat(encode_sfloat(-2048.0)) == -2050.0


def test_a_resolution_that_is_no_power_of_ten_gets_the_finer_one() -> None:
    assert decode_sfloat(encode_sfloat(0.25, resolution=0.05)) == 0.25


@pytest.mark.parametrize("number", [2.1e10, -2.1e10])
def test_a_number_beyond_every_exponent_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="beyond the range of SFLOAT"):
        encode_sfloat(number)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_python_nan_or_infinity_is_refused_because_it_does_not_say_which_special_value(
    number: float,
) -> None:
    with pytest.raises(ValueError, match="SpecialValue"):
        encode_sfloat(number)


@pytest.mark.parametrize("resolution", [0.0, -1.0, math.inf, math.nan])
def test_a_resolution_that_is_not_positive_is_refused(resolution: float) -> None:
    with pytest.raises(ValueError, match="resolution"):
        encode_sfloat(1.0, resolution=resolution)


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\x00\x00\x00"])
def test_an_sfloat_is_two_octets(octets: bytes) -> None:
    with pytest.raises(DecodeError, match="SFLOAT"):
        decode_sfloat(octets)


@pytest.mark.parametrize("octets", [b"", b"\x00\x00\x00", b"\x00\x00\x00\x00\x00"])
def test_a_float_is_four_octets(octets: bytes) -> None:
    with pytest.raises(DecodeError, match="FLOAT"):
        decode_float(octets)
