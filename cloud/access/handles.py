"""The name somebody signs in by: an e-mail address or a word of their own, however they write it."""

import unicodedata
from typing import Final

from cloud.access.door_key import DoorKey
from cloud.access.errors import UnfitError
from cloud.access.names import holds_unseen

__all__ = ["MOST_LETTERS", "handle_hash", "normal_handle"]

FEWEST_LETTERS: Final = 3
MOST_LETTERS: Final = 120


def normal_handle(given: str) -> str:
    """Return a name as it is compared: one form for all ways to write it, capitals or not.

    Raises
    ------
    UnfitError
        If nobody can sign in by it.
    """
    if len(given) > MOST_LETTERS:
        raise UnfitError("the name is too long: choose one of at most {most} letters", most=MOST_LETTERS)
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", given).casefold()).strip()
    if holds_unseen(name) or len(name.split()) > 1:
        raise UnfitError("the name holds spaces or signs that cannot be seen: leave them out")
    if len(name) < FEWEST_LETTERS:
        raise UnfitError("the name is too short: choose at least {fewest} letters", fewest=FEWEST_LETTERS)
    return name


def handle_hash(key: DoorKey, handle: str) -> bytes:
    """Return what is kept of a normal name: whoever has the database alone cannot even try names out."""
    return key.digest("handle", handle.encode())
