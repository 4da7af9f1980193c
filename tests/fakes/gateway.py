"""A gateway as the broker sees it: publishes batches and status, collects acknowledgements."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.fakes.mqtt_clients import let_go
from vitals.wire import topics
from vitals.wire.command import Command, decode_command
from vitals.wire.envelope import Ack, ContentType, decode_ack


class FakeGateway:
    """A client that says it is `name`."""

    def __init__(self, port: int, name: str = "home-1", **login: str) -> None:
        self.name = name
        self.acks: list[tuple[str, Ack]] = []
        self.commands: list[Command] = []
        self._port = port
        self._ready = threading.Event()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"gateway-{name}", protocol=MQTTProtocolVersion.MQTTv5
        )
        if login:
            self.client.username_pw_set(**login)
        self.client.will_set(topics.status(name), b'{"online": false}', qos=1, retain=True)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(topics.down_ack(name), 1), (topics.down_command(name), 1)]
        )
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._on_message

    def __enter__(self) -> Self:
        self.client.connect("127.0.0.1", self._port)
        self.client.loop_start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        let_go(self.client)

    def publish(
        self, payload: bytes, content_type: str = ContentType.MSGPACK, topic: str | None = None
    ) -> None:
        """Publish a batch and wait until the broker has it."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
        properties.ContentType = str(content_type)
        info = self.client.publish(topic or topics.up(self.name), payload, qos=1, properties=properties)
        info.wait_for_publish(10)
        assert info.is_published()

    def tell(self, status: bytes) -> None:
        """Publish a retained status."""
        self.client.publish(topics.status(self.name), status, qos=1, retain=True).wait_for_publish(10)

    def acknowledged(self) -> set[int]:
        """Return every seq acknowledged as stored so far."""
        return {seq for _, ack in self.acks for first, last in ack.stored for seq in range(first, last + 1)}

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if message.topic == topics.down_command(self.name):
            self.commands.append(decode_command(bytes(message.payload)))
            return
        kind = ContentType(message.properties.ContentType)  # type: ignore[union-attr]  # MQTT 5 has them
        self.acks.append((kind, decode_ack(bytes(message.payload), kind)))


_REST_FOR_EACH_ASKING = 5


def eventually(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait until `condition` holds, and take no more of the machine with asking than it can spare."""
    asked_s = time.monotonic()
    deadline = asked_s + within_s
    while not condition():
        now_s = time.monotonic()
        assert now_s < deadline, "it never came true"
        time.sleep(max(0.02, _REST_FOR_EACH_ASKING * (now_s - asked_s)))
        asked_s = time.monotonic()
