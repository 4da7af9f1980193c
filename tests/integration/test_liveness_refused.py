"""A broker whose rules do not let the service say that alerting lives: it is noticed, and noticed again."""

import time
from pathlib import Path

from cloud.config import MqttSettings
from cloud.ingest.inbox import Inbox
from cloud.ingest.liveness_channel import MqttLivenessChannel
from cloud.ingest.presence import GatewayPresence
from cloud.ingest.subscriber import MqttSubscriber
from tests.fakes.broker_process import Mosquitto
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import eventually

WITHOUT = "topic read v1/gw/#\ntopic write v1/gw/+/down/ack\ntopic write v1/gw/+/down/command\n"
WITH = f"{WITHOUT}topic write v1/gw/+/down/alive\n"


def test_what_the_brokers_rules_deny_is_a_trouble_until_they_allow_it(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker", acl=WITHOUT)
    broker.start()
    subscriber = MqttSubscriber(
        MqttSettings(port=broker.port), inbox=Inbox(), presence=GatewayPresence(), clock=FakeClock()
    )
    later_s = [0.0]
    channel = MqttLivenessChannel(subscriber.client, monotonic_s=lambda: time.monotonic() + later_s[0])
    assert not channel.say("home-1", b"\x80", expires_in_s=30)
    subscriber.start()
    try:
        eventually(lambda: channel.say("home-1", b"\x80", expires_in_s=30))
        eventually(lambda: channel.refusal() == "Not authorized")
        broker.set_acl(WITH)
        later_s[0] += 61
        eventually(lambda: channel.say("home-1", b"\x80", expires_in_s=30))
        later_s[0] += 11
        assert channel.refusal() is None
    finally:
        subscriber.stop()
        broker.kill()
