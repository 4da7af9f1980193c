"""Who may come in, over the database that knows them."""

import secrets

from cloud.access.gateways import GatewayAccess
from cloud.access.sessions import Sessions
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = ["gateway_access_over", "sessions_over"]


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
