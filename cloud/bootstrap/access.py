"""Who may come in, over the database that knows them."""

import secrets
import time
from dataclasses import dataclass

from cloud.access.argon2 import Argon2id
from cloud.access.door_key import door_key_at
from cloud.access.door_key_watch import DoorKeyWatch
from cloud.access.entrance import Entrance, entrance_over
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.gateways import GatewayAccess
from cloud.access.glass import Glass
from cloud.access.news import Tell, nobody_is_told
from cloud.access.offers import Offers
from cloud.access.other_ways import OtherWays
from cloud.access.proxies import Proxies
from cloud.access.sessions import DAY_MS, HOUR_MS, SessionLives, Sessions
from cloud.access.sharing import Sharing
from cloud.access.teams import Teams
from cloud.alerts.record_opened import RecordOpened
from cloud.config import CloudSettings, EmergencySettings, SignInSettings
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = [
    "RelationDesks",
    "door_key_watch_over",
    "entrance_for",
    "gatekeeper_over",
    "gateway_access_over",
    "relation_desks_over",
    "sessions_over",
    "sharing_over",
]


def door_key_watch_over(settings: CloudSettings, relational: Relational) -> DoorKeyWatch:
    """Return what sees whether the door key is the right one; the key is made if there is none."""
    file = settings.door_key_file()
    key = door_key_at(file, secrets.token_bytes)
    return DoorKeyWatch(file=file, key=key, accounts=relational.accounts.accounts)


def sessions_over(
    relational: Relational,
    clock: Clock,
    lives: SessionLives = SessionLives(),  # noqa: B008 - frozen
) -> Sessions:
    """Return the sign-ins kept in a database."""
    return Sessions(
        store=relational.sessions,
        links=relational.links,
        accounts=relational.accounts,
        directory=relational.directory,
        ledger=relational.ledger,
        together=relational.database.together,
        clock=clock,
        randomness=secrets.token_bytes,
        lives=lives,
    )


def entrance_for(
    settings: CloudSettings, relational: Relational, clock: Clock, tell: Tell = nobody_is_told
) -> Entrance:
    """Return the ways in that the settings describe; the door key is made if there is none."""
    sign_in = settings.sign_in
    return entrance_over(
        sessions_over(relational, clock, _lives(sign_in)),
        key=door_key_at(settings.door_key_file(), secrets.token_bytes),
        hasher=Argon2id(memory_mib=sign_in.memory_mib, passes=sign_in.passes),
        book=relational.door_book,
        other_ways=OtherWays(
            passkeys=relational.passkeys,
            identities=relational.linked_identities,
            tokens=relational.api_tokens,
        ),
        people=relational.directory.people,
        proxies=settings.http.proxies(),
        tell=tell,
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
    relational: Relational,
    clock: Clock,
    gatekeeper: Gatekeeper | None = None,
    emergency: EmergencySettings = EmergencySettings(),  # noqa: B008 - frozen
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
            most_a_day=emergency.most_a_day,
            call=emergency.call,
        ),
    )


def _lives(settings: SignInSettings) -> SessionLives:
    return SessionLives(
        idle_ms=int(settings.idle_h * HOUR_MS),
        most_ms=int(settings.most_days * DAY_MS),
        kept_idle_ms=int(settings.kept_idle_days * DAY_MS),
        kept_most_ms=int(settings.kept_most_days * DAY_MS),
    )
