"""Batches that are well formed and wrong: any part of envelope and records replaced, left out, or doubled.

Octets changed at random seldom get past the first byte; these get through to whatever reads the part that is
wrong. The same random numbers make the same batch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from vitals.wire.envelope import ContentType

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence

    from vitals.records import AnyRecord

__all__ = ["batch_of", "hostile"]

_CHANGES_A_BATCH: Final = (1, 1, 1, 2, 4)

_ODD: Final[Sequence[object]] = (
    None,
    True,
    -1,
    0,
    1,
    127,
    128,
    2**31,
    2**53 - 1,
    2**53,
    2**53 + 1,
    2**63 - 1,
    2**63,
    2**64 - 1,
    -(2**53) - 1,
    -(2**63),
    0.5,
    -0.0,
    1e-320,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "a",
    "UPPER",
    "new\nline",
    "nul\0",
    "é" * 50,
    "x" * 500,
    [],
    [[]],
    {},
    {"type": "observations"},
)
_NESTED: Final = {"nested-10": 10, "nested-900": 900, "nested-9000": 9_000}
"""Values that stand for lists in lists, so many deep: no encoder here makes those."""
_TIMES: Final = (0, 1, 1_577_836_799_999, 2_147_483_648_000, 4_102_444_800_000, 32_503_680_000_000)


def batch_of(records: Iterable[AnyRecord], epoch: str = "fuzz0000-vital") -> dict[str, Any]:
    """Return a sound batch of records as plain values."""
    return {
        "v": 1,
        "epoch": epoch,
        "first_seq": 1,
        "boot_id": "fuzz",
        "clock": {"wall_ms": 1_700_000_000_000, "boottime_ms": 5, "synced": True},
        "made": {"boot_id": "fuzz", "offset_ms": 7, "synced": False, "shift_ms": None},
        "records": [msgspec.to_builtins(record, builtin_types=(bytes,)) for record in records],
    }


def hostile(sound: dict[str, Any], kind: ContentType, rng: random.Random) -> bytes:
    """Return the octets of a batch with a few of its parts made wrong."""
    batch = _copied(sound)
    for _ in range(rng.choice(_CHANGES_A_BATCH)):
        rng.choice(_CHANGES)(batch, rng)
    octets = _ENCODE[kind](batch)
    for name, depth in _NESTED.items():
        octets = octets.replace(_ENCODE[kind](name), _lists_in_lists(kind, depth))
    return octets


def _copied(value: object) -> Any:  # noqa: ANN401 - any plain value
    if isinstance(value, dict):
        return {name: _copied(part) for name, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _place(batch: dict[str, Any], rng: random.Random) -> tuple[Any, Any]:
    """Return a part that holds others, and the name or number of one of them."""
    part: Any = batch
    while True:
        keys = list(part) if isinstance(part, dict) else range(len(part))
        if not keys:
            return batch, rng.choice(list(batch) or ["v"])
        key = rng.choice(keys)
        inner = part[key]
        if not isinstance(inner, dict | list) or not inner or rng.random() < _STOP_HERE:
            return part, key
        part = inner


def _replace(batch: dict[str, Any], rng: random.Random) -> None:
    part, key = _place(batch, rng)
    part[key] = _copied(rng.choice(_ODD))


def _set_time(batch: dict[str, Any], rng: random.Random) -> None:
    part, key = _place(batch, rng)
    part[key] = rng.choice(_TIMES)


def _leave_out(batch: dict[str, Any], rng: random.Random) -> None:
    part, key = _place(batch, rng)
    if isinstance(part, dict):
        part.pop(key, None)
    else:
        del part[key]


def _add_unknown(batch: dict[str, Any], rng: random.Random) -> None:
    part, _ = _place(batch, rng)
    if isinstance(part, dict):
        part["gateway"] = "another-home"


def _double(batch: dict[str, Any], rng: random.Random) -> None:
    part, key = _place(batch, rng)
    if isinstance(part, list):
        part.append(_copied(part[key]))


def _swap(batch: dict[str, Any], rng: random.Random) -> None:
    (one, here), (other, there) = _place(batch, rng), _place(batch, rng)
    try:
        one[here], other[there] = _copied(other[there]), _copied(one[here])
    except (KeyError, IndexError):
        return


def _jump(batch: dict[str, Any], rng: random.Random) -> None:
    batch["first_seq"] = rng.choice((0, 1, 2**31, 2**53 - 3, 2**53, 2**53 + 1, 2**62))


def _nest(batch: dict[str, Any], rng: random.Random) -> None:
    part, key = _place(batch, rng)
    part[key] = rng.choice(list(_NESTED))


_STOP_HERE: Final = 0.15
_CHANGES: Final = (
    _replace,
    _replace,
    _replace,
    _set_time,
    _leave_out,
    _add_unknown,
    _double,
    _swap,
    _jump,
    _nest,
)


def _lists_in_lists(kind: ContentType, depth: int) -> bytes:
    return b"\x91" * depth + b"\x90" if kind is ContentType.MSGPACK else b"[" * depth + b"]" * depth


def _msgpack(value: object) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except OverflowError:  # a number that MessagePack has no form for
        return b"\xc1"


def _json(value: object) -> bytes:
    """Encode as Python does, which writes what JSON has no form for: NaN, and numbers of any length."""
    return json.dumps(value, default=msgspec.to_builtins).encode(errors="surrogatepass")


_ENCODE: Final = {ContentType.MSGPACK: _msgpack, ContentType.JSON: _json}
