"""An `Uplink` in memory: the test plays the broker and the cloud."""

import asyncio
from collections.abc import Callable, Mapping

from edge.sending.uplink import RECEIVED, AckArrived, LinkDown, LinkEvent, LinkUp, LivenessArrived, Received
from vitals.errors import DeliveryError
from vitals.wire.envelope import MAX_BATCH_BYTES, Ack, Batch, decode_batch, encode_ack


class FakeUplink:
    def __init__(self) -> None:
        self.sent: list[tuple[int, Batch]] = []
        self.restarts: list[str] = []
        self.is_up = False
        self._on_event: Callable[[LinkEvent], None] = lambda _event: None

    async def run(self, on_event: Callable[[LinkEvent], None]) -> None:
        self._on_event = on_event
        await asyncio.Event().wait()

    def send(self, payload: bytes, *, ticket: int) -> None:
        if not self.is_up:
            raise DeliveryError("the link is down: wait for LinkUp")
        self.sent.append((ticket, decode_batch(payload)))

    def restart(self, reason: str) -> None:
        self.restarts.append(reason)
        self.go_down()

    @property
    def counters(self) -> Mapping[str, int]:
        return {}

    # --- What the test does -----------------------------------------------------------------

    def come_up(self, max_payload_bytes: int = MAX_BATCH_BYTES) -> None:
        self.is_up = True
        self._on_event(LinkUp(max_payload_bytes=max_payload_bytes))

    def go_down(self) -> None:
        self.is_up = False
        self._on_event(LinkDown(reason="test"))

    def answer(self, ticket: int, reason_code: int = RECEIVED) -> None:
        self._on_event(Received(ticket=ticket, reason_code=reason_code))

    def say(self, payload: bytes, content_type: str | None = None) -> None:
        self._on_event(AckArrived(payload=payload, content_type=content_type))

    def tell_liveness(self, payload: bytes) -> None:
        self._on_event(LivenessArrived(payload=payload, content_type=None))

    def acknowledge(self, batch: Batch) -> None:
        last = batch.first_seq + len(batch.records) - 1
        self.say(encode_ack(Ack(epoch=batch.epoch, stored=[(batch.first_seq, last)])))
