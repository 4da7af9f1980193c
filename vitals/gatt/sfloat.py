"""SFLOAT and FLOAT, the decimal floating point of IEEE 11073-20601 that medical characteristics carry.

| type   | octets | exponent (high bits) | mantissa (low bits) |
|--------|--------|----------------------|---------------------|
| SFLOAT | 2      | 4 bits               | 12 bits             |
| FLOAT  | 4      | 8 bits               | 24 bits             |

The number is mantissa x 10^exponent, both two's complement. With exponent 0, five mantissas at
the ends of the range are no numbers but the `SpecialValue`s; with any other exponent they are numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum

from vitals.gatt.octets import Octets


class SpecialValue(Enum):
    """What a device sends when it has no number to send."""

    NAN = "NaN"
    NRES = "NRes"  # not at this resolution
    POSITIVE_INFINITY = "+INFINITY"
    NEGATIVE_INFINITY = "-INFINITY"
    RESERVED = "reserved"


def decode_sfloat(value: bytes) -> float | SpecialValue:
    """Decode two octets to the float nearest the decimal number."""
    return _decode(_SFLOAT, value)


def encode_sfloat(number: float | SpecialValue, *, resolution: float = 1.0) -> bytes:
    """Encode to two octets with the exponent that keeps `resolution`, or the next larger that fits.

    `encode_sfloat(36.6, resolution=0.1)` is 366 x 10^-1. Precision gives way before range: 250.0 at 0.1 would
    need a mantissa of 2500 and becomes 250 x 10^0. A number beyond every exponent raises `ValueError`.
    """
    return _encode(_SFLOAT, number, resolution)


def decode_float(value: bytes) -> float | SpecialValue:
    """Decode four octets to the float nearest the decimal number."""
    return _decode(_FLOAT, value)


def encode_float(number: float | SpecialValue, *, resolution: float = 1.0) -> bytes:
    """Encode to four octets; the exponent is chosen as for `encode_sfloat`."""
    return _encode(_FLOAT, number, resolution)


Quantity = float | SpecialValue
"""A number, or why there is none."""


def take_sfloat(octets: Octets, field: str) -> Quantity:
    """Return the next two octets of a characteristic's value as a number."""
    return decode_sfloat(octets.take(2, field))


def take_float(octets: Octets, field: str) -> Quantity:
    """Return the next four octets of a characteristic's value as a number."""
    return decode_float(octets.take(4, field))


def put_sfloat(number: Quantity, *, resolution: float = 1.0) -> bytes:
    """Encode to two octets with every digit that fits; `resolution` is the coarsest step to count in."""
    return encode_sfloat(number, resolution=_finest(number, resolution))


def put_float(number: Quantity, *, resolution: float = 1.0) -> bytes:
    """Encode to four octets, as `put_sfloat` does to two."""
    return encode_float(number, resolution=_finest(number, resolution))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    name: str
    mantissa_bits: int
    exponent_bits: int
    specials: dict[int, SpecialValue]
    """The whole words, exponent 0 and a mantissa at the end of its range, that stand for no number."""

    @property
    def octets(self) -> int:
        return (self.mantissa_bits + self.exponent_bits) // 8


_SFLOAT = _Format(
    name="SFLOAT",
    mantissa_bits=12,
    exponent_bits=4,
    specials={
        0x07FE: SpecialValue.POSITIVE_INFINITY,
        0x07FF: SpecialValue.NAN,
        0x0800: SpecialValue.NRES,
        0x0801: SpecialValue.RESERVED,
        0x0802: SpecialValue.NEGATIVE_INFINITY,
    },
)
_FLOAT = _Format(
    name="FLOAT",
    mantissa_bits=24,
    exponent_bits=8,
    specials={
        0x007FFFFE: SpecialValue.POSITIVE_INFINITY,
        0x007FFFFF: SpecialValue.NAN,
        0x00800000: SpecialValue.NRES,
        0x00800001: SpecialValue.RESERVED,
        0x00800002: SpecialValue.NEGATIVE_INFINITY,
    },
)


def _decode(form: _Format, value: bytes) -> float | SpecialValue:
    octets = Octets(form.name, value)
    word = octets.uint(form.octets, "a number")
    octets.finish()
    if word in form.specials:
        return form.specials[word]
    mantissa = _signed(word & _mask(form.mantissa_bits), form.mantissa_bits)
    exponent = _signed(word >> form.mantissa_bits, form.exponent_bits)
    # Integers divide to the nearest float: 12 / 10 is 1.2 where 12 * 10**-1 is not.
    return float(mantissa * 10**exponent) if exponent >= 0 else mantissa / 10**-exponent


def _encode(form: _Format, number: float | SpecialValue, resolution: float) -> bytes:
    if isinstance(number, SpecialValue):
        word = next(word for word, special in form.specials.items() if special is number)
    else:
        word = _word(form, number, resolution)
    return word.to_bytes(form.octets, "little")


def _word(form: _Format, number: float, resolution: float) -> int:
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number: encode the SpecialValue that says why")
    if not (math.isfinite(resolution) and resolution > 0):
        raise ValueError(f"a resolution is a positive number: {resolution} is not")
    lowest, highest = -(1 << form.exponent_bits - 1), (1 << form.exponent_bits - 1) - 1
    finest = min(max(Decimal(repr(resolution)).adjusted(), lowest), highest)
    limit = 1 << form.mantissa_bits - 1
    for exponent in range(finest, highest + 1):
        scaled = Decimal(repr(number)).scaleb(-exponent)
        mantissa = int(scaled.to_integral_value(ROUND_HALF_EVEN))
        word = (exponent & _mask(form.exponent_bits)) << form.mantissa_bits | mantissa & _mask(
            form.mantissa_bits
        )
        if -limit <= mantissa < limit and word not in form.specials:
            return word
    raise ValueError(f"{number} is beyond the range of {form.name}")


def _finest(number: Quantity, resolution: float) -> float:
    """Return the step that holds the last digit of `number`, or `resolution` if that is finer."""
    if isinstance(number, SpecialValue) or not math.isfinite(number) or number == 0:
        return resolution
    digits = Decimal(repr(number)).normalize().as_tuple()
    step = Decimal(1).scaleb(int(digits.exponent))
    return float(min(step, Decimal(repr(resolution))))


def _signed(word: int, bits: int) -> int:
    return word - (1 << bits) if word >> bits - 1 else word


def _mask(bits: int) -> int:
    return (1 << bits) - 1
