"""Columns of numbers in few bytes, given back bit for bit.

Integers are differenced as often (0, 1 or 2 times) as leaves least, freed of what all of them share, and cut
into planes of bytes of one weight, which deflate shrinks well. Values of sensors are decimal or binary
fractions: they are packed as integers where a scale gives each back exactly, else as their own bytes.
"""

import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Packer", "Unpacker", "is_sound", "scaled"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_LEVEL: Final = 6
_RAW_DEFLATE: Final = -15
_SCALES: Final = (1.0, 10.0, 100.0, 1000.0, 128.0, 10_000.0, 1_000_000.0)
"""Tenths to millionths; an RR interval comes in 1/1024 s, which are 125/128 ms."""
_NO_SCALE: Final = 0.0
_LARGEST: Final = 2.0**53
_FEW: Final = 16
_ENOUGH: Final = 256
"""Numbers that show how a column goes."""

_CRC: Final = struct.Struct("<I")  # of all that follows
_LENGTH: Final = struct.Struct("<I")  # of what is unpacked
_INTS: Final = struct.Struct("<BBqqqq")  # order, bytes a number, divisor, base, first number and difference
_FLOATS: Final = struct.Struct("<d")


def is_sound(packed: bytes) -> bool:
    """Tell whether bytes are what a `Packer` made, without unfolding them."""
    body = memoryview(packed)[_CRC.size :]
    return len(body) >= _LENGTH.size and (zlib.crc32(body),) == _CRC.unpack_from(packed)


class Packer:
    """Puts columns one after another; `packed` is all of them, deflated under a checksum."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def plain(self, layout: struct.Struct, *values: float) -> None:
        """Add a few numbers as they are."""
        self._parts.append(layout.pack(*values))

    def ints(self, column: Ints) -> None:
        """Add integers; each must stay below 2**60 in magnitude."""
        order, rest, heads = _flattest(column)
        base = _middle(rest)
        rest -= base
        divisor = int(np.gcd.reduce(rest)) or 1
        if divisor > 1:
            rest //= divisor
        folded = ((rest << 1) ^ (rest >> 63)).view(np.uint64)
        width = (int(folded.max(initial=0)).bit_length() + 7) // 8
        self._parts.append(_INTS.pack(order, width, divisor, base, *heads))
        self._parts.append(folded.view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes())

    def floats(self, column: Floats) -> None:
        """Add floats; any bits come back as they were."""
        found = scaled(column)
        if found is None:
            self._parts.append(_FLOATS.pack(_NO_SCALE))
            self._parts.append(column.view(np.uint8).reshape(-1, 8).T.tobytes())
        else:
            scale, whole = found
            self._parts.append(_FLOATS.pack(scale))
            self.ints(whole)

    def flags(self, column: NDArray[np.bool_]) -> None:
        """Add yes or no."""
        self._parts.append(np.packbits(column).tobytes())

    def packed(self) -> bytes:
        """Return everything."""
        plain = b"".join(self._parts)
        deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
        body = _LENGTH.pack(len(plain)) + deflater.compress(plain) + deflater.flush()
        return _CRC.pack(zlib.crc32(body)) + body


class Unpacker:
    """Takes columns out again in the order they were put in."""

    def __init__(self, packed: bytes) -> None:
        """Check and unfold.

        Raises
        ------
        ValueError
            If it is not what a `Packer` made.
        """
        body = memoryview(packed)[_CRC.size :]
        if not is_sound(packed):
            raise ValueError("its checksum does not agree with it")
        (length,) = _LENGTH.unpack_from(body)
        self._plain = zlib.decompress(body[_LENGTH.size :], _RAW_DEFLATE, length)
        self._at = 0

    def plain(self, layout: struct.Struct) -> tuple[int, ...]:
        """Take numbers that were added as they are."""
        return layout.unpack_from(self._plain, self._advance(layout.size))

    def ints(self, count: int) -> Ints:
        """Take `count` integers."""
        order, width, divisor, base, *heads = self.plain(_INTS)
        rest_count = count - order
        planes = np.frombuffer(self._plain, np.uint8, width * rest_count, self._advance(width * rest_count))
        folded = np.zeros((rest_count, 8), np.uint8)
        folded[:, :width] = planes.reshape(width, rest_count).T
        bits = folded.view(np.uint64).reshape(-1)
        rest = (bits >> np.uint64(1)).view(np.int64) ^ -(bits & np.uint64(1)).view(np.int64)
        if divisor != 1:
            rest *= divisor
        if base:
            rest += base
        for head in reversed(heads[:order]):
            rest = np.concatenate((np.array([head]), rest))
            np.cumsum(rest, out=rest)
        return rest

    def floats(self, count: int) -> Floats:
        """Take `count` floats."""
        (scale,) = _FLOATS.unpack_from(self._plain, self._advance(_FLOATS.size))
        if scale == _NO_SCALE:
            planes = np.frombuffer(self._plain, np.uint8, 8 * count, self._advance(8 * count))
            return np.ascontiguousarray(planes.reshape(8, count).T).view(np.float64).reshape(-1)
        value: Floats = self.ints(count) / scale
        return value

    def flags(self, count: int) -> NDArray[np.bool_]:
        """Take `count` answers."""
        size = (count + 7) // 8
        bits = np.frombuffer(self._plain, np.uint8, size, self._advance(size))
        return np.unpackbits(bits, count=count).view(np.bool_)

    def _advance(self, size: int) -> int:
        at, self._at = self._at, self._at + size
        return at


def scaled(column: Floats) -> tuple[float, Ints] | None:
    """Return the least scale by which all are whole numbers that give each back bit for bit, and those."""
    for scale in _SCALES:
        if _gives_back(column[:_FEW], scale) and _gives_back(column, scale):
            return scale, np.rint(column * scale).astype(np.int64)
    return None


def _gives_back(column: Floats, scale: float) -> bool:
    with np.errstate(all="ignore"):
        whole = np.rint(column * scale)
        is_zero = whole == 0.0
        return bool(
            (whole / scale == column).all()
            and (np.abs(whole) < _LARGEST).all()
            and not np.signbit(column[is_zero]).any()
        )


def _flattest(column: Ints) -> tuple[int, Ints, tuple[int, int]]:
    """Return the order of differences that is least in bits, those, and the numbers they start from."""
    first = np.diff(column)
    second = np.diff(first)
    costs = [_bits(_some(each)) for each in (column, first, second)]
    order = min(range(min(3, len(column))), key=costs.__getitem__, default=0)
    heads = (
        int(column[0]) if order else 0,
        int(first[0]) if order == 2 else 0,  # noqa: PLR2004 - second differences
    )
    return order, (column.copy(), first, second)[order], heads


def _bits(column: Ints) -> float:
    spread = np.abs(column - _middle(column)).astype(np.float64)
    return float(np.log2(spread + 1.0).sum())


def _middle(column: Ints) -> int:
    """Return about the median."""
    some = _some(column)
    return int(np.sort(some)[len(some) // 2]) if len(some) else 0


def _some(column: Ints) -> Ints:
    return column[:: len(column) // _ENOUGH + 1]
