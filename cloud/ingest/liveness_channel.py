"""What gateways are told of alerting, on the connection that ingests."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from vitals.wire import topics
from vitals.wire.envelope import ContentType

__all__ = ["MqttLivenessChannel"]

_PROBE_EVERY_S: Final = 60.0
_ANSWERED_WITHIN_S: Final = 10.0


class MqttLivenessChannel:
    """The LivenessChannel port: without acknowledgement, but now and then one, for its reason code.

    A broker whose rules deny the topic says so to nothing that goes without: gateways would never hear
    of alerting, miss nothing, and nobody would know.
    """

    def __init__(self, client: Client, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic_s = monotonic_s
        self._refused: deque[tuple[int, str]] = deque(maxlen=64)
        self._probe: int | None = None
        self._probed_s = float("-inf")
        self._refusal: str | None = None
        client.on_publish = self._on_publish

    def say(self, gateway: str, payload: bytes, *, expires_in_s: float) -> bool:
        """Publish, for the broker to forget once it is old; False without connection."""
        if not self._client.is_connected():
            return False
        now_s = self._monotonic_s()
        is_probe = now_s - self._probed_s >= _PROBE_EVERY_S
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
        properties.ContentType = str(ContentType.MSGPACK)
        properties.MessageExpiryInterval = math.ceil(expires_in_s)
        topic = topics.down_alive(gateway)
        info = self._client.publish(topic, payload, qos=1 if is_probe else 0, properties=properties)
        if is_probe:
            self._probe, self._probed_s = info.mid, now_s
        return info.rc == MQTT_ERR_SUCCESS

    def refusal(self) -> str | None:
        """Return what the broker said of the last one that it had to answer."""
        said = next((reason for mid, reason in self._refused if mid == self._probe), None)
        if said is not None:
            self._refusal = said
        elif self._monotonic_s() - self._probed_s >= _ANSWERED_WITHIN_S:
            self._refusal = None
        return self._refusal

    def _on_publish(
        self, _client: Client, _userdata: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        """Note a refusal; on paho's thread, which holds its locks: nothing is waited for here."""
        if reason.is_failure:
            self._refused.append((mid, str(reason)))
