"""What every role of the service stands on, whichever of them a process has."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.site import Site
from cloud.bootstrap.access import gatekeeper_over
from cloud.bootstrap.channels import ways_of
from cloud.bootstrap.ledger import signer_over
from cloud.bootstrap.stores import Stores
from cloud.config import CloudSettings
from cloud.ledger.signing import Signer
from cloud.live import LiveHub
from cloud.live_ids import StreamIds
from cloud.metrics import Metrics
from cloud.notifiers.ways import Way
from cloud.ports import Channel, ServiceRole
from cloud.roles.peers import Peers
from vitals.clock import ScaledClock

__all__ = ["REAL_CLOCK", "Foundation", "lay_foundation"]

REAL_CLOCK: Final = ScaledClock()
"""By which processes judge each other, whatever the pace of the clock they serve by."""
_SPEAKING: Final = frozenset({ServiceRole.API, ServiceRole.ALERTS})
"""Those who tell people, and those whom people tell how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """The settings, the stores, who may see what, the clock, the open pages, and the place among others."""

    settings: CloudSettings
    site: Site
    stores: Stores
    gatekeeper: Gatekeeper
    clock: ScaledClock
    live: LiveHub
    metrics: Metrics
    peers: Peers
    signer: Signer
    ways: Mapping[Channel, Way]
    """The channels that are set up, for who tells people and who lets them set them."""

    def has(self, role: ServiceRole) -> bool:
        """Tell whether this process has a role."""
        return role in self.peers.roles


def lay_foundation(
    settings: CloudSettings, site: Site, stores: Stores, roles: frozenset[ServiceRole]
) -> Foundation:
    """Give a process of these roles a name nobody had before it."""
    name, clock = secrets.token_hex(8), settings.clock.clock()
    return Foundation(
        settings=settings,
        site=site,
        stores=stores,
        gatekeeper=gatekeeper_over(stores.relational, clock),
        clock=clock,
        live=LiveHub(StreamIds(secrets.token_bytes)),
        metrics=Metrics(token=settings.http.metrics_secret()),
        ways=ways_of(settings) if roles & _SPEAKING else {},
        signer=signer_over(settings, stores.relational, clock.wall_ms),
        peers=Peers(process_id=name, roles=roles, monotonic_s=REAL_CLOCK.monotonic_s),
    )
