"""That alerting lives: who knows it in this process, and who is told."""

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.bootstrap.alerting import Alerting
from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.threads import WorkThread
from cloud.commands.issue import CommandIssuer
from cloud.ingest.running import Ingest
from cloud.liveness.head_teller import HeadTeller
from cloud.liveness.heartbeat import Heartbeat
from cloud.liveness.homeward import HomeTeller
from cloud.liveness.http_beacon import HttpBeacon
from cloud.liveness.last_resort import LastResort, ways_failed
from cloud.ports import ServiceRole

__all__ = ["Liveness"]

_HEARTBEAT: Final = "heartbeat"
_ITS_OWN: Final = f"{_HEARTBEAT}:"
"""How its own troubles begin: that the check is not reached is none of alerting's."""
_NONE: Final = frozenset[ServiceRole]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """Alerting lives while this process evaluates, or another that says it does."""

    base: Foundation
    alerting: Alerting | None

    def is_alerting(self) -> bool:
        """Tell whether some process goes round now."""
        alerting = self.alerting
        is_here = alerting is not None and alerting.pulse.is_beating and bool(alerting.tenancy.mine())
        return is_here or bool(self.base.peers.doing(ServiceRole.ALERTS))

    def neglected(self) -> frozenset[ServiceRole]:
        """Return what this process is there for and does not get done."""
        is_still = self.alerting is not None and self.alerting.pulse.is_still
        return frozenset({ServiceRole.ALERTS}) if is_still else _NONE

    def homeward(self, ingest: Ingest) -> WorkThread:
        """Return what tells gateways, over the connection that ingests."""
        teller = HomeTeller(
            onlines=ingest.presence.onlines,
            is_alerting=self.is_alerting,
            channel=ingest.liveness,
            monotonic_s=time.monotonic,
        )
        return WorkThread(name="liveness", work=teller, own_troubles=teller.troubles)

    def heads(self, ingest: Ingest) -> WorkThread:
        """Return what gives gateways the ledger's heads to witness, over the connection that ingests."""
        base = self.base
        teller = HeadTeller(
            witnessed=ingest.presence.witnessed,
            book=base.stores.relational.ledger_book,
            public_key=base.signer.public_key,
            channel=ingest.heads,
            monotonic_s=time.monotonic,
            wall_ms=base.clock.wall_ms,
        )
        return WorkThread(name="witnesses", work=teller, own_troubles=teller.troubles)

    def last_resort(self) -> tuple[WorkThread, ...]:
        """Return what asks homes to alarm while nobody can be told, where patients are evaluated."""
        alerting, relational = self.alerting, self.base.stores.relational
        if alerting is None:
            return ()
        work = LastResort(
            unreached=lambda: ways_failed(alerting.worker.unreached),
            directory=relational.directory,
            issuer=CommandIssuer(
                book=relational.commands, clock=self.base.clock, new_id=lambda: secrets.token_hex(16)
            ),
            monotonic_s=time.monotonic,
        )
        return (WorkThread(name="last resort", work=work, own_troubles=work.troubles),)

    def outward(self, troubles: Callable[[], tuple[str, ...]]) -> tuple[WorkThread, ...]:
        """Return what tells the check outside, where there is one; `troubles` are those of alerting."""
        settings, alerting = self.base.settings.heartbeat, self.alerting
        address = settings.address()
        if address is None or alerting is None:
            return ()

        def has_gone_round_since(at_s: float) -> bool:
            return bool(alerting.tenancy.mine()) and alerting.pulse.has_gone_round_since(at_s)

        clock = self.base.clock
        heartbeat = Heartbeat(
            beacon=HttpBeacon(address, settings.failing(), timeout_s=settings.timeout_s),
            has_gone_round_since=has_gone_round_since,
            troubles_of_alerting=lambda: tuple(one for one in troubles() if not one.startswith(_ITS_OWN)),
            monotonic_s=clock.monotonic_s,
            real_s=clock.real_s,
            every_s=settings.every_s,
            random=random.random,
        )
        return (WorkThread(name=_HEARTBEAT, work=heartbeat, own_troubles=heartbeat.troubles),)
