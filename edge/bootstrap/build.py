"""Wires a gateway from its settings."""

import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom

from edge.adapters.ble.central import BleCentral
from edge.adapters.ble.session import SessionHost
from edge.adapters.inbox import Inbox
from edge.adapters.intake import Intake
from edge.adapters.remote_control import RemoteControl
from edge.adapters.service_manager import ServiceManager
from edge.adapters.watched_disk import WatchedDisk
from edge.alarms.local_alarm import AlarmKey
from edge.bootstrap.gateway import Gateway
from edge.bootstrap.identity import identity_watch
from edge.bootstrap.local_life import Noticed, build_local_life, ledger_witness
from edge.bootstrap.models import load_models, model_in_force, open_model
from edge.bootstrap.radio import pairing_agent, radio_adapter, radio_lock
from edge.bootstrap.storage import (
    backlog_of,
    open_outbox,
    open_releases,
    open_ring,
    waveform_keeper,
)
from edge.bootstrap.way_up import build_uplink, way_of
from edge.clock import boot_id, is_synced
from edge.config import EdgeSettings
from edge.judging.judge import Judge
from edge.last_seen import LastSeen
from edge.outbox import Timekeeper
from edge.pipeline import Pipeline
from edge.remote.releases import Releases
from edge.remote.trial_watch import Wellness
from edge.remote.waveform_upload import WaveformUpload
from edge.sending.delivery import Delivery
from edge.sending.uplink import CommandArrived
from edge.supervision import Part, Supervision
from vitals.wire.liveness import Liveness

__all__ = ["build_gateway"]


def build_gateway(  # noqa: PLR0913 - wired once, by name
    settings: EdgeSettings,
    *,
    config: Path | None = None,
    releases: Releases | None = None,
    supervision: Supervision | None = None,
    manager: ServiceManager | None = None,
    is_synced: Callable[[], bool] = is_synced,
) -> Gateway:
    """Wire a gateway from its settings; what nobody else watches or is told is watched and told by none.

    `config` is the file that settings given from afar are laid over, and `releases` keeps those. `is_synced`
    tells whether NTP holds the clock: the kernel, unless somebody knows better.

    Raises
    ------
    ConfigurationError, StorageError
        A file that is needed cannot be used. A model that is missing or damaged is no reason to stop.
    """
    supervision = supervision or Supervision(monotonic_s=time.monotonic)
    manager = manager or ServiceManager()
    releases = releases or open_releases(settings)
    clock, boot = settings.clock.clock(), boot_id()
    noticed = Noticed.nothing_yet(settings, clock)
    health = noticed.health
    health.counters["mqtt.insecure"] += settings.mqtt.is_readable_on_the_way
    damage = releases.trust.damage
    health.alarms.set(
        AlarmKey.TRUST_DAMAGED, stands=damage is not None, t_ms=clock.wall_ms(), detail=damage or ""
    )
    timekeeper = Timekeeper(clock=clock, boot_id=boot, is_synced=is_synced)
    outbox = open_outbox(settings, timekeeper)
    witness = ledger_witness(settings, health, clock)
    uplink = build_uplink(settings, clock, mark=supervision.marker(Part.UPLINK), witnessed=witness.watch.said)
    ring = open_ring(settings, timekeeper)

    def on_command(arrived: CommandArrived) -> None:
        control.offer(arrived)

    def on_liveness(said: Liveness) -> None:
        if settings.alarms.watch_alerting:
            watch = local_life.self_watch.alerting_watch
            watch.heard(is_alerting=said.is_alerting, now_s=time.monotonic())

    delivery = Delivery(
        outbox,
        uplink,
        clock,
        boot_id=boot,
        mark=supervision.marker(Part.DELIVERY),
        on_command=on_command,
        on_liveness=on_liveness,
        on_head=lambda arrived: witness.hear(arrived.payload, arrived.content_type),
    )
    health.sources.extend((lambda: outbox.counters, lambda: delivery.counters, lambda: uplink.counters))
    health.sources.append(lambda: ring.counters)
    judge = Judge(models=load_models(settings, health, clock, releases), health=health)
    control = RemoteControl(
        settings,
        releases=releases,
        config=config,
        models=judge.models,
        opener=partial(open_model, settings),
        in_force=partial(model_in_force, settings, releases),
        wellness=Wellness(
            acknowledged=lambda: delivery.counters.get("delivery.acknowledged", 0),
            streaming=noticed.board.streaming,
            judging=judge.models.judging,
        ),
        is_synced=is_synced,
        upload=WaveformUpload(ring=ring, sink=outbox, pressure=lambda: outbox.pressure),
        signals=noticed.alarms,
        sink=outbox,
        clock=clock,
        counters=health.counters,
        after_each=delivery.notify,
        waiting_bytes=lambda: outbox.status().bytes,
    )
    local_life = build_local_life(
        settings,
        clock=clock,
        noticed=noticed,
        delivery=delivery,
        backlog=lambda: backlog_of(outbox),
        supervision=supervision,
        manager=manager,
        configuration_version=lambda: releases.configuration.shelf.version,
        pressure=lambda: outbox.pressure,
        way=lambda: way_of(uplink, delivery),
        witness=witness,
    )
    last_seen = LastSeen(settings.data_dir / "last-seen.json")
    keeper = waveform_keeper(settings, outbox, ring)
    disk = WatchedDisk(sink=keeper, last_seen=last_seen, supervision=supervision)
    noticed.alarms.on_confirmed = judge.confirm
    inbox = Inbox(counters=health.counters)
    pipeline = Pipeline(
        judge=judge,
        software=f"carewire {version('carewire')}",
        backlog=lambda: local_life.self_watch.delivery_watch.backlog,
        condition=local_life.self_watch.condition,
        before=last_seen.load(),
    )
    host = SessionHost(
        radio=settings.radio,
        inbox=inbox,
        clock=clock,
        counters=health.counters,
        is_synced=is_synced,
        last_sequence=last_seen.last_sequence,
        pressure=lambda: outbox.pressure,
    )
    central = BleCentral(
        settings=settings,
        host=host,
        adapter=radio_adapter(settings),
        health=health,
        random=SystemRandom(),
        lock=radio_lock(settings),
        mark=supervision.marker(Part.RADIO),
    )
    return Gateway(
        settings=settings,
        clock=clock,
        health=health,
        judge=judge,
        outbox=outbox,
        central=central,
        pairing_agent=pairing_agent(settings, central),
        intake=Intake(
            inbox=inbox,
            pipeline=pipeline,
            sink=disk,
            clock=clock,
            health=health,
            after_write=delivery.notify,
            remember=disk.remember,
            observers=(noticed.alarms.on_record, noticed.board.take),
            mark=supervision.marker(Part.INTAKE),
        ),
        delivery=delivery,
        supervision=supervision,
        manager=manager,
        local_life=local_life,
        identity=identity_watch(settings, health=health, clock=clock, is_synced=is_synced),
        ring=ring,
        remote=control,
    )
