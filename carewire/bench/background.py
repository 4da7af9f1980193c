"""Patients of whom nothing is to be told, as a load: `python -m carewire.bench.background`, by itself.

Each wears a band that tells five kinds of quantity once a second, in a message of its own; wards of up to
fifty share a gateway. Messages are spread over the second. It runs until SIGTERM, then says what it sent.
"""

import signal
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Final

import msgspec
from msgspec import Struct
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from carewire.bench.ward import USUAL, wearable_of
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun
from vitals.wire import topics
from vitals.wire.envelope import VERSION, ClockStamp, SoundBatch, decode_ack, encode_batch

__all__ = ["Background", "Told"]

_A_WARD: Final = 50


class Background(Struct, frozen=True, kw_only=True):
    """How many patients, at which broker of this machine."""

    port: int
    patients: int


class Told(Struct, frozen=True, kw_only=True):
    """Messages that were sent, those acknowledged by the service, and over how long."""

    sent: int
    acknowledged: int
    elapsed_s: float


class _Ward:
    """One gateway of the load."""

    def __init__(self, number: int, port: int) -> None:
        self.sent = 0
        self.acknowledged = 0
        self._name = f"bench-ward-{number:03d}"
        self._epoch = f"ward{number:04d}-observations"
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=self._name, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_connect = lambda client, *_: client.subscribe(topics.down_ack(self._name), 1)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def tell(self, patient: int, second: int) -> None:
        """Publish what a patient's band tells this second."""
        now_ms = time.time_ns() // 1_000_000
        records = [
            ObservationRun(device=wearable_of(patient), kind=kind, t_ms=[now_ms], value=[_told(kind, second)])
            for kind in USUAL
        ]
        batch = SoundBatch(
            v=VERSION,
            epoch=self._epoch,
            first_seq=self.sent * len(records) + 1,
            boot_id="bench",
            clock=ClockStamp(wall_ms=now_ms, boottime_ms=now_ms, synced=True),
            records=[*records],
        )
        self._client.publish(topics.up(self._name), encode_batch(batch), qos=1)
        self.sent += 1

    def close(self) -> None:
        """Let go of the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        ack = decode_ack(bytes(message.payload))
        self.acknowledged += sum(last - first + 1 for first, last in ack.stored) // len(USUAL)


def _told(kind: str, second: int) -> float:
    """Return what is told of a kind: about what is usual, in steps of what a wearable resolves."""
    middle, _ = USUAL[kind]
    return middle + second % 3 * OBSERVATION_KINDS[kind].resolution


def main(text: str) -> None:
    """Tell a `Background` given as JSON until SIGTERM, and print what was `Told` as JSON."""
    load = msgspec.json.decode(text, type=Background)
    wards = [_Ward(number, load.port) for number in range(-(-load.patients // _A_WARD))]
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    began_s = time.monotonic()
    for patient, second in _turns(load.patients, began_s):
        if stopping:
            break
        wards[patient // _A_WARD].tell(patient, second)
    elapsed_s = time.monotonic() - began_s
    told = Told(
        sent=sum(ward.sent for ward in wards),
        acknowledged=sum(ward.acknowledged for ward in wards),
        elapsed_s=elapsed_s,
    )
    for ward in wards:
        ward.close()
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def _turns(patients: int, began_s: float) -> Iterator[tuple[int, int]]:
    """Yield whose turn it is, and in which second, when it is."""
    for turn in count():
        wait_s = began_s + turn / patients - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        yield turn % patients, turn // patients


if __name__ == "__main__":
    main(sys.argv[1])
