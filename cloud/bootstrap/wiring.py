"""Which parts a process has by its roles, and who tells whom."""

from collections.abc import Callable, Iterable

from cloud.access.site import Site
from cloud.api.ports import Presence
from cloud.bootstrap.alerting import alerting_over
from cloud.bootstrap.foundation import Foundation, lay_foundation
from cloud.bootstrap.ingesting import Ingesting, Listener, ingesting_over
from cloud.bootstrap.ledger import ledger_work_over
from cloud.bootstrap.living import Liveness
from cloud.bootstrap.service import Service
from cloud.bootstrap.serving import followers_over, services_over
from cloud.bootstrap.stores import Stores
from cloud.bootstrap.threads import Part, WorkThread
from cloud.config import CloudSettings
from cloud.live import RecordsToLive
from cloud.ports import ServiceRole
from cloud.roles.attendance import Attendance, Chore
from cloud.roles.chosen import EVERY_ROLE
from cloud.roles.destroyed_keys import DestroyedKeys
from cloud.roles.told_presence import ToldPresence

__all__ = ["wire"]


def wire(
    settings: CloudSettings, site: Site, stores: Stores, roles: frozenset[ServiceRole] = EVERY_ROLE
) -> Service:
    """Join the parts of these roles over the stores; nothing runs yet."""
    base = lay_foundation(settings, site, stores, roles)
    parts: list[Part] = [ledger_work_over(base.signer, settings)]
    chores: list[Chore] = []
    listeners: list[Listener] = []

    ingesting = ingesting_over(base, listeners) if base.has(ServiceRole.INGEST) else None
    presence, keep_told = _presence(base, ingesting)
    chores.append(keep_told)
    takes_in = _takes_in(base, ingesting)
    alerting = alerting_over(base, presence.online, takes_in) if base.has(ServiceRole.ALERTS) else None
    if alerting:
        parts += (alerting.delivering, alerting.part, alerting.learning)
        chores.append(alerting.renew)
        listeners.append(alerting.on_committed)
    if ingesting:
        parts += ingesting.parts
    if base.has(ServiceRole.API):
        parts += followers_over(base)
        listeners.append(RecordsToLive(feed=base.live).on_committed)

    alive = Liveness(base=base, alerting=alerting)
    parts += alive.last_resort()
    if ingesting:
        parts += (alive.homeward(ingesting.ingest), alive.heads(ingesting.ingest))

    def own_troubles() -> tuple[str, ...]:
        return (*_troubles_of(parts), *stores.series.troubles())

    chores.append(_destroyed_keys(base).step)
    present = _attendance(base, own_troubles, chores, alive)

    def troubles() -> tuple[str, ...]:
        return (*present.troubles(), *own_troubles(), *base.peers.troubles())

    parts += alive.outward(lambda: (*troubles(), *stores.relational.troubles()))
    services = services_over(
        base,
        presence=presence,
        batches=ingesting.ingest.batches if ingesting else None,
        after_issue=ingesting.sender.wake if ingesting else _sees_by_itself,
        on_replayed=alerting.on_committed if alerting else _sees_by_itself,
        troubles=troubles,
        is_alerting=alive.is_alerting,
    )
    return Service(
        process_id=base.peers.process_id,
        services=services,
        parts=(present, *parts),
        roles=roles,
        close=stores.close,
    )


def _presence(base: Foundation, ingesting: Ingesting | None) -> tuple[Presence, Chore]:
    """Return who knows which gateways are there, and what tells others of it or is told."""
    if ingesting:
        return ingesting.ingest.presence, ingesting.teller.step
    told = ToldPresence(
        book=base.stores.relational.presence, is_told=lambda: bool(base.peers.doing(ServiceRole.INGEST))
    )
    return told, told.refresh


def _takes_in(base: Foundation, ingesting: Ingesting | None) -> Callable[[], bool]:
    """Return what tells whether the service takes in what gateways send."""
    if ingesting is None:
        return lambda: base.peers.is_well(ServiceRole.INGEST)
    return lambda: not ingesting.ingest.troubles()


def _destroyed_keys(base: Foundation) -> DestroyedKeys:
    relational = base.stores.relational
    return DestroyedKeys(epoch=relational.relations.epoch, drop=relational.sealer.drop_destroyed)


def _attendance(
    base: Foundation, own_troubles: Callable[[], tuple[str, ...]], chores: Iterable[Chore], alive: Liveness
) -> WorkThread:
    attendance = Attendance(
        peers=base.peers,
        board=base.stores.relational.processes,
        own_troubles=own_troubles,
        neglected=alive.neglected,
        chores=tuple(chores),
    )
    return WorkThread(name="roles", work=attendance, own_troubles=attendance.troubles)


def _sees_by_itself(*_: object) -> None:
    """Wake nobody: whose work it is looks at the stores, in another process."""


def _troubles_of(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(trouble for part in parts for trouble in part.troubles())
