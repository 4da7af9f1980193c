"""Who may come in, over the database that knows them."""

import secrets
import time

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.gateways import GatewayAccess
from cloud.access.sessions import Sessions
from cloud.access.sharing import Sharing
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = ["gatekeeper_over", "gateway_access_over", "sessions_over", "sharing_over"]


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
