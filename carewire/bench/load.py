"""Gateways that send as fast as they are acknowledged: `python -m carewire.bench.load`, a process of its own.

Each is an MQTT 5 client that publishes with QoS 1 and lets go of a batch on the service's own
acknowledgement, as a gateway's outbox does. Batches are encoded before the clock starts.
"""

import selectors
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from ssl import SSLSocket
from typing import IO, Final

import msgspec
from msgspec import Struct
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from carewire.bench.figures import rank
from carewire.bench.payloads import Payloads
from carewire.bench.ward import OBSERVATIONS_A_BATCH, RECORDS_A_BATCH, Shape, batch_of, gateway_of
from carewire.logs import configure_logs
from vitals.errors import CarewireError
from vitals.wire import topics
from vitals.wire.envelope import decode_ack, encode_batch

__all__ = ["Load", "Sent"]

_PATIENCE_S: Final = 60.0
_LOOK_S: Final = 0.5


class Load(Struct, frozen=True, kw_only=True):
    """What to send: `batches` from each of `gateways`, at most `window` of each on their way.

    `certificates` is a folder of `carewire cloud authority compose`, if the broker wants TLS.
    """

    port: int
    shape: Shape
    gateways: int
    batches: int
    window: int
    start_ms: int
    certificates: str | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """What came of it: observations count once their acknowledgement came back."""

    observations: int
    elapsed_s: float
    cpu_s: float
    ack_p50_ms: float | None
    ack_p99_ms: float | None
    batch_bytes: int


class _Gateway:
    """One connection to the broker and what is on its way over it."""

    def __init__(self, load: Load, number: int, payloads: Payloads) -> None:
        """Prepare the client of gateway `number`."""
        self._begins_at = number * load.batches
        self.name = gateway_of(number)
        self.acknowledged = 0
        self.took_ms: list[float] = []
        self.is_ready = False
        self._load = load
        self._payloads = payloads
        self._next = 0
        self._on_way: deque[tuple[int, int, float]] = deque()
        self._records = RECORDS_A_BATCH[load.shape]
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=self.name, protocol=MQTTProtocolVersion.MQTTv5
        )
        self.client.on_connect = lambda client, *_: client.subscribe(topics.down_ack(self.name), 1)
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message
        self.client.max_inflight_messages_set(load.window)
        if load.certificates is not None:
            folder = Path(load.certificates)
            self.client.tls_set(
                str(folder / "ca.crt"), str(folder / f"{self.name}.crt"), str(folder / f"{self.name}.key")
            )

    @property
    def is_done(self) -> bool:
        """Whether all it has to send is acknowledged."""
        return self.acknowledged >= self._load.batches

    def fill(self) -> None:
        """Publish until the window is full or nothing is left."""
        while self._next < self._load.batches and len(self._on_way) < self._load.window:
            first = self._next * self._records + 1
            self._on_way.append((first, first + self._records - 1, time.monotonic()))
            self.client.publish(topics.up(self.name), self._payloads[self._begins_at + self._next], qos=1)
            self._next += 1

    def serve(self, events: int) -> None:
        """Read and write what the network allows."""
        if events & selectors.EVENT_READ:
            self._read()
        if self.client.want_write():
            self.client.loop_write()

    def _read(self) -> None:
        connection = self.client.socket()
        while True:
            if self.client.loop_read() != MQTT_ERR_SUCCESS:
                raise CarewireError(f"{self.name} lost its connection: see the broker's log")
            if not isinstance(connection, SSLSocket) or not connection.pending():
                return

    def _on_subscribe(self, *_: object) -> None:
        self.is_ready = True

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        ack = decode_ack(bytes(message.payload))
        if ack.quarantined:
            raise CarewireError(f"{self.name}: a record was set aside: {ack.quarantined[0].reason}")
        now_s = time.monotonic()
        for stored_first, stored_last in ack.stored:
            while self._on_way and stored_first <= self._on_way[0][0] <= self._on_way[0][1] <= stored_last:
                self.took_ms.append((now_s - self._on_way.popleft()[2]) * 1000)
                self.acknowledged += 1
        self.fill()


def main(text: str) -> None:
    """Send a `Load` given as JSON, and print what was `Sent` as JSON."""
    configure_logs(level="error")
    load = msgspec.json.decode(text, type=Load)
    with tempfile.TemporaryFile() as file:
        sent = _send(load, file)
    sys.stdout.write(msgspec.json.encode(sent).decode() + "\n")


def _send(load: Load, file: IO[bytes]) -> Sent:
    payloads = Payloads(file, _encoded(load))
    gateways = [_Gateway(load, number, payloads) for number in range(load.gateways)]
    with selectors.DefaultSelector() as selector:
        for gateway in gateways:
            gateway.client.connect("127.0.0.1", load.port)
            selector.register(gateway.client.socket() or 0, selectors.EVENT_READ, gateway)
        _serve(selector, gateways, lambda gateway: gateway.is_ready)
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        for gateway in gateways:
            gateway.fill()
        _serve(selector, gateways, lambda gateway: gateway.is_done)
        elapsed_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    took_ms = [each for gateway in gateways for each in gateway.took_ms]
    for gateway in gateways:
        gateway.client.disconnect()
    return Sent(
        observations=len(took_ms) * OBSERVATIONS_A_BATCH,
        elapsed_s=elapsed_s,
        cpu_s=cpu_s,
        ack_p50_ms=rank(took_ms, 0.50),
        ack_p99_ms=rank(took_ms, 0.99),
        batch_bytes=payloads.mean_bytes,
    )


def _encoded(load: Load) -> Iterator[bytes]:
    now_ms = time.time_ns() // 1_000_000
    for gateway in range(load.gateways):
        for number in range(load.batches):
            yield encode_batch(batch_of(load.shape, gateway, number, load.start_ms, now_ms))


def _serve(
    selector: selectors.BaseSelector, gateways: Sequence[_Gateway], is_over: Callable[[_Gateway], bool]
) -> None:
    """Serve every connection until all is over for each.

    Raises
    ------
    CarewireError
        A connection is lost, or nothing is heard for so long that nothing will be.
    """
    heard_s = time.monotonic()
    while not all(map(is_over, gateways)):
        for key, events in selector.select(_LOOK_S):
            heard_s = time.monotonic()
            key.data.serve(events)
        for key in [*selector.get_map().values()]:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if key.data.client.want_write() else 0)
            if wanted != key.events:
                selector.modify(key.fileobj, wanted, key.data)
        if time.monotonic() - heard_s > _PATIENCE_S:
            raise CarewireError(
                f"nothing was acknowledged for {_PATIENCE_S:.0f} s: see the service's and the broker's logs"
            )


if __name__ == "__main__":
    main(sys.argv[1])
