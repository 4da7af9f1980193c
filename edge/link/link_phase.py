"""Where the gateway stands with one wearable: a state machine that is its table."""

from enum import StrEnum
from typing import Final

__all__ = ["SERVED", "TRANSITIONS", "UNSERVED", "LinkEvent", "LinkPhase", "next_phase"]


class LinkPhase(StrEnum):
    """What the gateway is doing about a wearable."""

    SOUGHT = "sought"
    OPENING = "opening"
    CHECKING = "checking-services"
    PREPARING = "preparing"
    BONDING = "bonding"
    STREAMING = "streaming"
    VISITING = "visiting"
    STALE = "services-stale"
    UNBONDING = "bond-lost"
    RESTING = "resting"


class LinkEvent(StrEnum):
    """What can happen."""

    SEEN = "seen"
    CONNECTED = "connected"
    SERVICES_THERE = "services-there"
    SERVICES_MISSING = "services-missing"
    BOND_ASKED = "bond-asked"
    BONDED = "bonded"
    BOND_REFUSED = "bond-refused"
    BOND_LOST = "bond-lost"
    STREAMS = "streams"
    VISITS = "visits"
    DELIVERED = "delivered"
    GIVES_WAY = "gives-way"
    FAILED = "failed"
    LOST = "lost"
    SILENT = "silent"
    CLEARED = "cleared"
    RESTED = "rested"


TRANSITIONS: Final = {
    (LinkPhase.SOUGHT, LinkEvent.SEEN): LinkPhase.OPENING,
    (LinkPhase.OPENING, LinkEvent.CONNECTED): LinkPhase.CHECKING,
    (LinkPhase.OPENING, LinkEvent.BOND_LOST): LinkPhase.UNBONDING,
    (LinkPhase.OPENING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.CHECKING, LinkEvent.SERVICES_THERE): LinkPhase.PREPARING,
    (LinkPhase.CHECKING, LinkEvent.SERVICES_MISSING): LinkPhase.STALE,
    (LinkPhase.CHECKING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.PREPARING, LinkEvent.BOND_ASKED): LinkPhase.BONDING,
    (LinkPhase.PREPARING, LinkEvent.BOND_LOST): LinkPhase.UNBONDING,
    (LinkPhase.PREPARING, LinkEvent.STREAMS): LinkPhase.STREAMING,
    (LinkPhase.PREPARING, LinkEvent.VISITS): LinkPhase.VISITING,
    (LinkPhase.PREPARING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.BONDING, LinkEvent.BONDED): LinkPhase.PREPARING,
    (LinkPhase.BONDING, LinkEvent.BOND_REFUSED): LinkPhase.PREPARING,
    (LinkPhase.BONDING, LinkEvent.BOND_LOST): LinkPhase.UNBONDING,
    (LinkPhase.BONDING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.LOST): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.SILENT): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.GIVES_WAY): LinkPhase.RESTING,
    (LinkPhase.STREAMING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.VISITING, LinkEvent.DELIVERED): LinkPhase.RESTING,
    (LinkPhase.VISITING, LinkEvent.LOST): LinkPhase.RESTING,
    (LinkPhase.VISITING, LinkEvent.SILENT): LinkPhase.RESTING,
    (LinkPhase.VISITING, LinkEvent.GIVES_WAY): LinkPhase.RESTING,
    (LinkPhase.VISITING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.STALE, LinkEvent.CLEARED): LinkPhase.SOUGHT,
    (LinkPhase.STALE, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.UNBONDING, LinkEvent.CLEARED): LinkPhase.SOUGHT,
    (LinkPhase.UNBONDING, LinkEvent.FAILED): LinkPhase.RESTING,
    (LinkPhase.RESTING, LinkEvent.RESTED): LinkPhase.SOUGHT,
}
"""From every phase a way leads back to SOUGHT: a gateway never gives a wearable up."""

UNSERVED: Final = frozenset({LinkPhase.SOUGHT, LinkPhase.RESTING})
"""Nothing is going on with the wearable: it may be sought."""
SERVED: Final = frozenset({LinkPhase.STREAMING, LinkPhase.VISITING})
"""All is as it should be."""


def next_phase(phase: LinkPhase, event: LinkEvent) -> LinkPhase:
    """Return the phase after `event`; a pair that is not in the table is a mistake in the program."""
    return TRANSITIONS[phase, event]
