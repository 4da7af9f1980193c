"""The broker side of ingest: a persistent MQTT 5 session whose messages are acknowledged by hand.

paho calls back on one network thread. A callback only sorts a message into the inbox or the
presence table; nothing it meets is raised there, since that would end the thread. What the
inbox refuses stays unacknowledged, and everything behind it; once the inbox is empty the
connection is made anew to get it again.
"""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cloud.config import MqttSettings
from cloud.ingest.ack_order import AckOrder, Place
from cloud.ingest.inbox import Inbox
from cloud.ingest.presence import GatewayPresence
from cloud.ports import Delivery
from vitals.clock import Clock
from vitals.errors import ConfigurationError, EnvelopeError
from vitals.wire import topics

_KEEPALIVE_S = 20
_SESSION_EXPIRY_S = 7 * 24 * 3600
_RECEIVE_MAXIMUM = 100
_LONGEST_BACKOFF_S = 5
_QUEUED_ACKS = 1_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberCounts:
    """What happened at the broker side since the start."""

    connections: int = 0
    subscriptions: int = 0
    misaddressed: int = 0
    refused_by_inbox: int = 0
    stale_acks_dropped: int = 0
    callback_faults: int = 0


class MqttSubscriber:
    """Brings what gateways publish into the inbox, and their status into the presence table."""

    def __init__(
        self, settings: MqttSettings, *, inbox: Inbox, presence: GatewayPresence, clock: Clock
    ) -> None:
        """Prepare the client; `start` connects."""
        self._settings = settings
        self._inbox = inbox
        self._presence = presence
        self._clock = clock
        self._turn = threading.Lock()
        self._order = AckOrder()
        self._counts: dict[str, int] = {}
        self._refusal: str | None = None
        self._again = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest-mqtt", daemon=True)
        self.client = self._make_client()

    def start(self) -> None:
        """Connect, and keep connecting until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect; the session and what is not acknowledged stay at the broker."""
        self._stopping.set()
        self.client.disconnect()
        if self._thread.ident is not None:
            self._thread.join(2 * _LONGEST_BACKOFF_S)
        if not self._thread.is_alive():
            self.client._reset_sockets()  # noqa: SLF001 - what wakes its thread paho leaves open

    def tend(self) -> None:
        """Connect anew if the inbox had to refuse something and has room again."""
        if self._again.is_set() and not len(self._inbox):
            self._again.clear()
            _log.info("ingest.reconnecting_for_refused")
            self.client.disconnect()

    @property
    def counts(self) -> SubscriberCounts:
        """Return the counts so far."""
        return SubscriberCounts(**self._counts)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        broker = f"{self._settings.host}:{self._settings.port}"
        if not self._thread.is_alive():
            return ("ingest: its network thread has ended; start the service again",)
        if self._refusal is not None:
            return (f"ingest: the broker at {broker} refuses it ({self._refusal}); check its access rules",)
        if not self.client.is_connected():
            return (f"ingest: not connected to the broker at {broker}",)
        return ()

    def _make_client(self) -> Client:
        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.secret())
        if settings.ca_file is not None:
            _use_tls(client, settings)
        client.reconnect_delay_set(min_delay=1, max_delay=_LONGEST_BACKOFF_S)
        client.max_queued_messages_set(_QUEUED_ACKS)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        # Else paho writes on the thread that acknowledges, which holds the turn, and when that fails
        # calls back on it for the end of the connection, where the turn is asked for.
        client.on_socket_register_write = _leave_to_network_thread
        client.on_socket_open = _send_small_packets_at_once
        client.suppress_exceptions = True  # what slips through our own nets must not end the thread
        return client

    def _run(self) -> None:
        """Hold the connection; after a fault or a disconnection of our own, begin again."""
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it so
        session.SessionExpiryInterval = _SESSION_EXPIRY_S
        session.ReceiveMaximum = _RECEIVE_MAXIMUM
        # This makes what wakes the network thread when another has something to send: `loop_forever` alone
        # has nothing like it, and an acknowledgement would wait until the next message comes, or a second.
        self.client.loop(0)
        while not self._stopping.is_set():
            try:
                self.client.connect_async(
                    self._settings.host,
                    self._settings.port,
                    keepalive=_KEEPALIVE_S,
                    clean_start=False,
                    properties=session,
                )
                self.client.loop_forever(retry_first_connection=True)
            except Exception:  # noqa: BLE001 - the thread must live on, whatever the library met
                self._count("callback_faults")
                _log.exception("ingest.network_fault")
                self._stopping.wait(1)

    def _on_connect(
        self, client: Client, _userdata: object, _flags: ConnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            _log.warning("ingest.connection_refused", reason=str(reason))
            return
        with self._turn:
            self._order.begin_anew()
        self._count("connections")
        self._refusal = None
        if self._stopping.is_set():
            client.disconnect()
            return
        client.subscribe([(topics.ALL_UP, 1), (topics.ALL_STATUS, 1)])
        _log.info("ingest.connected")

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        with self._turn:
            self._order.begin_anew()
        _log.info("ingest.disconnected", reason=str(reason))

    def _on_subscribe(
        self, _client: Client, _userdata: object, _mid: int, reasons: list[ReasonCode], _properties: object
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._refusal = refused[0] if refused else None
        self._count("subscriptions")

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            self._sort(message)
        except Exception:  # noqa: BLE001 - raising here would end the network thread
            self._count("callback_faults")
            _log.exception("ingest.callback_fault")

    def _sort(self, message: MQTTMessage) -> None:
        """Release at once what need not be stored; let a batch wait in the inbox until it is."""
        with self._turn:
            place = self._order.came(message.mid, message.qos)
        try:
            gateway = topics.gateway_of(message.topic)
        except (EnvelopeError, UnicodeDecodeError):
            self._acknowledge(place)
            self._count("misaddressed")
            _log.warning("ingest.misaddressed")
            return
        if message.topic == topics.status(gateway):
            self._acknowledge(place)
            self._presence.note(gateway, bytes(message.payload), self._clock.wall_ms())
        elif not self._inbox.offer(self._delivery(gateway, message, place)):
            self._count("refused_by_inbox")
            self._again.set()

    def _delivery(self, gateway: str, message: MQTTMessage, place: Place) -> Delivery:
        return Delivery(
            gateway=gateway,
            payload=bytes(message.payload),
            content_type=getattr(message.properties, "ContentType", None),
            received_ms=self._clock.wall_ms(),
            acknowledge=lambda: self._acknowledge(place),
        )

    def _acknowledge(self, place: Place) -> None:
        """Release a message as soon as all before it are; one of an ended connection comes again."""
        with self._turn:
            if not self._order.is_stale(place):
                for each in self._order.done(place):
                    with suppress(OSError):  # the connection has just gone: the message comes again
                        self.client.ack(each.mid, each.qos)
                return
        self._count("stale_acks_dropped")

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1


def _send_small_packets_at_once(_client: Client, _userdata: object, opened: object) -> None:
    """Else an acknowledgement right after another waits up to 40 ms for the other side's kernel."""
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_to_network_thread(*_: object) -> None:
    """Write nothing here: the network thread has been woken to do it."""


def _use_tls(client: Client, settings: MqttSettings) -> None:
    try:
        client.tls_set(
            ca_certs=str(settings.ca_file),
            certfile=str(settings.cert_file) if settings.cert_file else None,
            keyfile=str(settings.key_file) if settings.key_file else None,
        )
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"mqtt: ca_file, cert_file or key_file cannot be used ({error}); "
            "name PEM files this service may read"
        ) from error
