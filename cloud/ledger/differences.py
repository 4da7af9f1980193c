"""What became of entries, by the hashes they were entered under: edited, deleted, doubled, moved. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cloud.ledger.damage import Damage, Finding
from vitals.ledger.merkle import leaf_hash

__all__ = ["differences"]

_NUMBER = re.compile(rb'"number":(\d{1,16})[,}]')


@dataclass(slots=True)
class _Sorted:
    """The lines found, told apart: `places` of those that belong here, in order; the `strange` after each."""

    places: list[int] = field(default_factory=list)
    strange: list[tuple[int, bytes]] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)


def differences(first: int, leaves: Sequence[bytes], lines: Sequence[bytes]) -> Iterator[Finding]:
    """Compare lines with the hashes of the entries from `first` on that they should be."""
    found = [leaf_hash(line) for line in lines]
    if found == list(leaves):
        return
    sorted_ = _told_apart(leaves, lines, found)
    missing = sorted(set(range(len(leaves))) - set(sorted_.places))
    for after, line in sorted_.strange:
        place = _place_of(line, after, missing, first)
        if place is None:
            yield _inserted(first + after)
        else:
            missing.remove(place)
            yield _edited(first + place)
    yield from (_deleted(first + begin, first + end) for begin, end in _runs(missing))
    yield from (_doubled(first + place) for place in sorted_.doubled)
    yield from (_moved(first + place) for place in _out_of_order(sorted_.places))


def _told_apart(leaves: Sequence[bytes], lines: Sequence[bytes], found: Sequence[bytes]) -> _Sorted:
    known = {leaf: place for place, leaf in enumerate(leaves)}
    sorted_, seen = _Sorted(), set[int]()
    after = -1
    for line, leaf in zip(lines, found, strict=True):
        place = known.get(leaf)
        if place is None:
            sorted_.strange.append((after, line))
        elif place in seen:
            sorted_.doubled.append(place)
        else:
            seen.add(place)
            sorted_.places.append(place)
            after = place
    return sorted_


def _place_of(line: bytes, after: int, missing: Sequence[int], first: int) -> int | None:
    """Return which of the missing entries a strange line stands for: that of its number, or the next one."""
    claimed = _NUMBER.search(line)
    if claimed is not None and int(claimed[1]) - first in missing:
        return int(claimed[1]) - first
    return after + 1 if after + 1 in missing else None


def _out_of_order(places: Sequence[int]) -> list[int]:
    """Return those that must be moved, as few as can be, to have the rest in order."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, place in enumerate(places):
        length = bisect_left(tails, place)
        before.append(at[length - 1] if length else -1)
        tails[length:] = [place] if length == len(tails) else [place, *tails[length + 1 :]]
        at[length:] = [index] if length == len(at) else [index, *at[length + 1 :]]
    staying, index = set[int](), at[-1] if at else -1
    while index >= 0:
        staying.add(places[index])
        index = before[index]
    return sorted(set(places) - staying)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of numbers."""
    begin = None
    for at, number in enumerate(numbers):
        begin = number if begin is None else begin
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield begin, number
            begin = None


def _edited(number: int) -> Finding:
    says = f"entry {number} was edited: it is not what it was when it was entered"
    return Finding(damage=Damage.EDITED, says=says, first=number, last=number)


def _inserted(after: int) -> Finding:
    where = f"after entry {after}" if after >= 0 else "before entry 0"
    return Finding(damage=Damage.INSERTED, says=f"a line was inserted {where} that is no entry", first=after)


def _deleted(begin: int, end: int) -> Finding:
    which = f"entry {begin} was" if begin == end else f"entries {begin} to {end} were"
    return Finding(damage=Damage.DELETED, says=f"{which} deleted", first=begin, last=end)


def _doubled(number: int) -> Finding:
    says = f"entry {number} stands there more than once"
    return Finding(damage=Damage.DUPLICATED, says=says, first=number, last=number)


def _moved(number: int) -> Finding:
    says = f"entry {number} was moved: it does not stand where it was entered"
    return Finding(damage=Damage.REORDERED, says=says, first=number, last=number)
