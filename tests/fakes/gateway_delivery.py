"""A gateway's delivery as it really is: an outbox, `Delivery` and its uplinks against broker and service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edge.adapters.http_uplink import HttpOptions, HttpUplink
from edge.adapters.mqtt import MqttUplink
from edge.adapters.mqtt_connection import MqttOptions
from edge.outbox import Outbox
from edge.sending.delivery import Delivery
from edge.sending.fallback import FallbackUplink
from edge.sending.send_window import Pace
from edge.sending.uplink import CommandArrived
from edge.sending.way import Patience
from vitals.clock import ScaledClock
from vitals.wire.liveness import Liveness

GATEWAY = "gw-test"
BOOT = "boot-1"
FAST = Pace(first_ack_s=1.0, answer_s=1.5, first_hold_s=0.2, longest_hold_s=0.5)
IMPATIENT = Patience(waiting_s=0.5, trial_s=2.0, first_rest_s=0.5, longest_rest_s=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    delivery: Delivery
    uplink: MqttUplink


@dataclass(frozen=True, slots=True, kw_only=True)
class FallingBack:
    delivery: Delivery
    uplink: FallbackUplink


@asynccontextmanager
async def gateway_delivering(
    outbox: Outbox,
    port: int,
    *,
    pace: Pace = FAST,
    keepalive_s: int = 5,
    username: str | None = None,
    on_command: Callable[[CommandArrived], None] = lambda _: None,
    on_liveness: Callable[[Liveness], None] = lambda _: None,
    gateway: str = GATEWAY,
    longest_pause_s: float = 0.5,
    **tls: Path,
) -> AsyncIterator[Running]:
    """Deliver for a while; `tls` are the files of `MqttOptions`."""
    options = MqttOptions(
        host="127.0.0.1",
        port=port,
        username=username,
        password="secret" if username else None,
        keepalive_s=keepalive_s,
        connect_s=2.0,
        first_pause_s=0.1,
        longest_pause_s=longest_pause_s,
        heartbeat_s=0.5,
        **tls,
    )
    uplink = MqttUplink(gateway, options, ScaledClock())
    delivery = Delivery(
        outbox,
        uplink,
        ScaledClock(),
        boot_id=BOOT,
        pace=pace,
        on_command=on_command,
        on_liveness=on_liveness,
    )
    async with _running(delivery):
        yield Running(delivery=delivery, uplink=uplink)


@asynccontextmanager
async def gateway_falling_back(
    outbox: Outbox,
    mqtt_port: int,
    http: HttpOptions,
    *,
    on_command: Callable[[CommandArrived], None] = lambda _: None,
    on_liveness: Callable[[Liveness], None] = lambda _: None,
) -> AsyncIterator[FallingBack]:
    """As `gateway_delivering`, with the other way as well."""
    options = MqttOptions(
        host="127.0.0.1",
        port=mqtt_port,
        keepalive_s=5,
        connect_s=2.0,
        first_pause_s=0.1,
        longest_pause_s=0.5,
        heartbeat_s=0.5,
    )
    by_mqtt = MqttUplink(GATEWAY, options, ScaledClock())
    uplink = FallbackUplink(by_mqtt, HttpUplink(http), patience=IMPATIENT)
    delivery = Delivery(
        outbox,
        uplink,
        ScaledClock(),
        boot_id=BOOT,
        pace=FAST,
        on_command=on_command,
        on_liveness=on_liveness,
    )
    async with _running(delivery):
        yield FallingBack(delivery=delivery, uplink=uplink)


def by_http(url: str, token: str, ca_file: Path | None = None) -> HttpOptions:
    """Return impatient options."""
    return HttpOptions(
        url=url,
        token=lambda: token,
        ca_file=ca_file,
        connect_s=2.0,
        ask_every_s=0.5,
        first_pause_s=0.1,
        longest_pause_s=0.5,
    )


@asynccontextmanager
async def _running(delivery: Delivery) -> AsyncIterator[None]:
    task = asyncio.create_task(delivery.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(is_so: Callable[[], object], within_s: float = 60.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - what is awaited happens in other threads and processes
            await asyncio.sleep(0.01)
