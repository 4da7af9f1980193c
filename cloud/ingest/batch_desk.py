"""Batches that come by HTTP: into the same inbox as the broker's, with the answer once it is durable.

What waits is bounded: so many requests together, and fewer of one gateway, so that none crowds out
the others. Nobody waits for ever: a request the store does not decide in time is told to come again,
and what it brought may be stored meanwhile, which makes the second one a duplicate.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from cloud.ingest.inbox import Inbox
from cloud.ports import Delivery
from vitals.clock import Clock
from vitals.errors import DeliveryError, EnvelopeError, StorageError
from vitals.wire.envelope import Ack, ContentType

__all__ = ["MOST_AT_ONCE", "MOST_OF_ONE_GATEWAY", "BatchDesk", "CrowdedError"]

MOST_AT_ONCE: Final = 64
MOST_OF_ONE_GATEWAY: Final = 8
PATIENCE_S: Final = 8.0
"""How long, in real seconds, a request waits for the store: less than a gateway waits for an answer."""


class CrowdedError(DeliveryError):
    """Too many batches wait already; nothing was taken."""


@dataclass(slots=True, kw_only=True)
class BatchDesk:
    """Belongs to one event loop; the worker's thread answers."""

    inbox: Inbox
    clock: Clock
    most_at_once: int = MOST_AT_ONCE
    most_of_one_gateway: int = MOST_OF_ONE_GATEWAY
    patience_s: float = PATIENCE_S
    _present: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def place(self, gateway: str) -> AsyncIterator[None]:
        """Give a request a place, to be taken before its body is read: what is read here is bounded.

        Raises
        ------
        CrowdedError
            There is none.
        """
        is_full = self._present.total() >= self.most_at_once
        if is_full or self._present[gateway] >= self.most_of_one_gateway:
            raise CrowdedError(
                "too many batches wait to be stored: send fewer at once, and again in a moment"
            )
        self._present[gateway] += 1
        try:
            yield
        finally:
            self._present[gateway] -= 1
            self._present += Counter()  # forget those of whom none is here

    @property
    def present(self) -> int:
        """How many requests have a place."""
        return self._present.total()

    async def store(self, gateway: str, payload: bytes, kind: ContentType) -> Ack:
        """Return what became durable of a batch.

        Raises
        ------
        EnvelopeError
            It was set aside whole: none of it can be told by a seq.
        StorageError
            Nothing is known to be durable: it is to come again.
        """
        reply = _Reply(loop=asyncio.get_running_loop())
        delivery = Delivery(
            gateway=gateway,
            payload=payload,
            content_type=str(kind),
            received_ms=self.clock.wall_ms(),
            acknowledge=reply.release,
            reply=reply,
        )
        if not self.inbox.offer(delivery):
            raise StorageError("the store does not keep up: nothing was taken; send it again in a moment")
        try:
            async with asyncio.timeout(self.patience_s):
                await reply.released.wait()
        except TimeoutError:
            raise StorageError("the store takes too long: send the batch again in a moment") from None
        return reply.whole()


@dataclass(slots=True, kw_only=True, eq=False)
class _Reply:
    """The AckSender of one request: gathers what the worker says until the delivery is released."""

    loop: asyncio.AbstractEventLoop
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _acks: list[Ack] = field(default_factory=list)

    def send(self, gateway: str, ack: Ack, kind: ContentType = ContentType.MSGPACK) -> None:
        """Keep one part of the answer, on the worker's thread; the request knows gateway and encoding."""
        del gateway, kind
        self._acks.append(ack)

    def release(self) -> None:
        """Say, on the worker's thread, that the answer is complete."""
        with suppress(RuntimeError):  # the loop has ended, and whoever asked is gone
            self.loop.call_soon_threadsafe(self.released.set)

    def whole(self) -> Ack:
        """Return the parts as one answer."""
        if not self._acks:
            raise EnvelopeError(
                "no batch can be read in this: it is kept in quarantine; see docs/wire.schema.json"
            )
        return Ack(
            epoch=self._acks[0].epoch,
            stored=[span for ack in self._acks for span in ack.stored],
            quarantined=[aside for ack in self._acks for aside in ack.quarantined],
        )
