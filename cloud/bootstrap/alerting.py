"""The role that evaluates patients and speaks to people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.alerts.working.pulse import Pulse
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap.alerting_telling import telling_over
from cloud.bootstrap.care import care_over
from cloud.bootstrap.delivering import delivering_over
from cloud.bootstrap.foundation import REAL_CLOCK, Foundation
from cloud.bootstrap.threads import AlertTroubles, WorkThread
from cloud.bootstrap.watched_gateways import WatchedGateways
from cloud.gateways.known_alarms import KnownAlarms
from cloud.notifiers.in_app import InAppNotifier
from cloud.ports import IdentifiedRecord, ServiceRole
from cloud.roles.chosen import EVERY_ROLE
from cloud.roles.peers import Peers
from cloud.roles.tenancy import Tenancy

__all__ = ["Alerting", "alerting_over"]

_WOKEN_IDLE_S: Final = 0.25
_UNWOKEN_IDLE_S: Final = 0.1
"""How long a worker sleeps whom ingest in another process cannot wake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """The worker, the leases under which it works, and what learns and delivers beside it."""

    worker: AlertWorker
    tenancy: Tenancy
    peers: Peers
    part: WorkThread
    learning: WorkThread
    delivering: WorkThread
    pulse: Pulse

    def renew(self, beaten_s: float) -> None:
        """Renew the leases with a beat; what was taken over is looked at once."""
        held = self.tenancy.mine().keys()
        self.tenancy.renew(beaten_s, self.peers.doing(ServiceRole.ALERTS))
        if self.tenancy.mine().keys() - held:
            self.worker.wake()

    def on_committed(self, _: list[IdentifiedRecord]) -> None:
        """Look at once at what ingest in this process has stored."""
        self.worker.wake()


def alerting_over(
    base: Foundation,
    online: Callable[[str], bool | None],
    takes_in: Callable[[], bool] = lambda: True,
) -> Alerting:
    """Join it; `online` says which gateways are there, `takes_in` whether anything they send comes in."""
    relational, series = base.stores.relational, base.stores.series
    tenancy = Tenancy(
        process_id=base.peers.process_id,
        book=relational.leases,
        monotonic_s=REAL_CLOCK.monotonic_s,
        alone=base.peers.roles == EVERY_ROLE,
    )
    care, telling = care_over(base), telling_over(base)

    def look_at_what_ended() -> None:
        worker.wake()

    delivering = delivering_over(base, on_finished=look_at_what_ended)
    worker = AlertWorker(
        feed=series.feed,
        store=relational.alerts,
        reader=relational.alerts,
        directory=relational.directory,
        pages=InAppNotifier(live=base.live),
        slow=delivering.dispatch,
        messages=telling.messages,
        circles=telling.circles,
        silences=relational.silences.in_force,
        local=telling.local,
        live=base.live,
        clock=base.clock,
        presence=WatchedGateways(
            gateways=series.gateways,
            online_at_broker=online,
            takes_in=takes_in,
            monotonic_s=REAL_CLOCK.monotonic_s,
            known=KnownAlarms(
                book=relational.gateway_book, clock=base.clock, monotonic_s=REAL_CLOCK.monotonic_s
            ),
        ),
        leases=tenancy,
        plans=care.plans,
        idle_s=_WOKEN_IDLE_S if base.has(ServiceRole.INGEST) else _UNWOKEN_IDLE_S,
    )
    troubles = AlertTroubles(worker=worker, clock=base.clock)
    part = WorkThread(name="alerts", work=worker, own_troubles=troubles)
    return Alerting(
        worker=worker,
        tenancy=tenancy,
        peers=base.peers,
        part=part,
        learning=care.learning,
        delivering=delivering.part,
        pulse=troubles.pulse,
    )
