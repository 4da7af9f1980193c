"""A browser, in words that its owner knows again, in the reader's language."""

from types import MappingProxyType
from typing import Final

from cloud.access.device_words import PROGRAM
from cloud.web.words import N_, Sentence, literal

__all__ = ["device_said"]

_ON: Final = " on "
_UNCERTAIN: Final = MappingProxyType({PROGRAM: N_("a program"), "unknown": N_("an unknown device")})


def device_said(stored: str) -> Sentence:
    """Return what is called as `device_words` has it; what another program wrote, as it stands."""
    if stored in _UNCERTAIN:
        return Sentence(message=_UNCERTAIN[stored])
    browser, on, system = stored.partition(_ON)
    if not on:
        return literal(stored)
    return Sentence(message=N_("{browser} on {system}"), fields={"browser": browser, "system": system})
