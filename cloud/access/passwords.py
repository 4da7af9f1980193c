"""Which passwords are good enough: long ones that nobody would try first. Other rules make worse ones."""

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from cloud.access.errors import UnfitError

__all__ = ["FEWEST_LETTERS", "MOST_LETTERS", "fit_password", "readable_password"]

FEWEST_LETTERS: Final = 12
MOST_LETTERS: Final = 256
_FEWEST_DIFFERENT: Final = 4
_LEAST_NAME: Final = 4


def readable_password(given: str) -> str:
    """Return a password in the one form (NFKC) that every keyboard's way of writing it comes to.

    Raises
    ------
    UnfitError
        If it is longer than anybody's, or holds what no keyboard writes. This costs nothing to tell.
    """
    if len(given) > MOST_LETTERS:
        raise UnfitError("the password is too long: at most {most} letters", most=MOST_LETTERS)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in given):
        raise UnfitError("the password holds signs that no keyboard writes: leave them out")
    return unicodedata.normalize("NFKC", given)


def fit_password(given: str, *names: str) -> str:
    """Return a password somebody chose, if it is good enough; `names` are those they go by.

    Raises
    ------
    UnfitError
        Saying what to choose instead.
    """
    password = readable_password(given)
    plain = password.casefold()
    if len(password) < FEWEST_LETTERS:
        raise UnfitError(
            "the password is too short: {fewest} letters at least, such as four words", fewest=FEWEST_LETTERS
        )
    if len(set(plain)) < _FEWEST_DIFFERENT:
        raise UnfitError("the password is the same few letters again and again: choose another")
    if _is_common(plain):
        raise UnfitError("many people have that password, so it is tried first: choose another")
    if any(len(name) >= _LEAST_NAME and name.casefold() in plain for name in names):
        raise UnfitError("the password holds your name, which is tried first: choose another")
    return password


def _is_common(plain: str) -> bool:
    """Tell whether it is on the list, alone, doubled, or with digits and marks around it."""
    core = plain.strip("0123456789!?.,;:#*+-_@$ ")
    half = plain[: len(plain) // 2]
    doubled = plain == half * 2
    return bool({plain, core, *((half,) if doubled else ())} & _common())


@cache
def _common() -> frozenset[str]:
    text = files("cloud.access").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if line.strip() and line[0] != "#")
