"""What people write to each other: any writing there is, without signs that do something unseen."""

from typing import Final
from unicodedata import category

from vitals.errors import ValidationError

__all__ = ["plain_text"]

_UNSEEN: Final = frozenset({"Cc", "Cs"})
_TURNING: Final = frozenset("\u202d\u202e")
"""They show a dose of 15 as 51. Other marks of direction come with what a phone pastes, and do no harm."""


def plain_text(text: str) -> str:
    """Return a text as it is kept, without what browsers and thumbs add at the ends of lines.

    Spaces of every script, what joins signs (a family in one picture, Persian), and signs that are newer than
    this program are text: a phone writes them, and whoever did could not tell which to leave out.

    Raises
    ------
    ValidationError
        If it holds a control character, half a sign, or what writes others backwards.
    """
    plain = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
    if any((category(sign) in _UNSEEN and sign not in "\n\t") or sign in _TURNING for sign in plain):
        raise ValidationError("this takes plain text: leave out signs that cannot be shown")
    return plain
