"""Who may come in, over the database that knows them."""

import secrets
import time
from dataclasses import dataclass

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.gateways import GatewayAccess
from cloud.access.glass import Glass
from cloud.access.offers import Offers
from cloud.access.proxies import Proxies
from cloud.access.sessions import Sessions
from cloud.access.sharing import Sharing
from cloud.access.teams import Teams
from cloud.alerts.record_opened import RecordOpened
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = [
    "RelationDesks",
    "gatekeeper_over",
    "gateway_access_over",
    "relation_desks_over",
    "sessions_over",
    "sharing_over",
]


def sessions_over(relational: Relational, clock: Clock) -> Sessions:
    """Return the sign-ins kept in a database."""
    return Sessions(
        store=relational.sessions,
        directory=relational.directory,
        ledger=relational.ledger,
        together=relational.database.together,
        clock=clock,
        randomness=secrets.token_bytes,
    )


def gateway_access_over(relational: Relational, clock: Clock) -> GatewayAccess:
    """Return the gateways' tokens kept in a database."""
    return GatewayAccess(store=relational.credentials, clock=clock, randomness=secrets.token_bytes)


def gatekeeper_over(relational: Relational, clock: Clock) -> Gatekeeper:
    """Return who decides by the relations kept in a database; how old they are is told by the real time."""
    return Gatekeeper(reader=relational.relations, wall_ms=clock.wall_ms, monotonic_s=time.monotonic)


def sharing_over(relational: Relational, clock: Clock, gatekeeper: Gatekeeper | None = None) -> Sharing:
    """Return the grants kept in a database."""
    return Sharing(
        book=relational.relations,
        ledger=relational.ledger,
        gatekeeper=gatekeeper or gatekeeper_over(relational, clock),
        clock=clock,
        new_id=lambda: secrets.token_hex(16),
        together=relational.database.together,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationDesks:
    """Where people say who may see what."""

    sharing: Sharing
    offers: Offers
    teams: Teams
    proxies: Proxies
    glass: Glass


def relation_desks_over(
    relational: Relational, clock: Clock, gatekeeper: Gatekeeper | None = None
) -> RelationDesks:
    """Return all of them over a database; what they change is in force at once with this gatekeeper."""
    keeper = gatekeeper or gatekeeper_over(relational, clock)
    sharing = sharing_over(relational, clock, keeper)

    def new_id() -> str:
        return secrets.token_hex(16)

    return RelationDesks(
        sharing=sharing,
        offers=Offers(book=relational.offers, sharing=sharing, randomness=secrets.token_bytes),
        teams=Teams(
            book=relational.teams,
            ledger=relational.ledger,
            gatekeeper=keeper,
            clock=clock,
            new_id=new_id,
            together=relational.database.together,
        ),
        proxies=Proxies(
            book=relational.proxies,
            ledger=relational.ledger,
            gatekeeper=keeper,
            clock=clock,
            new_id=new_id,
            together=relational.database.together,
        ),
        glass=Glass(
            book=relational.glass,
            ledger=relational.ledger,
            gatekeeper=keeper,
            clock=clock,
            new_id=new_id,
            together=relational.database.together,
            tell=RecordOpened(store=relational.alerts),
        ),
    )
