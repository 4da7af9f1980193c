"""The application acknowledgement: what is durable, said so small that no broker refuses it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

import structlog
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.ports import AckSender
from cloud.storage.journal.ranges import Ranges
from vitals.wire import topics
from vitals.wire.envelope import Ack, ContentType, Quarantined, encode_ack

_MOST_RANGES = 2_000
_MOST_QUARANTINED = 400

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAck:
    """An acknowledgement and the gateway it is for, in the encoding that gateway speaks."""

    gateway: str
    kind: ContentType
    ack: Ack
    reply: AckSender | None = None
    """The way it goes back; `None`: by the broker."""


def acks_of(epoch: str, stored: Ranges, quarantined: Iterable[Quarantined]) -> Iterator[Ack]:
    """Cut what is durable of one epoch into acknowledgements that fit into a message."""
    for ranges, aside in zip_longest(
        _chunks(list(stored), _MOST_RANGES), _chunks(list(quarantined), _MOST_QUARANTINED)
    ):
        yield Ack(epoch=epoch, stored=ranges or [], quarantined=aside or [])


class MqttAckSender:
    """The AckSender port on the client that ingests."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, gateway: str, ack: Ack, kind: ContentType = ContentType.MSGPACK) -> None:
        """Publish with QoS 1, or let it go while there is no connection: the gateway sends again."""
        if not self._client.is_connected():
            _log.info("ingest.ack_dropped", gateway=gateway, epoch=ack.epoch)
            return
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it so
        properties.ContentType = str(kind)
        info = self._client.publish(
            topics.down_ack(gateway), encode_ack(ack, kind), qos=1, properties=properties
        )
        if info.rc != MQTT_ERR_SUCCESS:
            _log.info("ingest.ack_dropped", gateway=gateway, epoch=ack.epoch, rc=info.rc)


def _chunks(items: list[_T], size: int) -> Iterator[list[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
