"""How a wearable's messages leave it: encoded, spoiled as its faults have it, sent, and noted in the book."""

from collections.abc import Sequence
from random import Random

import structlog
from bumble.core import BaseBumbleError

from firmware_sim.book import Book, Entry
from firmware_sim.faults import Fault
from firmware_sim.gatt_server import GattServer
from firmware_sim.lifetime import Lifetime
from firmware_sim.samplers import Stretch
from vitals.gatt.registry import CODECS

__all__ = ["Teller"]

_log = structlog.get_logger()


class Teller:
    """One wearable's."""

    def __init__(
        self, gatt: GattServer, *, address: str, lifetime: Lifetime, book: Book, chance: Random
    ) -> None:
        self._faults: tuple[Fault, ...] = ()
        self._gatt = gatt
        self._address = address
        self._lifetime = lifetime
        self._book = book
        self._chance = chance

    def suffer(self, faults: Sequence[Fault]) -> None:
        """Let these faults, and no others, spoil what is sent from now on."""
        self._faults = tuple(faults)

    def is_heard(self, uuid: str) -> bool:
        """Whether anybody has subscribed."""
        return self._gatt.is_subscribed(uuid)

    async def tell(self, uuid: str, message: object, at_s: float, *, sequence: int | None = None) -> bool:
        """Send a message to who listens; return whether it came out whole, and confirmed if need be."""
        sent = self.is_heard(uuid) and await self._send(uuid, CODECS[uuid].encode(message))
        self.note(uuid, message, at_s, sequence=sequence, sent=sent)
        return sent

    def note(
        self, uuid: str, message: object, at_s: float, *, sequence: int | None = None, sent: bool = False
    ) -> None:
        """Write a line into the book: as the message reads on the other side, its numbers rounded."""
        if not self._book.is_kept:
            return
        codec = CODECS[uuid]
        values = message if isinstance(message, Stretch) else codec.decode(codec.encode(message))
        self._book.write(
            Entry(
                device=self._address,
                uuid=uuid,
                sequence=sequence,
                lived_s=at_s,
                wall_ms=self._lifetime.wall_ms(at_s),
                sent=sent,
                values=values,
            )
        )

    async def _send(self, uuid: str, value: bytes) -> bool:
        values: tuple[bytes, ...] = (value,)
        for fault in self._faults:
            values = tuple(sent for one in values for sent in fault.sends(uuid, one, self._chance))
        try:
            for one in values:
                await self._gatt.tell(uuid, one)
        except BaseBumbleError as error:
            _log.warning("wearable.untold", wearable=self._address, uuid=uuid, error=repr(error))
            return False
        return value in values
