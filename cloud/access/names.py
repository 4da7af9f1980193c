"""Names as others see them: readable by everybody, and nobody's that could be taken for another's.

Two names are alike if a tired reader could take one for the other: accents, capitals, spaces and letters of
another alphabet that look the same make no difference.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from cloud.access.errors import UnfitError

__all__ = ["MOST_LETTERS", "holds_unseen", "likeness", "refuse_alike", "shown_name"]

MOST_LETTERS: Final = 80
MOST_MARKS: Final = 2
"""How many marks one letter bears in any name; of more, they spill over what stands around it."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that nobody sees or means: controls, turns of direction, what is not assigned."""
_EMPTY: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing, though they are counted among letters and marks."""
_PARTS: Final = re.compile(r"[\W\d_]+")
_EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
"""Alphabets that stand in one word in earnest."""
_LOOK_ALIKE: Final = (
    (
        "ABEZHIKMNOPTYX",
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    ),  # Greek, large
    ("aiovpux", "\u03b1\u03b9\u03bf\u03bd\u03c1\u03c5\u03c7"),  # Greek, small
    (
        "ABESIJKMHOPCTYXQW",
        "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u051a\u051c",
    ),  # Cyrillic, large
    (
        "aesijopcyxhdqwvlk",
        "\u0430\u0435\u0455\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u04bb\u0501\u051b\u051d\u0475\u04cf\u043a",
    ),  # Cyrillic, small
    ("onuhg", "\u0585\u0578\u057d\u0570\u0581"),  # Armenian
    ("agi", "\u0251\u0261\u0131"),  # Latin letters of phonetics and Turkish
)
"""Latin letters, and those of other alphabets that look the same (after UTS 39's confusables)."""
_LIKE_LATIN: Final[Mapping[int, str]] = MappingProxyType(
    {ord(other): latin for row in _LOOK_ALIKE for latin, other in zip(*row, strict=True)}
)
_LIKE_EACH_OTHER: Final = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("|", "l"))
_TAKEN: Final = ("You", "Somebody", "Nobody", "Carewire", "The service itself", "Whoever runs the service")
"""What pages call whoever reads them, nobody, and the service."""


def shown_name(given: str) -> str:
    """Return a name as others see it.

    Raises
    ------
    UnfitError
        If others could not read it, or take it for what it is not.
    """
    name = " ".join(unicodedata.normalize("NFKC", given[: 4 * MOST_LETTERS]).split())
    if not name or len(name) > MOST_LETTERS or not any(letter.isalpha() for letter in name):
        raise UnfitError("give a name of at most {most} letters that others can read", most=MOST_LETTERS)
    if holds_unseen(name):
        raise UnfitError("the name holds signs that cannot be seen: leave them out")
    if _is_overloaded(name):
        raise UnfitError("the name has more marks on a letter than others can read: leave some out")
    if any(len(_alphabets(word)) > 1 for word in _PARTS.split(name)):
        raise UnfitError("a word of the name mixes letters of two alphabets: write each word in one")
    return name


def refuse_alike(name: str, others: Iterable[str]) -> None:
    """Refuse a name that could be taken for one of others', or for what pages say of themselves.

    Raises
    ------
    UnfitError
        Saying what to do; whose name it is like is not told.
    """
    if likeness(name) in {likeness(other) for other in (*others, *_TAKEN)}:
        raise UnfitError("that name is taken, or looks like one that is: add what tells them apart")


def likeness(name: str) -> str:
    """Return what names that could be taken for each other have in common; for comparing alone."""
    plain = unicodedata.normalize("NFKC", name).translate(_LIKE_LATIN).casefold()
    bare = (letter for letter in unicodedata.normalize("NFKD", plain) if letter.isalnum() or letter == "|")
    alike = "".join(bare)
    for one, other in _LIKE_EACH_OTHER:
        alike = alike.replace(one, other)
    return alike


def holds_unseen(text: str) -> bool:
    """Tell whether there are signs in a text that nobody sees: controls, turns of direction, fillers."""
    is_unseen = any(unicodedata.category(letter) in _UNSEEN for letter in text)
    return is_unseen or _EMPTY.search(text) is not None


def _is_overloaded(name: str) -> bool:
    marks = 0
    for letter in unicodedata.normalize("NFD", name):
        marks = marks + 1 if unicodedata.category(letter) in {"Mn", "Me"} else 0
        if marks > MOST_MARKS:
            return True
    return False


def _alphabets(word: str) -> set[str]:
    found = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
    return {"EAST ASIAN"} | (found - _EAST_ASIAN) if found & _EAST_ASIAN else found
