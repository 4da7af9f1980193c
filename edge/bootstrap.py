"""Where a gateway is put together: the only module that chooses adapters."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom
from typing import Final

import structlog
from bleak import BleakScanner
from bleak.backends import BleakBackend

from edge.adapters.bare_radio import BareRadio
from edge.adapters.ble import BleCentral
from edge.adapters.ble_session import SessionHost
from edge.adapters.inbox import Inbox
from edge.adapters.intake import Intake
from edge.adapters.mqtt import MqttOptions, MqttUplink
from edge.adapters.radio_lock import RadioLock, lock_file
from edge.adapters.remote_control import RemoteControl
from edge.adapters.service_manager import ServiceManager
from edge.adapters.watched_disk import WatchedDisk
from edge.adapters.watchman import Watchman
from edge.clock import boot_id, is_synced
from edge.config import EdgeSettings, load_settings
from edge.delivery import Delivery
from edge.health import GatewayHealth
from edge.last_seen import LastSeen
from edge.local_alarm import AlarmKey
from edge.local_life import LocalLife, Noticed, build_local_life
from edge.outbox import Outbox, Timekeeper
from edge.pipeline import Pipeline
from edge.ports import Backlog, PairingAgent, RadioAdapter, RhythmModel
from edge.remote_configuration import RemoteConfiguration
from edge.rhythm import RhythmJudge
from edge.ring import RingLimits, WaveformRing
from edge.supervision import DEADLINES, Deadline, Part, Supervision
from edge.uplink import CommandArrived
from edge.waveform_keeper import AroundEvents, WaveformKeeper
from edge.waveform_upload import WaveformUpload
from vitals.clock import Clock
from vitals.errors import ConfigurationError, ModelRejectedError

__all__ = ["Gateway", "build_gateway", "run_gateway", "shipped_model"]

_log = structlog.get_logger()

_LAST_DELIVERY_S: Final = 2.0
_EPOCH_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Every part of one gateway, wired."""

    settings: EdgeSettings
    clock: Clock
    health: GatewayHealth
    judge: RhythmJudge
    outbox: Outbox
    central: BleCentral
    pairing_agent: PairingAgent | None
    intake: Intake
    delivery: Delivery
    supervision: Supervision
    manager: ServiceManager
    local_life: LocalLife
    ring: WaveformRing
    remote: RemoteControl

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set or it is to start anew: then end the streams, write and offer the rest."""
        self.supervision.mark(Part.LOOP)
        async with asyncio.TaskGroup() as tasks:
            delivery = tasks.create_task(self.delivery.run(), name="delivery")
            local_life = tasks.create_task(self.local_life.run(), name="local-life")
            intake = tasks.create_task(self.intake.run(), name="intake")
            central = tasks.create_task(self.central.run(), name="ble")
            agent = tasks.create_task(self._consent_to_pairing(), name="pairing-agent")
            remote = tasks.create_task(self.remote.run(), name="remote-control")
            self._say_ready()
            await _either(stop, self.remote.again)
            if stop.is_set():
                self.manager.stopping()
            self.supervision.mark(Part.STOP)  # never forgotten: the process must end in time
            central.cancel()
            await asyncio.wait([central])
            agent.cancel()
            self.intake.stop()
            await asyncio.wait([intake])
            await self._last_delivery()
            for task in (remote, local_life, delivery):
                task.cancel()
            self.supervision.forget(Part.LOOP)

    async def _consent_to_pairing(self) -> None:
        if self.pairing_agent is not None:
            await self.pairing_agent.run()

    def close(self) -> None:
        """Close the files; what the outbox holds is sent after the next start."""
        self.ring.flush()
        self.remote.close()
        self.outbox.close()

    def _say_ready(self) -> None:
        model = self.judge.model.manifest if self.judge.model else None
        _log.info(
            "gateway.ready",
            gateway=self.settings.gateway_id,
            wearables=len(self.settings.devices),
            adopts=self.settings.adopt,
            model=f"{model.name} {model.version}" if model else None,
            speed=self.settings.clock.speed,
        )
        self.manager.ready(f"{self.settings.gateway_id}: started")

    async def _last_delivery(self) -> None:
        """Give what was written last a moment to be acknowledged; it is safe either way."""
        until_s = time.monotonic() + _LAST_DELIVERY_S
        while time.monotonic() < until_s and self.delivery.is_link_up:
            if not (await asyncio.to_thread(_backlog_of, self.outbox)).records:
                return
            await asyncio.sleep(0.1)


def build_gateway(
    settings: EdgeSettings,
    *,
    config: Path | None = None,
    remote: RemoteConfiguration | None = None,
    supervision: Supervision | None = None,
    manager: ServiceManager | None = None,
) -> Gateway:
    """Wire a gateway from its settings; what nobody else watches or is told is watched and told by none.

    `config` is the file that settings given from afar are laid over, and `remote` keeps those.

    Raises
    ------
    ConfigurationError, StorageError
        A file that is needed cannot be used. A model that is missing or damaged is no reason to stop.
    """
    supervision = supervision or Supervision(monotonic_s=time.monotonic)
    manager = manager or ServiceManager()
    remote = remote or _remote(settings)
    clock, boot = settings.clock.clock(), boot_id()
    noticed = Noticed.nothing_yet(settings, clock)
    health = noticed.health
    timekeeper = Timekeeper(clock=clock, boot_id=boot, is_synced=is_synced)
    outbox = Outbox.open(
        settings.outbox_file,
        timekeeper=timekeeper,
        new_epoch=_new_epoch,
        max_bytes=settings.outbox.max_bytes,
    )
    uplink = MqttUplink(
        settings.gateway_id, _mqtt_options(settings), clock, mark=supervision.marker(Part.UPLINK)
    )
    ring = _ring(settings, timekeeper)

    def on_command(arrived: CommandArrived) -> None:
        control.offer(arrived)

    delivery = Delivery(
        outbox, uplink, clock, boot_id=boot, mark=supervision.marker(Part.DELIVERY), on_command=on_command
    )
    health.sources.extend((lambda: outbox.counters, lambda: delivery.counters, lambda: uplink.counters))
    health.sources.append(lambda: ring.counters)
    control = RemoteControl(
        settings,
        remote=remote,
        config=config,
        upload=WaveformUpload(ring=ring, sink=outbox),
        signals=noticed.alarms,
        sink=outbox,
        clock=clock,
        counters=health.counters,
        acknowledged=lambda: delivery.counters.get("delivery.acknowledged", 0),
        after_each=delivery.notify,
    )
    local_life = build_local_life(
        settings,
        clock=clock,
        noticed=noticed,
        delivery=delivery,
        backlog=lambda: _backlog_of(outbox),
        supervision=supervision,
        manager=manager,
        configuration_version=lambda: remote.version,
    )
    last_seen = LastSeen(settings.data_dir / "last-seen.json")
    keeper = _keeper(settings, outbox, ring)
    disk = WatchedDisk(sink=keeper, last_seen=last_seen, supervision=supervision)
    judge = RhythmJudge(model=_load_model(settings, health, clock), health=health)
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
    )
    central = BleCentral(
        settings=settings,
        host=host,
        adapter=_adapter(settings),
        health=health,
        random=SystemRandom(),
        lock=_lock(settings),
        mark=supervision.marker(Part.RADIO),
    )
    return Gateway(
        settings=settings,
        clock=clock,
        health=health,
        judge=judge,
        outbox=outbox,
        central=central,
        pairing_agent=_pairing_agent(settings, central),
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
        ring=ring,
        remote=control,
    )


async def run_gateway(
    settings: EdgeSettings,
    *,
    config: Path | None = None,
    deadlines: Mapping[Part, Deadline] = DEADLINES,
) -> None:
    """Run a gateway until SIGTERM or SIGINT, then stop it cleanly.

    `settings` are those of the file `config` and the environment. Settings given from afar are laid
    between the two; when others come, the gateway starts anew under them without ending the process.

    Logs `gateway.ready` once everything runs, and tells the service manager if there is one. A part
    that does not move within its deadline ends the process with `STUCK_STATUS`.

    Raises
    ------
    ConfigurationError, StorageError
        It cannot start.
    """
    manager, remote = ServiceManager.here(), _remote(settings)
    is_to_live = True
    while is_to_live:
        supervision = Supervision(monotonic_s=time.monotonic, deadlines=deadlines)
        with Watchman(supervision, manager):
            is_to_live = await _live(settings, config, remote, supervision, manager)


async def _live(
    base: EdgeSettings,
    config: Path | None,
    remote: RemoteConfiguration,
    supervision: Supervision,
    manager: ServiceManager,
) -> bool:
    """Live one life under the settings that hold; tell whether another is to follow under others."""
    try:
        with supervision.working(Part.START):
            remote.begin()
            settings = _settings_in_force(base, config, remote)
            gateway = build_gateway(
                settings, config=config, remote=remote, supervision=supervision, manager=manager
            )
        try:
            with _stop_signal() as stop:
                await gateway.run(stop)
        finally:
            gateway.close()
            _log.info("gateway.stopped", gateway=settings.gateway_id)
    except Exception as error:
        if remote.trial is None:
            raise
        _log.exception("gateway.failed_on_trial", configuration=remote.version)
        remote.roll_back(f"the gateway failed under it: {error}")
        return True
    return not stop.is_set()


def _settings_in_force(base: EdgeSettings, config: Path | None, remote: RemoteConfiguration) -> EdgeSettings:
    """Return the settings under those from afar; a version that cannot be used any more is given up."""
    try:
        overlay = remote.overlay()
        return base if overlay is None else load_settings(config, over=overlay)
    except ConfigurationError as error:
        give_up = remote.give_up if remote.trial is None else remote.roll_back
        give_up(str(error))
        return _settings_in_force(base, config, remote)


def shipped_model() -> Path:
    """Return where the rhythm model's manifest lies that ships with the program, whether it is there or not.

    The artefact is the contract with `models`; none of its code is imported.
    """
    spec = find_spec("models")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("models")
    return folder / "artifacts" / "rhythm" / "manifest.json"


def _load_model(settings: EdgeSettings, health: GatewayHealth, clock: Clock) -> RhythmModel | None:
    """Load the model, or raise the gateway's alarm and go on without."""
    try:
        from edge.adapters.tflite import TfliteRhythmModel  # noqa: PLC0415 - its runtime may not be installed

        return TfliteRhythmModel.load(settings.model or shipped_model())
    except (ModelRejectedError, ImportError) as error:
        health.alarms.set(AlarmKey.MODEL_UNUSABLE, stands=True, t_ms=clock.wall_ms(), detail=str(error))
        return None


def _adapter(settings: EdgeSettings) -> RadioAdapter:
    """Return what recovery takes hold of beneath bleak: BlueZ, unless bleak speaks to another."""
    if not _is_on_bluez():
        return BareRadio()
    from edge.adapters.bluez_adapter import BluezAdapter  # noqa: PLC0415 - its D-Bus library is Linux's alone

    return BluezAdapter(settings.radio.adapter, limit_s=settings.radio.request_s)


def _pairing_agent(settings: EdgeSettings, central: BleCentral) -> PairingAgent | None:
    if not _is_on_bluez():
        return None  # the backend consents by itself
    from edge.adapters.bluez_agent import BluezPairingAgent  # noqa: PLC0415 - as above

    return BluezPairingAgent(central.serves, limit_s=settings.radio.request_s)


def _lock(settings: EdgeSettings) -> RadioLock | None:
    """Return the lock on an adapter that other programs may use too; a simulated one is ours alone."""
    if not _is_on_bluez():
        return None
    return RadioLock(lock_file(settings.radio.adapter, settings.radio.lock_dir, os.environ))


def _is_on_bluez() -> bool:
    return BleakScanner().backend_id is BleakBackend.BLUEZ_DBUS


def _remote(settings: EdgeSettings) -> RemoteConfiguration:
    return RemoteConfiguration(settings.data_dir / "configuration")


def _ring(settings: EdgeSettings, timekeeper: Timekeeper) -> WaveformRing:
    row = settings.ring
    limits = RingLimits(
        hours=row.hours,
        max_bytes=row.max_bytes,
        keep_free_bytes=row.keep_free_bytes,
        write_every_s=row.write_every_s,
    )
    return WaveformRing.open(settings.data_dir / "ring", timekeeper=timekeeper, limits=limits)


def _keeper(settings: EdgeSettings, outbox: Outbox, ring: WaveformRing) -> WaveformKeeper:
    row = settings.ring
    around = AroundEvents(before_s=row.before_event_s, after_s=row.after_event_s)
    return WaveformKeeper(
        outbox,
        ring,
        around=around if settings.waveforms == "events" else None,
        remembered=settings.data_dir / "event-stretches.json",
    )


def _mqtt_options(settings: EdgeSettings) -> MqttOptions:
    mqtt = settings.mqtt
    return MqttOptions(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=mqtt.secret(),
        ca_file=mqtt.ca_file,
        cert_file=mqtt.cert_file,
        key_file=mqtt.key_file,
    )


def _backlog_of(outbox: Outbox) -> Backlog:
    status, counters = outbox.status(), outbox.counters
    return Backlog(
        records=status.records,
        size_bytes=status.bytes,
        oldest_unsent_ms=status.oldest_ms,
        acknowledged=status.acknowledged,
        given_up=counters.get("outbox.refused", 0) + counters.get("outbox.given_way", 0),
    )


async def _either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Wait until either is set."""
    waits = {asyncio.ensure_future(event.wait()) for event in (one, other)}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _new_epoch(lane: str) -> str:
    return "".join(secrets.choice(_EPOCH_ALPHABET) for _ in range(8)) + f"-{lane}"


@contextmanager
def _stop_signal() -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
