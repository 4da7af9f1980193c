"""The lives of one gateway process: each under the settings that hold, until it is told to stop."""

import asyncio
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import structlog

from edge.adapters.service_manager import ServiceManager
from edge.adapters.watchman import Watchman
from edge.bootstrap.build import build_gateway
from edge.bootstrap.storage import open_releases
from edge.config import EdgeSettings, load_settings
from edge.remote.releases import Releases
from edge.supervision import DEADLINES, Deadline, Part, Supervision
from vitals.errors import ConfigurationError

__all__ = ["run_gateway"]

_log = structlog.get_logger()


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
    manager, releases = ServiceManager.here(), open_releases(settings)
    is_to_live = True
    while is_to_live:
        supervision = Supervision(monotonic_s=time.monotonic, deadlines=deadlines)
        with Watchman(supervision, manager):
            is_to_live = await _live(settings, config, releases, supervision, manager)


async def _live(
    base: EdgeSettings,
    config: Path | None,
    releases: Releases,
    supervision: Supervision,
    manager: ServiceManager,
) -> bool:
    """Live one life under the settings that hold; tell whether another is to follow under others."""
    try:
        with supervision.working(Part.START):
            releases.begin()
            settings = _settings_in_force(base, config, releases)
            gateway = build_gateway(
                settings, config=config, releases=releases, supervision=supervision, manager=manager
            )
        try:
            with _stop_signal() as stop:
                await gateway.run(stop)
        finally:
            gateway.close()
            _log.info("gateway.stopped", gateway=settings.gateway_id)
    except Exception as error:
        on_trial = releases.on_trial
        if on_trial is None:
            raise
        _log.exception("gateway.failed_on_trial", line=on_trial.line, version=on_trial.version)
        on_trial.roll_back(f"the gateway failed under it: {error}")
        return True
    return not stop.is_set()


def _settings_in_force(base: EdgeSettings, config: Path | None, releases: Releases) -> EdgeSettings:
    """Return the settings under those from afar; a version that cannot be used any more is given up."""
    try:
        overlay = releases.configuration.overlay()
        return base if overlay is None else load_settings(config, over=overlay)
    except ConfigurationError as error:
        releases.configuration.shelf.give_up(str(error))
        return _settings_in_force(base, config, releases)


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
