"""Text that runs from right to left, put in the order in which a sheet of paper is written: left to right.

For names and short phrases: the rules of UAX 9 for one line without embeddings, and the joined forms of
Arabic letters that Unicode lists for what cannot join them itself.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Final

__all__ = ["visual"]

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_OF_NUMBERS: Final = frozenset({"EN", "AN"})
_ISOLATES: Final = re.compile("[\u2066-\u2068]([^\u2066-\u2069]*)\u2069")
_CONTROLS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FORMS: Final = range(0xFE80, 0xFEFD)
_FORM: Final = re.compile(r"<(isolated|final|initial|medial)> ([0-9A-F ]+)")
_MIRRORED: Final = dict(zip("()[]{}<>\u00ab\u00bb", ")(][}{><\u00bb\u00ab", strict=True))
_JOINS_ALL: Final = "\u0640"
"""The stroke that lengthens a word joins on both sides, and has one form."""

_Forms = Mapping[tuple[str, str], str]


def visual(text: str) -> str:
    """Return a line's signs from left to right as they are drawn; what runs that way anyway is unchanged.

    A text with isolates in it runs from left to right itself, whatever is within them.
    """
    return "".join(_line(part) for part in _ISOLATES.split(text))


def _line(text: str) -> str:
    plain = _CONTROLS.sub("", text)
    if not any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in plain):
        return plain
    signs = _joined(plain)
    levels = _levels(signs)
    for level in range(max(levels), 0, -1):
        signs, levels = _turned(signs, levels, level)
    return "".join(
        unicodedata.normalize("NFC", _mirrored(sign) if level % 2 else sign)
        for sign, level in zip(signs, levels, strict=True)
    )


def _levels(signs: list[str]) -> list[int]:
    """Return each sign's level of embedding: even runs to the right, odd to the left."""
    kinds = [unicodedata.bidirectional(sign[0]) for sign in signs]
    strong = next(kind for kind in kinds if kind in _RIGHT_TO_LEFT | {"L"})
    base = 1 if strong in _RIGHT_TO_LEFT else 0
    found = [_own_level(kind, base) for kind in kinds]
    for at, level in enumerate(found):
        if level is None:
            before = next((each for each in reversed(found[:at]) if each is not None), base)
            after = next((each for each in found[at:] if each is not None), base)
            found[at] = before if before % 2 == after % 2 == 1 else base
    return [base if level is None else level for level in found]


def _own_level(kind: str, base: int) -> int | None:
    if kind in _RIGHT_TO_LEFT:
        return 1
    if kind in _OF_NUMBERS or kind == "L":
        return 2 if base else 0
    return None


def _turned(signs: list[str], levels: list[int], level: int) -> tuple[list[str], list[int]]:
    """Turn every stretch of a level or higher about (rule L2)."""
    pairs: list[tuple[str, int]] = []
    for is_high, stretch in groupby(zip(signs, levels, strict=True), key=lambda pair: pair[1] >= level):
        found = list(stretch)
        pairs += reversed(found) if is_high else found
    return [sign for sign, _ in pairs], [each for _, each in pairs]


def _mirrored(sign: str) -> str:
    return _MIRRORED.get(sign, sign)


def _joined(text: str) -> list[str]:
    """Return letters, each with the marks on it, Arabic ones in the form that their neighbours ask for."""
    clusters = list(_clusters(text))
    letters = [cluster[0] for cluster in clusters]
    joined: list[str] = []
    at = 0
    while at < len(clusters):
        before = at > 0 and _joins_on(letters[at - 1])
        pair = "".join(letters[at : at + 2])
        form = _form(pair, before=before, after=False) if len(clusters[at]) == 1 else None
        if len(pair) > 1 and form is not None:
            joined.append(form + clusters[at + 1][1:])
            at += 2
            continue
        after = at + 1 < len(letters) and _joins_on(letters[at]) and _joins_back(letters[at + 1])
        joined.append((_form(letters[at], before=before, after=after) or letters[at]) + clusters[at][1:])
        at += 1
    return joined


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for sign in text:
        if cluster and unicodedata.bidirectional(sign) == "NSM":
            cluster += sign
            continue
        if cluster:
            yield cluster
        cluster = sign
    if cluster:
        yield cluster


def _joins_on(letter: str) -> bool:
    return letter == _JOINS_ALL or (letter, "initial") in _forms()


def _joins_back(letter: str) -> bool:
    return letter == _JOINS_ALL or (letter, "final") in _forms()


def _form(letters: str, *, before: bool, after: bool) -> str | None:
    wanted = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get(
        (before, after), "isolated"
    )
    return _forms().get((letters, wanted))


@cache
def _forms() -> _Forms:
    """Return each form of each letter, and of the pairs that are written as one, as Unicode lists them."""
    found: dict[tuple[str, str], str] = {}
    for code in _FORMS:
        if named := _FORM.fullmatch(unicodedata.decomposition(chr(code))):
            letters = "".join(chr(int(each, 16)) for each in named[2].split())
            found[letters, named[1]] = chr(code)
    return found
