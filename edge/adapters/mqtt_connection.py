"""One connection to a broker (paho-mqtt): from CONNECT to its end, seen from the event loop.

paho's thread only hands its callbacks over to the event loop.
"""

import asyncio
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.sending.uplink import (
    AckArrived,
    CommandArrived,
    HeadArrived,
    LinkEvent,
    LivenessArrived,
    Received,
)
from vitals.clock import Clock
from vitals.errors import DeliveryError
from vitals.wire import topics
from vitals.wire.envelope import MAX_BATCH_BYTES, ContentType
from vitals.wire.ledger import Witnessed

__all__ = ["Connection", "MqttOptions", "release"]

_HEADER_BYTES: Final = 256  # topic and properties around a payload, generously
_WATCH_S: Final = 1.0
_GOODBYE_S: Final = 2.0

_Arrival = AckArrived | CommandArrived | LivenessArrived | HeadArrived
_ARRIVALS: Final[Mapping[str, type[_Arrival]]] = MappingProxyType(
    {"ack": AckArrived, "command": CommandArrived, "alive": LivenessArrived, "ledger": HeadArrived}
)
"""What comes down, by the end of its topic."""

_BESIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mqtt.commands_refused": "nothing asked of this gateway arrives",
        "mqtt.liveness_refused": "this gateway is not told whether the cloud alerts anybody",
        "mqtt.ledger_refused": "this gateway is given no heads of the ledger to witness",
    }
)
"""Subscribed to beside acknowledgements, in order: how it is counted when refused, and what that costs."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttOptions:
    """How the broker is reached. A CA file turns TLS on; all times are real seconds."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 15
    connect_s: float = 10.0
    session_expiry_s: int = 7 * 24 * 3600
    heartbeat_s: float = 10.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0


class Connection:
    """One connection, from CONNECT to its end, seen from the event loop."""

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place
        self,
        gateway_id: str,
        options: MqttOptions,
        clock: Clock,
        tls: ssl.SSLContext | None,
        counters: Counter[str],
        on_event: Callable[[LinkEvent], None],
        mark: Callable[[], None],
        witnessed: Callable[[], Witnessed | None],
    ) -> None:
        self._mark = mark
        self._witnessed = witnessed
        self._gateway_id = gateway_id
        self._options = options
        self._clock = clock
        self._counters = counters
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._decided = asyncio.Event()  # the broker has accepted everything, or it has ended
        self._ended = asyncio.Event()
        self._turn = threading.Lock()  # to connect and to let go, each on a thread of its own
        self._tickets: dict[int, int] = {}
        self._max_payload_bytes = MAX_BATCH_BYTES
        self.reason = ""
        self._client = self._make_client(tls)

    async def open(self) -> int | None:
        """Connect and subscribe; return the largest payload the broker takes, or None if it failed."""
        try:
            await asyncio.to_thread(self._connect)
            async with asyncio.timeout(self._options.connect_s):
                await self._decided.wait()
        except TimeoutError:
            self.end("the broker does not answer: check that it is one, and its load")
        except OSError as error:
            self.end(f"{error}: check the address, the network and that the broker runs")
        return None if self._ended.is_set() else self._max_payload_bytes

    async def watch(self) -> None:
        """Say now and then that the gateway is here; return when the connection has ended."""
        next_beat_s = 0.0
        while not self._ended.is_set():
            self._mark()
            if time.monotonic() >= next_beat_s:
                next_beat_s = time.monotonic() + self._options.heartbeat_s
                self._publish_presence(is_online=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S):  # wait_for may swallow a cancellation
                    await self._ended.wait()
            if not self._ended.is_set() and not self._is_thread_alive():
                self._counters["mqtt.thread_died"] += 1
                self.end("the network thread died")

    def send(self, payload: bytes, ticket: int) -> None:
        """Publish one batch; the answer comes as `Received` with this ticket.

        Raises
        ------
        DeliveryError
            The connection is gone.
        """
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho's
        properties.ContentType = ContentType.MSGPACK.value
        sent = self._client.publish(topics.up(self._gateway_id), payload, qos=1, properties=properties)
        if self._ended.is_set() or sent.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise DeliveryError("the connection to the broker is gone: the batch stays in the outbox")
        self._tickets[sent.mid] = ticket  # the answer comes by this event loop, so not before this line

    def end(self, reason: str) -> None:
        """Take the connection for ended; nothing is heard from it any more."""
        if not self._ended.is_set():
            self.reason = reason
            self._tickets.clear()
            self._ended.set()
            self._decided.set()

    async def close(self) -> None:
        """Let go of the socket and the thread; say goodbye where there is somebody to hear it."""
        if not self._ended.is_set():
            self.end("closed")
            self._publish_presence(is_online=False)
            self._client.disconnect()
        else:
            self._cut()
        stopping = asyncio.ensure_future(asyncio.to_thread(self._let_go))
        done, _ = await asyncio.wait({stopping}, timeout=_GOODBYE_S)
        if not done:
            self._cut()
            await asyncio.wait({stopping}, timeout=_GOODBYE_S)

    # --- paho -------------------------------------------------------------------------------

    def _make_client(self, tls: ssl.SSLContext | None) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._gateway_id,
            protocol=MQTTv5,
            reconnect_on_failure=False,
        )
        if tls is not None:
            client.tls_set_context(tls)
        if self._options.username is not None:
            client.username_pw_set(self._options.username, self._options.password)
        client.will_set(topics.status(self._gateway_id), _presence(is_online=False), qos=1, retain=True)
        client.connect_timeout = self._options.connect_s
        client.on_socket_open = _without_delay
        client.on_connect = self._guarded(self._on_connect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_disconnect = self._guarded(self._on_disconnect)
        client.on_publish = self._guarded(self._on_publish)
        client.on_message = self._guarded(self._on_message)
        return client

    def _connect(self) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's
        properties.SessionExpiryInterval = self._options.session_expiry_s
        with self._turn:
            if self._ended.is_set():  # cancelled before this thread came to it
                return
            self._client.connect(
                self._options.host,
                self._options.port,
                keepalive=self._options.keepalive_s,
                clean_start=False,
                properties=properties,
            )
            self._client.loop_start()

    def _let_go(self) -> None:
        with self._turn:  # a cancelled `open` may still connect
            release(self._client)

    def _is_thread_alive(self) -> bool:
        thread = self._client._thread  # noqa: SLF001 - paho tells in no other way that it died
        return thread is not None and thread.is_alive()

    def _cut(self) -> None:
        with suppress(OSError, ValueError, AttributeError):
            self._client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr] # None: closed already

    def _publish_presence(self, *, is_online: bool) -> None:
        t_ms = self._clock.wall_ms() if is_online else None
        said = _presence(is_online=is_online, t_ms=t_ms, ledger=self._witnessed())
        self._client.publish(topics.status(self._gateway_id), said, qos=1, retain=True)

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Run `callback` on the event loop, never letting an exception into paho's thread."""

        def on_loop(*arguments: Any) -> None:  # noqa: ANN401 - whatever paho passes
            try:
                callback(*arguments)
            except Exception:  # noqa: BLE001 - nothing may escape to the loop that nobody awaits
                self._counters["mqtt.callback_errors"] += 1
                _log.exception("mqtt.callback_error", callback=callback.__name__)

        def from_thread(_client: Client, _userdata: object, *arguments: Any) -> None:  # noqa: ANN401 - likewise
            with suppress(RuntimeError):  # the event loop has ended, and with it everyone who listened
                self._loop.call_soon_threadsafe(on_loop, *arguments)

        return from_thread

    # --- What paho tells, on the event loop -------------------------------------------------

    def _on_connect(self, _flags: ConnectFlags, code: ReasonCode, properties: Properties | None) -> None:
        if code.is_failure:
            self._counters["mqtt.refused"] += 1
            self.end(f"the broker refused ({code}): check the gateway's name, password and certificate")
            return
        limit = getattr(properties, "MaximumPacketSize", None)
        if limit is not None:
            self._max_payload_bytes = min(MAX_BATCH_BYTES, limit - _HEADER_BYTES)
        self._client.subscribe(
            [
                (topics.down_ack(self._gateway_id), 1),
                (topics.down_command(self._gateway_id), 1),
                (topics.down_alive(self._gateway_id), 0),  # never kept: what waited says nothing of now
                (topics.down_ledger(self._gateway_id), 0),  # likewise: the next comes in a minute
            ]
        )

    def _on_subscribe(self, _mid: int, codes: list[ReasonCode], _properties: Properties | None) -> None:
        if codes[0].is_failure:
            self._counters["mqtt.subscribe_refused"] += 1
            self.end(f"the broker refuses acknowledgements ({codes[0]}): let this gateway read its down/#")
            return
        for code, (name, cost) in zip(codes[1:], _BESIDE.items(), strict=False):
            if code.is_failure:  # records are delivered all the same
                self._counters[name] += 1
                remedy = f"{cost}: let the broker allow this gateway to read its down/#"
                _log.error(name, reason=str(code), remedy=remedy)
        self._decided.set()

    def _on_disconnect(self, _flags: DisconnectFlags, code: ReasonCode, _properties: object) -> None:
        self.end(f"disconnected ({code})")

    def _on_publish(self, mid: int, code: ReasonCode, _properties: Properties | None) -> None:
        ticket = self._tickets.pop(mid, None)
        if ticket is not None:
            self._on_event(Received(ticket=ticket, reason_code=code.value))

    def _on_message(self, message: MQTTMessage) -> None:
        if self._ended.is_set():
            return
        arrived = _ARRIVALS.get(message.topic.rpartition("/")[2])
        if arrived is None:
            self._counters["mqtt.unexpected"] += 1
            return
        content_type = getattr(message.properties, "ContentType", None)
        self._on_event(arrived(payload=bytes(message.payload), content_type=content_type))


def release(client: Client) -> None:
    """Wait for its network thread to end, and close its sockets: those that wake it paho leaves open."""
    client.loop_stop()
    client._reset_sockets()  # noqa: SLF001 - nothing public does


def _without_delay(_client: Client, _userdata: object, opened: Any) -> None:  # noqa: ANN401 - a socket or its TLS
    """Send small messages at once: Nagle's algorithm would hold an alert back for 40 ms."""
    with suppress(OSError):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _presence(*, is_online: bool, t_ms: int | None = None, ledger: Witnessed | None = None) -> bytes:
    said = {"online": is_online, "t_ms": t_ms, "ledger": ledger}
    return msgspec.json.encode({name: value for name, value in said.items() if value is not None})
