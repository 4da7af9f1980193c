"""Where the gateway stands with one wearable: a state machine that is its table."""

from enum import StrEnum
from typing import Final

__all__ = ["TRANSITIONS", "LinkEvent", "LinkPhase", "next_phase"]


class LinkPhase(StrEnum):
    """What the gateway is doing about a wearable."""

    SOUGHT = "sought"
    OPENING = "opening"
    STREAMING = "streaming"
    RESTING = "resting"


class LinkEvent(StrEnum):
    """What can happen."""

    SEEN = "seen"
    OPENED = "opened"
    FAILED = "failed"
    LOST = "lost"
    SILENT = "silent"
    RESTED = "rested"


TRANSITIONS: Final = {
    (LinkPhase.SOUGHT, LinkEvent.SEEN): LinkPhase.OPENING,
    (LinkPhase.OPENING, LinkEvent.OPENED): LinkPhase.STREAMING,
    (LinkPhase.OPENING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.LOST): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.SILENT): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.RESTING, LinkEvent.RESTED): LinkPhase.SOUGHT,
}
"""From every phase a way leads back to SOUGHT: a gateway never gives a wearable up."""


def next_phase(phase: LinkPhase, event: LinkEvent) -> LinkPhase:
    """Return the phase after `event`; a pair that is not in the table is a mistake in the program."""
    return TRANSITIONS[phase, event]
