"""What every role of the service stands on, whichever of them a process has."""

import secrets
from dataclasses import dataclass
from typing import Final

from cloud.access.site import Site
from cloud.bootstrap.stores import Stores
from cloud.config import CloudSettings
from cloud.live import LiveHub
from cloud.metrics import Metrics
from cloud.ports import ServiceRole
from cloud.roles.peers import Peers
from vitals.clock import ScaledClock

__all__ = ["REAL_CLOCK", "Foundation", "lay_foundation"]

REAL_CLOCK: Final = ScaledClock()
"""By which processes judge each other, whatever the pace of the clock they serve by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """The settings, the stores, the clock, the open pages of this process, and its place among others."""

    settings: CloudSettings
    site: Site
    stores: Stores
    clock: ScaledClock
    live: LiveHub
    metrics: Metrics
    peers: Peers

    def has(self, role: ServiceRole) -> bool:
        """Tell whether this process has a role."""
        return role in self.peers.roles


def lay_foundation(
    settings: CloudSettings, site: Site, stores: Stores, roles: frozenset[ServiceRole]
) -> Foundation:
    """Give a process of these roles a name nobody had before it."""
    name = secrets.token_hex(8)
    return Foundation(
        settings=settings,
        site=site,
        stores=stores,
        clock=settings.clock.clock(),
        live=LiveHub(boot=name),
        metrics=Metrics(token=settings.http.metrics_secret()),
        peers=Peers(process_id=name, roles=roles, monotonic_s=REAL_CLOCK.monotonic_s),
    )
