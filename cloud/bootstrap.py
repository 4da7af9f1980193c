"""The one place that wires the service: which adapters, which threads, in which order they stop."""

import errno
import secrets
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog
import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from cloud.access.sessions import Sessions
from cloud.access.site import Site, site
from cloud.alerts.acknowledge import AlertService
from cloud.alerts.worker import AlertWorker
from cloud.application import application
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
from cloud.ports import GatewayReader, IdentifiedRecord, Person
from cloud.services import Services
from cloud.storage.relational import Relational, open_relational
from cloud.storage.series import SeriesStores, open_series_stores
from vitals.clock import Clock, ScaledClock
from vitals.errors import ConfigurationError
from vitals.model_versions import ModelVersions

__all__ = ["build", "invite", "run"]

_log = structlog.get_logger(__name__)

_STREAMS_END_S: Final = 3
_ALERTS_END_S: Final = 10
_COMMANDS_END_S: Final = 10
_STALLED_S: Final = 60.0


def build(settings: CloudSettings) -> FastAPI:
    """Open the stores and return the application; its threads run while its lifespan does.

    Raises
    ------
    ConfigurationError
        If a setting cannot be lived with.
    StorageError
        If a store cannot be opened.
    """
    place = site(settings.http.public_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url)
    try:
        stores = open_series_stores(settings)
    except BaseException:
        relational.close()
        raise
    service = _wired(settings, place, relational, stores)
    return application(service.services, lifespan=service.lifespan)


def run(settings: CloudSettings) -> None:
    """Serve until told to stop by SIGINT or SIGTERM, then end in an orderly way.

    Raises
    ------
    ConfigurationError
        If the port cannot be had, or a setting cannot be lived with.
    """
    with _bound(settings.http.host, settings.http.port) as listening:
        app = build(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STREAMS_END_S,
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_stopping)  # uvicorn raises it once more when it has stopped
        _Server(config, app.state.services.live).run(sockets=[listening])


def invite(settings: CloudSettings, person: Person, patient_ids: Iterable[str]) -> str:
    """Let a person see patients from now on, and return the address of their one-time sign-in link."""
    clock = _clock(settings)
    relational = open_relational(settings.database_url)
    try:
        relational.directory.add_person(person)
        for patient_id in patient_ids:
            relational.directory.grant(person.id, patient_id, clock.wall_ms(), None)
        token = _sessions(relational, clock).invite(person.id)
    finally:
        relational.close()
    return f"{site(settings.http.public_url).url}/sign-in?token={token}"


@dataclass(slots=True, kw_only=True)
class _Service:
    """What runs beside the HTTP server, from start to stop."""

    services: Services
    ingest: Ingest
    alerts: "_AlertThread"
    commands: "_CommandThread"
    close: Callable[[], None]

    def lifespan(self, _: FastAPI) -> AbstractAsyncContextManager[None]:
        """Run the threads around the application."""
        return self._running()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self.alerts.start()
        self.ingest.start()
        self.commands.start()
        _log.info("cloud.started")
        try:
            yield
        finally:
            await to_thread.run_sync(self._stop)
            _log.info("cloud.stopped")

    def _stop(self) -> None:
        """Streams first, then what brings records, then what judges them, then the stores."""
        self.services.live.close()
        self.commands.stop()
        self.ingest.stop()
        self.alerts.stop()
        self.close()


@dataclass(slots=True, kw_only=True)
class _AlertThread:
    """The alert worker in a thread of its own; one that died or stands still is told as a trouble."""

    worker: AlertWorker
    clock: ScaledClock
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _started_s: float = 0.0

    def start(self) -> None:
        """Begin to evaluate."""
        self._started_s = self.clock.monotonic_s()
        self._thread = threading.Thread(
            target=self.worker.run, args=(self._stopping,), name="alerts", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand and end."""
        self._stopping.set()
        self.worker.wake()
        if self._thread is not None:
            self._thread.join(_ALERTS_END_S)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        if self._thread is None or not self._thread.is_alive():
            return ("alerts: its thread has ended; start the service again",)
        statistics = self.worker.statistics
        still_s = self._still_s(statistics.stepped_s)
        if still_s > _STALLED_S:
            return (f"alerts: nothing was evaluated for {still_s:.0f} s; see the log",)
        if statistics.blocked:
            return (f"alerts: {len(statistics.blocked)} patients' records cannot be judged; see the log",)
        if statistics.unwatched:
            return (f"alerts: {len(statistics.unwatched)} patients' silence is not watched; see the log",)
        return ()

    def _still_s(self, stepped_s: float | None) -> float:
        """Return for how many real seconds it has not got through a step, the first one included."""
        since_s = self._started_s if stepped_s is None else stepped_s
        return self.clock.real_s(self.clock.monotonic_s() - since_s)


@dataclass(slots=True, kw_only=True)
class _CommandThread:
    """What sends commands, in a thread of its own; one that died is told as a trouble."""

    sender: CommandSender
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send."""
        self._thread = threading.Thread(
            target=self.sender.run, args=(self._stopping,), name="commands", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand and end."""
        self._stopping.set()
        self.sender.wake()
        if self._thread is not None:
            self._thread.join(_COMMANDS_END_S)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        if self._thread is None or not self._thread.is_alive():
            return ("commands: its thread has ended; start the service again",)
        return self.sender.troubles()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Presence:
    """What the watchdog asks: the store knows when gateways were heard, the broker if they are there."""

    gateways: GatewayReader
    online_at_broker: Callable[[str], bool | None]

    def last_heard_ms(self, gateway: str) -> int | None:
        return self.gateways.heard_gateways().get(gateway)

    def online(self, gateway: str) -> bool | None:
        return self.online_at_broker(gateway)


class _Server(uvicorn.Server):
    """A server that ends its open streams before it waits for requests to finish."""

    def __init__(self, config: uvicorn.Config, live: LiveHub) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let every page know at once; they come back when the service does."""
        self._live.close()
        await super().shutdown(sockets)


def _wired(settings: CloudSettings, place: Site, relational: Relational, stores: SeriesStores) -> _Service:
    clock = _clock(settings)
    live = LiveHub(boot=secrets.token_hex(4))
    to_live = RecordsToLive(feed=live)
    exclusive = threading.Lock()

    def on_committed(records: list[IdentifiedRecord]) -> None:
        worker.wake()
        to_live.on_committed(records)

    ingest = Ingest(
        settings.mqtt,
        store=stores.records,
        devices=relational.directory,
        answers=relational.commands,
        clock=clock,
        on_committed=on_committed,
    )
    worker = AlertWorker(
        feed=stores.feed,
        store=relational.alerts,
        reader=relational.alerts,
        directory=relational.directory,
        notifiers=(InAppNotifier(live=live),),
        live=live,
        clock=clock,
        presence=_Presence(gateways=stores.gateways, online_at_broker=ingest.presence.online),
        exclusive=exclusive,
    )
    alerts = _AlertThread(worker=worker, clock=clock)
    commands = _CommandThread(
        sender=CommandSender(
            book=relational.commands,
            channel=ingest.commands,
            online=ingest.presence.online,
            clock=clock,
            monotonic_s=time.monotonic,
            real_s=clock.real_s,
        )
    )
    issuer = CommandIssuer(
        book=relational.commands,
        clock=clock,
        new_id=lambda: secrets.token_hex(16),
        after_issue=commands.sender.wake,
    )
    early_warnings = EarlyWarnings(
        history=History(series=stores.series, rollups=stores.rollups, local=LocalTime(zone=settings.zone())),
        clock=clock,
        model=installed_model(
            settings.models_dir(),
            trusted=settings.model_keys,
            versions=ModelVersions(path=settings.data_dir / "models.json"),
        ),
        later=lambda work: threading.Thread(target=work, name="early-warning", daemon=True).start(),
    )
    services = Services(
        site=place,
        clock=clock,
        sessions=_sessions(relational, clock),
        directory=relational.directory,
        series=stores.series,
        occurrences=stores.occurrences,
        alerts=relational.alerts,
        acknowledger=AlertService(
            store=relational.alerts,
            reader=relational.alerts,
            directory=relational.directory,
            exclusive=exclusive,
            on_acknowledged=GatewayReconciliation(issuer=issuer, gateways=stores.gateways).on_acknowledged,
        ),
        records=stores.records,
        quarantine=stores.quarantine,
        gateways=stores.gateways,
        presence=ingest.presence,
        commands=issuer,
        waveform_requests=WaveformRequests(
            issuer=issuer,
            book=relational.commands,
            directory=relational.directory,
            gateways=stores.gateways,
        ),
        early_warnings=early_warnings,
        live=live,
        troubles=lambda: (
            *ingest.health().troubles,
            *alerts.troubles(),
            *commands.troubles(),
            *early_warnings.troubles(),
        ),
    )

    def close() -> None:
        stores.close()
        relational.close()

    return _Service(services=services, ingest=ingest, alerts=alerts, commands=commands, close=close)


def _clock(settings: CloudSettings) -> ScaledClock:
    return ScaledClock(speed=settings.clock.speed, anchor_ms=settings.clock.anchor_ms)


def _sessions(relational: Relational, clock: Clock) -> Sessions:
    return Sessions(
        store=relational.sessions,
        directory=relational.directory,
        clock=clock,
        randomness=secrets.token_bytes,
    )


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"port {port} on {host} is in use: stop what uses it, or choose another as http.port "
                "(and in http.public_url)"
            ) from error
        raise ConfigurationError(
            f"port {port} on {host} cannot be had ({error.strerror}): correct http.host or http.port"
        ) from error
    return listening


def _already_stopping(*_: object) -> None:
    """Swallow the signal that began an orderly end."""
