"""Heads of the ledger on their way to gateways, on the connection that ingests."""

import math

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from vitals.wire import topics
from vitals.wire.envelope import ContentType

__all__ = ["MqttHeadChannel"]


class MqttHeadChannel:
    """The HeadChannel port on the client that ingests: nothing is acknowledged, the next comes soon."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def say(self, gateway: str, payload: bytes, *, expires_in_s: float) -> bool:
        """Publish, for the broker to forget once it is old; False without connection."""
        if not self._client.is_connected():
            return False
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
        properties.ContentType = str(ContentType.MSGPACK)
        properties.MessageExpiryInterval = math.ceil(expires_in_s)
        info = self._client.publish(topics.down_ledger(gateway), payload, qos=0, properties=properties)
        return info.rc == MQTT_ERR_SUCCESS
