"""A channel as people set it up: what an address of it must be, and how much of one may be shown."""

import re
from collections.abc import Mapping
from typing import Final, Protocol

from cloud.ports import Notifier
from vitals.errors import MessageRefusedError

__all__ = ["Way", "email_address", "part"]

_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LONGEST_EMAIL: Final = 254


class Way(Notifier, Protocol):
    """A notifier whose addresses people give."""

    def checked(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return the address that is to be kept.

        Raises
        ------
        MessageRefusedError
            If nothing can be sent to it; it says what to correct.
        DeliveryError
            If that cannot be told now.
        """
        ...

    def masked(self, address: Mapping[str, object]) -> str:
        """Return as much of an address as its owner needs to know it by, and nobody could use."""
        ...


def part(given: Mapping[str, str], name: str) -> str:
    """Return a part of an address.

    Raises
    ------
    MessageRefusedError
        If it is missing.
    """
    value = given.get(name, "").strip()
    if not value:
        raise MessageRefusedError(f"the address has no {name}: give one")
    return value


def email_address(given: str) -> str:
    """Return an e-mail address that a mail server can be told.

    Raises
    ------
    MessageRefusedError
        If it is none.
    """
    if len(given) > _LONGEST_EMAIL or not _EMAIL.fullmatch(given):
        raise MessageRefusedError("this is no e-mail address: give one like lin@example.org")
    return given
