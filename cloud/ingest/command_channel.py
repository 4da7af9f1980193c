"""Commands on their way to gateways, on the connection that ingests."""

import math

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from vitals.wire import topics
from vitals.wire.envelope import ContentType

__all__ = ["MqttCommandChannel"]

_LONGEST_S = 2**32 - 1


class MqttCommandChannel:
    """The CommandChannel port on the client that ingests."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, gateway: str, payload: bytes, expires_in_s: float) -> bool:
        """Publish with QoS 1, for the broker to forget once it is of no use; False without connection."""
        if expires_in_s <= 0 or not self._client.is_connected():
            return False
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
        properties.ContentType = str(ContentType.MSGPACK)
        properties.MessageExpiryInterval = min(math.ceil(expires_in_s), _LONGEST_S)
        info = self._client.publish(topics.down_command(gateway), payload, qos=1, properties=properties)
        return info.rc == MQTT_ERR_SUCCESS
