"""Which adapter each part of the service stands on, and who tells whom."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cloud.access.gateways import GatewayAccess
from cloud.access.sessions import Sessions
from cloud.access.site import Site
from cloud.alerts.acknowledge import AlertService
from cloud.alerts.worker import AlertWorker
from cloud.bootstrap.service import Service
from cloud.bootstrap.stores import Stores
from cloud.bootstrap.threads import AlertTroubles, Part, WorkThread
from cloud.commands.issue import CommandIssuer
from cloud.commands.reconcile import GatewayReconciliation
from cloud.commands.sender import CommandSender
from cloud.commands.waveforms import WaveformRequests
from cloud.config import CloudSettings
from cloud.early_warning.history import History
from cloud.early_warning.installed import installed_model
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.service import EarlyWarnings
from cloud.ingest.running import Ingest
from cloud.live import LiveHub, RecordsToLive
from cloud.notifiers.in_app import InAppNotifier
from cloud.ports import GatewayReader, IdentifiedRecord
from cloud.replay.crowding import crowding
from cloud.replay.service import Replay
from cloud.services import Services
from cloud.storage.relational import Relational
from cloud.storage.upkeep import UpkeepWork
from vitals.clock import Clock, ScaledClock
from vitals.model_versions import ModelVersions

__all__ = ["gateway_access_over", "sessions_over", "wire"]


def wire(settings: CloudSettings, place: Site, stores: Stores) -> Service:
    """Join the parts over the stores; nothing runs yet."""
    clock = settings.clock.clock()
    relational, series = stores.relational, stores.series
    live = LiveHub(boot=secrets.token_hex(4))
    to_live = RecordsToLive(feed=live)
    exclusive = threading.Lock()

    def on_committed(records: list[IdentifiedRecord]) -> None:
        worker.wake()
        to_live.on_committed(records)

    ingest = Ingest(
        settings.mqtt,
        store=series.records,
        devices=relational.directory,
        answers=relational.commands,
        clock=clock,
        on_committed=on_committed,
    )
    worker = AlertWorker(
        feed=series.feed,
        store=relational.alerts,
        reader=relational.alerts,
        directory=relational.directory,
        notifiers=(InAppNotifier(live=live),),
        live=live,
        clock=clock,
        presence=_Presence(gateways=series.gateways, online_at_broker=ingest.presence.online),
        exclusive=exclusive,
    )
    sender = CommandSender(
        book=relational.commands,
        channel=ingest.commands,
        online=ingest.presence.online,
        clock=clock,
        monotonic_s=time.monotonic,
        real_s=clock.real_s,
    )
    parts: tuple[Part, ...] = (
        WorkThread(name="alerts", work=worker, own_troubles=AlertTroubles(worker=worker, clock=clock)),
        ingest,
        WorkThread(name="commands", work=sender, own_troubles=sender.troubles),
        *_upkeep(stores, clock),
    )
    early_warnings = _early_warnings(settings, stores, clock)
    issuer = CommandIssuer(
        book=relational.commands,
        clock=clock,
        new_id=lambda: secrets.token_hex(16),
        after_issue=sender.wake,
    )
    services = Services(
        site=place,
        clock=clock,
        sessions=sessions_over(relational, clock),
        directory=relational.directory,
        series=series.series,
        rollups=series.rollups,
        occurrences=series.occurrences,
        alerts=relational.alerts,
        acknowledger=AlertService(
            store=relational.alerts,
            reader=relational.alerts,
            directory=relational.directory,
            exclusive=exclusive,
            on_acknowledged=GatewayReconciliation(issuer=issuer, gateways=series.gateways).on_acknowledged,
        ),
        records=series.records,
        quarantine=series.quarantine,
        replay=Replay(
            quarantine=series.quarantine,
            store=series.replays,
            devices=relational.directory,
            answers=relational.commands,
            clock=clock,
            on_committed=lambda _: worker.wake(),
        ),
        unbound=series.unbound,
        gateways=series.gateways,
        presence=ingest.presence,
        commands=issuer,
        waveform_requests=WaveformRequests(
            issuer=issuer,
            book=relational.commands,
            directory=relational.directory,
            gateways=series.gateways,
        ),
        early_warnings=early_warnings,
        live=live,
        gateway_access=gateway_access_over(relational, clock),
        batches=ingest.batches,
        troubles=lambda: (
            *(trouble for part in parts for trouble in part.troubles()),
            *crowding(series.quarantine),
            *early_warnings.troubles(),
        ),
    )
    return Service(services=services, parts=parts, close=stores.close)


def _upkeep(stores: Stores, clock: Clock) -> Iterator[WorkThread]:
    if stores.series.upkeep is not None:
        work = UpkeepWork(stores.series.upkeep, clock)
        yield WorkThread(name="upkeep", work=work, own_troubles=work.troubles)


def sessions_over(relational: Relational, clock: Clock) -> Sessions:
    """Return the sign-ins kept in a database."""
    return Sessions(
        store=relational.sessions,
        directory=relational.directory,
        clock=clock,
        randomness=secrets.token_bytes,
    )


def gateway_access_over(relational: Relational, clock: Clock) -> GatewayAccess:
    """Return the gateways' tokens kept in a database."""
    return GatewayAccess(store=relational.credentials, clock=clock, randomness=secrets.token_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Presence:
    """What the watchdog asks: the store knows when gateways were heard, the broker if they are there."""

    gateways: GatewayReader
    online_at_broker: Callable[[str], bool | None]

    def last_heard_ms(self, gateway: str) -> int | None:
        return self.gateways.heard_gateways().get(gateway)

    def online(self, gateway: str) -> bool | None:
        return self.online_at_broker(gateway)


def _early_warnings(settings: CloudSettings, stores: Stores, clock: ScaledClock) -> EarlyWarnings:
    series = stores.series
    return EarlyWarnings(
        history=History(series=series.series, rollups=series.rollups, local=LocalTime(zone=settings.zone())),
        clock=clock,
        model=installed_model(
            settings.models_dir(),
            trusted=settings.model_keys,
            versions=ModelVersions(path=settings.data_dir / "models.json"),
        ),
        later=lambda work: threading.Thread(target=work, name="early-warning", daemon=True).start(),
    )
