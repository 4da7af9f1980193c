"""Reading a characteristic's octets in wire order, and complaining in one voice when they do not add up."""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn, TypeVar

from vitals.errors import DecodeError

_MemberT = TypeVar("_MemberT", bound=IntEnum)


class Octets:
    """A characteristic's value, consumed field by field from the first octet; integers are little-endian.

    Every shortfall or surplus raises `DecodeError` naming the characteristic, what was expected and how
    many bytes came.
    """

    __slots__ = ("_characteristic", "_offset", "_value")

    def __init__(self, characteristic: str, value: bytes) -> None:
        self._characteristic = characteristic
        self._value = value
        self._offset = 0

    @property
    def remaining(self) -> int:
        """How many octets no field has claimed yet."""
        return len(self._value) - self._offset

    def take(self, count: int, field: str) -> bytes:
        """Return the next `count` octets, which are `field`."""
        if self.remaining < count:
            self.reject(f"{_octets(count)} for {field} at offset {self._offset}")
        start, self._offset = self._offset, self._offset + count
        return self._value[start : self._offset]

    def uint(self, count: int, field: str) -> int:
        """Return the next `count` octets as an unsigned integer."""
        return int.from_bytes(self.take(count, field), "little")

    def positive(self, count: int, field: str) -> int:
        """Return the next `count` octets as an unsigned integer that 0 would make meaningless."""
        number = self.uint(count, field)
        if not number:
            self.reject(f"a {field} other than 0")
        return number

    def sint(self, count: int, field: str) -> int:
        """Return the next `count` octets as a two's complement integer."""
        return int.from_bytes(self.take(count, field), "little", signed=True)

    def member(self, kind: type[_MemberT], field: str) -> _MemberT:
        """Return the next octet as a member of `kind`; a number that names none is refused."""
        number = self.uint(1, field)
        try:
            return kind(number)
        except ValueError:
            self.reject(f"a known {field} and not {number}")

    def finish(self) -> None:
        """Refuse octets that no field accounts for."""
        if self.remaining:
            self.reject(f"an end at offset {self._offset}")

    def reject(self, expected: str) -> NoReturn:
        """Raise the `DecodeError` that says what was expected of these octets."""
        raise DecodeError(f"{self._characteristic}: expected {expected}, got {_octets(len(self._value))}")


def fitting(number: int, bits: int, field: str, *, low: int = 0) -> int:
    """Return `number` if it is from `low` to what `bits` can hold unsigned; else raise `ValueError`."""
    high = (1 << bits) - 1
    if not low <= number <= high:
        raise ValueError(f"{field} is {low} to {high} on the wire: {number} cannot be encoded")
    return number


def _octets(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"
