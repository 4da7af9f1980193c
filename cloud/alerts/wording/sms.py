"""What fits one SMS: 160 characters of GSM's own alphabet, or 70 of any (3GPP TS 23.038 and 23.040)."""

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["MOST_GSM", "MOST_OTHER", "fits", "fitted", "plain", "sentences"]

MOST_GSM: Final = 160
MOST_OTHER: Final = 70
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION: Final = frozenset("^{}\\[~]|€")
"""Each takes two places."""
_NEAREST: Final = str.maketrans({"°": "", "²": "2", "–": "-", "’": "'", "“": '"', "”": '"', "…": "..."})  # noqa: RUF001 - what is replaced
_CUT: Final = "..."
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.?!])\s+|(?<=[。？！])")  # noqa: RUF001 - Chinese has its own


def plain(text: str) -> str:
    """Return a text without the few marks that would cost an SMS half of its room."""
    return text.translate(_NEAREST)


def fits(text: str) -> bool:
    """Tell whether a text is one SMS."""
    if _GSM.union(_GSM_EXTENSION).issuperset(text):
        return len(text) + sum(text.count(mark) for mark in _GSM_EXTENSION) <= MOST_GSM
    return len(text.encode("utf-16-le")) // 2 <= MOST_OTHER


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [one for one in _BETWEEN_SENTENCES.split(text) if one]


def fitted(parts: Iterable[str], between: str) -> str:
    """Join as many parts as one SMS holds; after one that has no room nothing follows. The first is cut."""
    first, *others = parts
    line = first
    while not fits(line):
        line = line.removesuffix(_CUT)[:-1] + _CUT
    for part in others:
        longer = between.join((line, part))
        if not fits(longer):
            break
        line = longer
    return line
