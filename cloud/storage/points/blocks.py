"""A closed hour of one series as bytes: its points, and what its minutes come to."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.storage.points.columns import NOT_DATED, Points
from cloud.storage.points.packing import Packer, Unpacker, scaled
from cloud.storage.points.sums import Sums

__all__ = ["MINUTE_MS", "pack_points", "pack_sums", "unpack_points", "unpack_sums"]

MINUTE_MS: Final = 60_000

_POINTS: Final = struct.Struct("<IBB")  # how many; whether qualities, device times: see _Known
_SUMS: Final = struct.Struct("<Id")  # how many; the scale of whole numbers, or 0
_NOT_SCALED: Final = 0.0
_LARGEST_WHOLE: Final = 2**20  # sums of squares of distances stay whole in a float64
_EVEN_ENOUGH: Final = 1e-4

_NONE, _SOME, _ALL = 0, 1, 2


def pack_points(points: Points) -> bytes:
    """Pack settled points."""
    is_rated, is_dated = ~np.isnan(points.quality), points.device_ms != NOT_DATED
    known = [_extent(is_rated), _extent(is_dated)]
    packer = Packer()
    packer.plain(_POINTS, len(points), *known)
    packer.ints(points.t_ms)
    packer.floats(points.value)
    for extent, which in zip(known, (is_rated, is_dated), strict=True):
        if extent == _SOME:
            packer.flags(which)
    if known[0]:
        packer.floats(points.quality[is_rated])
    if known[1]:
        packer.ints((points.device_ms - points.t_ms)[is_dated])
    return packer.packed()


def unpack_points(packed: bytes) -> Points:
    """Return the points of `pack_points`.

    Raises
    ------
    ValueError
        If the bytes were damaged.
    """
    unpacker = Unpacker(packed)
    count, *known = unpacker.plain(_POINTS)
    t_ms, value = unpacker.ints(count), unpacker.floats(count)
    is_rated, is_dated = (
        unpacker.flags(count) if extent == _SOME else np.full(count, extent == _ALL) for extent in known
    )
    quality, device_ms = np.full(count, np.nan), np.full(count, NOT_DATED)
    if known[0]:
        quality[is_rated] = unpacker.floats(int(is_rated.sum()))
    if known[1]:
        device_ms[is_dated] = unpacker.ints(int(is_dated.sum())) + t_ms[is_dated]
    return Points(t_ms=t_ms, value=value, quality=quality, device_ms=device_ms)


def pack_sums(sums: Sums) -> bytes:
    """Pack sums of minutes.

    Values of sensors are whole in some unit, and so are the sums of their distances from the least and of the
    squares of those: these are packed, in a few bytes, and the mean and the squares reckoned from them again.
    """
    scale, columns = _whole(sums) or (_NOT_SCALED, None)
    packer = Packer()
    packer.plain(_SUMS, len(sums.count), scale)
    packer.ints(sums.from_ms // MINUTE_MS)
    packer.ints(sums.count)
    for whole in columns or ():
        packer.ints(whole)
    if columns is None:
        for column in (sums.minimum, sums.maximum, sums.mean, sums.squares):
            packer.floats(column)
    return packer.packed()


def unpack_sums(packed: bytes) -> Sums:
    """Return the sums of `pack_sums`.

    Raises
    ------
    ValueError
        If the bytes were damaged.
    """
    unpacker = Unpacker(packed)
    rows, scale = unpacker.plain(_SUMS)
    from_ms, count = unpacker.ints(rows) * MINUTE_MS, unpacker.ints(rows)
    if scale == _NOT_SCALED:
        minimum, maximum, mean, squares = (unpacker.floats(rows) for _ in range(4))
    else:
        least, most, apart, square = (unpacker.ints(rows) for _ in range(4))
        minimum, maximum = least / scale, most / scale
        mean = np.clip((least + apart / count) / scale, minimum, maximum)
        squares = np.maximum(square - apart.astype(np.float64) ** 2 / count, 0.0) / scale**2
    return Sums(from_ms=from_ms, count=count, minimum=minimum, maximum=maximum, mean=mean, squares=squares)


def _whole(sums: Sums) -> tuple[float, tuple[NDArray[np.int64], ...]] | None:
    """Return a scale and, in its unit: least, most, sums of distances from the least and of their squares."""
    found = scaled(np.concatenate((sums.minimum, sums.maximum)))
    if found is None or np.abs(found[1]).max(initial=0) > _LARGEST_WHOLE:
        return None
    scale, (least, most) = found[0], np.split(found[1], 2)
    apart = (sums.mean * scale - least) * sums.count
    square = sums.squares * scale**2 + apart**2 / sums.count
    if max(_unevenness(apart), _unevenness(square)) > _EVEN_ENOUGH:
        return None
    return scale, (least, most, np.rint(apart).astype(np.int64), np.rint(square).astype(np.int64))


def _unevenness(column: NDArray[np.float64]) -> float:
    return float(np.abs(column - np.rint(column)).max(initial=0.0))


def _extent(which: NDArray[np.bool_]) -> int:
    if which.all():
        return _ALL
    return _SOME if which.any() else _NONE
