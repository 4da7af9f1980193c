"""A small ingest at a real broker: it keeps what comes by its identity, then acknowledges."""

from collections import defaultdict

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from tests.fakes.mqtt_clients import let_go
from vitals.errors import ValidationError
from vitals.records import AnyRecord
from vitals.wire import topics
from vitals.wire.envelope import Ack, Quarantined, content_type, decode_batch, decode_record, encode_ack


class MqttIngest:
    """Keeps `stored[epoch][seq]`; `acknowledges` can be switched off, `order` lists batches as they came."""

    def __init__(self, port: int) -> None:
        self.stored: defaultdict[str, dict[int, AnyRecord]] = defaultdict(dict)
        self.quarantined: defaultdict[str, set[int]] = defaultdict(set)
        self.order: list[tuple[str, int, int]] = []
        self.statuses: list[bytes] = []
        self.duplicates = 0
        self.acknowledges = True
        self.is_subscribed = False
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="ingest", protocol=MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topics.ALL_UP, 1), (topics.ALL_STATUS, 1)]
        )
        self._client.on_subscribe = lambda *_: setattr(self, "is_subscribed", True)
        self._client.on_disconnect = lambda *_: setattr(self, "is_subscribed", False)
        self._client.on_message = self._on_message
        self._client.connect_async("127.0.0.1", port, keepalive=5)

    def start(self) -> None:
        self._client.loop_start()

    def stop(self) -> None:
        let_go(self._client)

    @property
    def count(self) -> int:
        return sum(len(seqs) for seqs in self.stored.values())

    def seqs(self, lane: str) -> list[int]:
        return sorted(seq for epoch, seqs in self.stored.items() if epoch.endswith(lane) for seq in seqs)

    def acknowledge(self, gateway: str, ack: Ack) -> None:
        self._client.publish(topics.down_ack(gateway), encode_ack(ack), qos=1)

    def command(self, gateway: str, payload: bytes) -> None:
        self._client.publish(topics.down_command(gateway), payload, qos=1)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        if message.topic.endswith("/status"):
            self.statuses.append(bytes(message.payload))
            return
        kind = content_type(getattr(message.properties, "ContentType", None))
        batch = decode_batch(bytes(message.payload), kind)
        last = batch.first_seq + len(batch.records) - 1
        self.order.append((batch.epoch, batch.first_seq, last))
        refused = []
        for seq, raw in enumerate(batch.records, batch.first_seq):
            try:
                record = decode_record(raw, kind)
            except ValidationError as error:
                self.quarantined[batch.epoch].add(seq)
                refused.append(Quarantined(seq=seq, reason=str(error)))
                continue
            self.duplicates += seq in self.stored[batch.epoch]
            self.stored[batch.epoch].setdefault(seq, record)
        if self.acknowledges:
            ack = Ack(epoch=batch.epoch, stored=[(batch.first_seq, last)], quarantined=refused)
            self.acknowledge(topics.gateway_of(message.topic), ack)
