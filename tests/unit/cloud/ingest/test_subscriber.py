import socket
import threading
from typing import Any

import pytest
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from cloud.config import MqttSettings
from cloud.ingest.inbox import Inbox
from cloud.ingest.presence import GatewayPresence
from cloud.ingest.subscriber import MqttSubscriber
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError
from vitals.wire import topics


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(max_messages=1)


@pytest.fixture
def acknowledged(subscriber: MqttSubscriber, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    mids: list[int] = []
    monkeypatch.setattr(subscriber.client, "ack", lambda mid, _qos: mids.append(mid))
    return mids


@pytest.fixture
def subscriber(inbox: Inbox) -> MqttSubscriber:
    return MqttSubscriber(MqttSettings(), inbox=inbox, presence=GatewayPresence(), clock=ScaledClock())


def message(topic: bytes, mid: int = 1, payload: bytes = b"x") -> MQTTMessage:
    made = MQTTMessage(mid=mid, topic=topic)
    made.payload = payload
    made.qos = 1
    return made


def arrive(subscriber: MqttSubscriber, made: MQTTMessage) -> None:
    subscriber._on_message(subscriber.client, None, made)


def reason(packet: int, code: int) -> Any:
    return ReasonCode(packet, identifier=code)


def test_a_batch_waits_unacknowledged_until_it_is_stored(
    subscriber: MqttSubscriber, inbox: Inbox, acknowledged: list[int]
) -> None:
    arrive(subscriber, message(topics.up("home-1").encode(), mid=7))
    assert acknowledged == []
    (taken,) = inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    assert (taken.gateway, taken.payload, taken.content_type) == ("home-1", b"x", None)
    taken.acknowledge()
    assert acknowledged == [7]


def test_an_acknowledgement_of_an_earlier_connection_is_dropped(
    subscriber: MqttSubscriber, inbox: Inbox, acknowledged: list[int]
) -> None:
    arrive(subscriber, message(topics.up("home-1").encode()))
    (taken,) = inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    subscriber._on_disconnect(subscriber.client, None, None, reason(PacketTypes.DISCONNECT, 0), None)  # type: ignore[arg-type]
    taken.acknowledge()
    assert acknowledged == []
    assert subscriber.counts.stale_acks_dropped == 1


def test_an_acknowledgement_over_a_connection_that_has_just_died_does_not_hang(
    subscriber: MqttSubscriber, inbox: Inbox
) -> None:
    ours, brokers = socket.socketpair()
    subscriber.client._sock = ours
    arrive(subscriber, message(topics.up("home-1").encode()))
    (taken,) = inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    brokers.close()
    storing = threading.Thread(target=taken.acknowledge, daemon=True)
    storing.start()
    storing.join(5)
    ours.close()
    assert not storing.is_alive()


def test_what_came_behind_a_batch_is_released_behind_it(
    subscriber: MqttSubscriber, inbox: Inbox, acknowledged: list[int]
) -> None:
    arrive(subscriber, message(topics.up("home-1").encode(), mid=1))
    arrive(subscriber, message(topics.status("home-1").encode(), mid=2, payload=b'{"online": true}'))
    arrive(subscriber, message(b"v1/gw/NO/up", mid=3))
    assert acknowledged == []
    (taken,) = inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    taken.acknowledge()
    assert acknowledged == [1, 2, 3]


def test_nothing_behind_a_refused_batch_is_released_before_the_next_connection(
    subscriber: MqttSubscriber, inbox: Inbox, acknowledged: list[int]
) -> None:
    for mid in (1, 2):  # the inbox has room for one
        arrive(subscriber, message(topics.up("home-1").encode(), mid=mid))
    arrive(subscriber, message(topics.status("home-1").encode(), mid=3, payload=b'{"online": true}'))
    (taken,) = inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    taken.acknowledge()
    assert acknowledged == [1]
    subscriber._on_disconnect(subscriber.client, None, None, reason(PacketTypes.DISCONNECT, 0), None)  # type: ignore[arg-type]
    arrive(subscriber, message(topics.up("home-1").encode(), mid=1))
    (again,) = inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    again.acknowledge()
    assert acknowledged == [1, 1]


def test_status_and_misaddressed_messages_are_acknowledged_at_once(
    subscriber: MqttSubscriber, acknowledged: list[int]
) -> None:
    arrive(subscriber, message(topics.status("home-1").encode(), mid=1, payload=b'{"online": true}'))
    arrive(subscriber, message(b"v1/gw/NO/up", mid=2))
    arrive(subscriber, message(b"v1/gw/\xff\xfe/up", mid=3))
    assert acknowledged == [1, 2, 3]
    assert (subscriber.counts.misaddressed, subscriber.counts.callback_faults) == (2, 0)
    assert subscriber._presence.online("home-1") is True


def test_what_the_inbox_refuses_is_not_acknowledged_and_a_reconnection_waits_for_room(
    subscriber: MqttSubscriber, inbox: Inbox, acknowledged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reconnections: list[bool] = []
    monkeypatch.setattr(subscriber.client, "disconnect", lambda: reconnections.append(True))
    for mid in (1, 2):
        arrive(subscriber, message(topics.up("home-1").encode(), mid=mid))
    subscriber.tend()
    assert (acknowledged, reconnections, subscriber.counts.refused_by_inbox) == ([], [], 1)
    inbox.take(max_messages=1, max_bytes=1, wait_s=0)
    subscriber.tend()
    subscriber.tend()
    assert reconnections == [True]


def test_a_denied_subscription_is_a_trouble_until_it_is_granted(subscriber: MqttSubscriber) -> None:
    subscriber._thread.is_alive = lambda: True  # type: ignore[method-assign]
    denied = [reason(PacketTypes.SUBACK, 0x87), reason(PacketTypes.SUBACK, 1)]
    subscriber._on_subscribe(subscriber.client, None, 1, denied, None)
    assert "refuses it (Not authorized); check its access rules" in subscriber.troubles()[0]
    subscriber._on_subscribe(subscriber.client, None, 2, [reason(PacketTypes.SUBACK, 1)] * 2, None)
    assert "not connected" in subscriber.troubles()[0]


def test_a_thread_that_has_ended_is_a_trouble(subscriber: MqttSubscriber) -> None:
    assert subscriber.troubles() == ("ingest: its network thread has ended; start the service again",)


def test_a_ca_file_that_is_not_there_is_a_configuration_error(tmp_path: Any, inbox: Inbox) -> None:
    settings = MqttSettings(ca_file=tmp_path / "absent.pem")
    with pytest.raises(ConfigurationError, match="mqtt"):
        MqttSubscriber(settings, inbox=inbox, presence=GatewayPresence(), clock=ScaledClock())


def test_small_packets_are_sent_at_once(subscriber: MqttSubscriber) -> None:
    with socket.socket() as opened:
        subscriber.client.on_socket_open(subscriber.client, None, opened)  # type: ignore[misc, arg-type]
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
