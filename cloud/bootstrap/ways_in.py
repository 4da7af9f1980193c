"""The ways in that need no password of ours, over the database that knows them and the settings."""

import secrets
import ssl
import time

from cloud.access.attempts import Attempts
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.openid.log_in import OpenIdLogIn
from cloud.access.openid.provider import Client, Provider
from cloud.access.openid.roles import RoleMapping
from cloud.access.passkeys import Passkeys
from cloud.access.programs import Programs
from cloud.access.sessions import Sessions
from cloud.access.site import Site
from cloud.access.ways_in import WaysIn
from cloud.config import CloudSettings
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.reach import Reach
from cloud.openid_settings import OpenIdSettings
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock
from vitals.errors import ConfigurationError

__all__ = ["openid_over", "passkeys_over", "programs_over", "ways_in_over"]

_MOST_READ = 262_144
"""What a provider's document may be: the keys of a large one take a tenth of it."""


def ways_in_over(relational: Relational, settings: CloudSettings) -> WaysIn:
    """Return how people's ways in are counted."""
    return WaysIn(
        passkeys=relational.passkeys,
        identities=relational.linked_identities,
        issuer=settings.openid.issuer,
        has_password=lambda person_id: relational.accounts.account(person_id).password is not None,
    )


def passkeys_over(
    relational: Relational, settings: CloudSettings, sessions: Sessions, site: Site
) -> Passkeys:
    """Return the passkeys kept in a database."""
    return Passkeys(
        book=relational.passkeys,
        attempts=_attempts(relational, sessions.clock),
        ledger=relational.ledger,
        together=relational.database.together,
        ways_in=ways_in_over(relational, settings),
        end_sessions=sessions.end_all,
        site=site,
        clock=sessions.clock,
    )


def programs_over(relational: Relational, clock: Clock, gatekeeper: Gatekeeper) -> Programs:
    """Return the tokens of programs kept in a database."""
    return Programs(
        book=relational.api_tokens,
        directory=relational.directory,
        accounts=relational.accounts,
        permissions=gatekeeper,
        ledger=relational.ledger,
        together=relational.database.together,
        clock=clock,
        randomness=secrets.token_bytes,
        new_id=lambda: secrets.token_hex(8),
    )


def openid_over(
    relational: Relational, settings: CloudSettings, site: Site, clock: Clock
) -> OpenIdLogIn | None:
    """Return the log-in of a hospital, if the settings name one.

    Raises
    ------
    ConfigurationError
        If a file that they name cannot be used.
    """
    openid = settings.openid
    if openid.issuer is None or openid.client_id is None:
        return None
    client = Client(
        issuer=openid.issuer, client_id=openid.client_id, secret=openid.secret(), scopes=openid.scopes
    )
    return OpenIdLogIn(
        name=openid.name,
        provider=Provider(client=client, exchange=_post(openid).exchange, monotonic_s=time.monotonic),
        attempts=_attempts(relational, clock),
        identities=relational.linked_identities,
        directory=relational.directory,
        ledger=relational.ledger,
        together=relational.database.together,
        ways_in=ways_in_over(relational, settings),
        site=site,
        clock=clock,
        roles=_roles(openid),
    )


def _attempts(relational: Relational, clock: Clock) -> Attempts:
    return Attempts(book=relational.attempts, clock=clock, randomness=secrets.token_bytes)


def _post(openid: OpenIdSettings) -> HttpPost:
    try:
        tls = ssl.create_default_context(cafile=openid.ca_file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"openid.ca_file cannot be used ({error}): name the PEM file of the provider's authority"
        ) from error
    return HttpPost(reach=Reach(private_hosts=frozenset(openid.private_hosts)), most_read=_MOST_READ, tls=tls)


def _roles(openid: OpenIdSettings) -> RoleMapping | None:
    if openid.role_claim is None:
        return None
    return RoleMapping(claim=openid.role_claim, groups=openid.roles, ceiling=openid.role_ceiling)
