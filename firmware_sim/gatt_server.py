"""A wearable's GATT services, built from one declarative row each and served through bumble."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bumble import att, gatt_server
from bumble.core import UUID, InvalidStateError
from bumble.device import Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Service,
)

from firmware_sim.moment import Moment

__all__ = ["CharacteristicRow", "GattServer", "Properties", "Read", "ServiceRow", "Write"]

Properties = Characteristic.Properties
Read = Callable[[Moment], bytes]
Write = Callable[[bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacteristicRow:
    """One characteristic: what may be done with it, and what reading it tells.

    `value` is a value that never changes; `read` tells one that does. With `needs_bond`, nothing can be read,
    written or subscribed to over a link that is not encrypted.
    """

    uuid: str
    properties: Properties
    value: bytes = b""
    read: Read | None = None
    needs_bond: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """One service and its characteristics, in handle order."""

    uuid: str
    characteristics: tuple[CharacteristicRow, ...]


class GattServer:
    """The rows, served: `now` is what is read of, writes go to the functions by UUID, values to who asked."""

    def __init__(
        self,
        device: Device,
        rows: tuple[ServiceRow, ...],
        *,
        now: Callable[[], Moment],
        writes: Mapping[str, Write],
        on_subscription: Callable[[str], None],
    ) -> None:
        self._device = device
        self._rows = rows
        self._now = now
        self._writes = writes
        self._on_subscription = on_subscription
        self._characteristics: dict[str, Characteristic[bytes]] = {}
        self.publish()

    def publish(self, *, hidden: frozenset[str] = frozenset()) -> None:
        """Build the attribute table anew, without the hidden characteristics; handles move with it."""
        self._characteristics = {
            row.uuid: self._characteristic(row)
            for service in self._rows
            for row in service.characteristics
            if row.uuid not in hidden
        }
        self._device.gatt_server = gatt_server.Server(self._device)
        self._device.add_default_services()
        self._device.add_services(
            Service(
                UUID(service.uuid),
                [
                    self._characteristics[row.uuid]
                    for row in service.characteristics
                    if row.uuid in self._characteristics
                ],
            )
            for service in self._rows
        )
        for service in self._rows:
            for row in service.characteristics:
                if row.needs_bond and row.uuid in self._characteristics:
                    self._guard_subscription(self._characteristics[row.uuid])

    def is_subscribed(self, uuid: str) -> bool:
        """Return whether any central asked for notifications or indications of the characteristic."""
        return any(self._asked(connection, uuid) for connection in self._connections())

    def notification_octets(self, uuid: str) -> int:
        """Return how long a notified value may be for all that subscribed: their smallest ATT_MTU less 3."""
        subscribed = [connection for connection in self._connections() if self._asked(connection, uuid)]
        return min((int(connection.att_mtu) for connection in subscribed), default=_SMALLEST_MTU) - 3

    async def tell(self, uuid: str, value: bytes) -> None:
        """Notify or indicate to every subscribed central, whichever the characteristic has.

        Raises
        ------
        InvalidStateError
            A central did not confirm in time.
        """
        if Properties.INDICATE in self._characteristics[uuid].properties:
            await self.indicate(uuid, value)
        else:
            await self.notify(uuid, value)

    async def notify(self, uuid: str, value: bytes) -> None:
        """Notify every subscribed central."""
        for connection in self._connections():
            if self._asked(connection, uuid):
                await self._device.notify_subscriber(connection, self._characteristics[uuid], value)

    async def indicate(self, uuid: str, value: bytes) -> None:
        """Indicate to every subscribed central, and wait for their confirmations.

        Raises
        ------
        InvalidStateError
            A central did not confirm in time.
        """
        for connection in self._connections():
            if self._asked(connection, uuid):
                try:
                    await self._device.indicate_subscriber(connection, self._characteristics[uuid], value)
                except TimeoutError as error:
                    raise InvalidStateError(f"{uuid}: the indication was not confirmed") from error

    def _connections(self) -> list[Connection]:
        return list(self._device.connections.values())

    def _asked(self, connection: Connection, uuid: str) -> bool:
        characteristic = self._characteristics.get(uuid)
        subscriptions = self._device.gatt_server.subscribers.get(connection, {})
        return characteristic is not None and any(subscriptions.get(characteristic.handle, b""))

    def _characteristic(self, row: CharacteristicRow) -> Characteristic[bytes]:
        permissions = Permissions(0)
        if Properties.READ in row.properties:
            permissions |= Permissions.READABLE
        if row.properties & (Properties.WRITE | Properties.WRITE_WITHOUT_RESPONSE):
            permissions |= Permissions.WRITEABLE
        if row.needs_bond:
            permissions |= _ENCRYPTED
        characteristic = Characteristic(UUID(row.uuid), row.properties, permissions, self._value(row))
        characteristic.on(characteristic.EVENT_SUBSCRIPTION, lambda *_: self._on_subscription(row.uuid))
        return characteristic

    def _value(self, row: CharacteristicRow) -> bytes | CharacteristicValue[bytes]:
        read, write = row.read, self._writes.get(row.uuid)
        if read is None and write is None:
            return row.value
        return CharacteristicValue(
            read=lambda _connection: read(self._now()) if read is not None else row.value,
            write=lambda _connection, value: write(value) if write is not None else None,
        )

    def _guard_subscription(self, characteristic: Characteristic[bytes]) -> None:
        """Ask for encryption of who subscribes too: bumble makes this descriptor, and leaves it open."""
        server = self._device.gatt_server
        for handle in range(characteristic.handle + 1, characteristic.end_group_handle + 1):
            attribute = server.get_attribute(handle)
            if attribute is not None and attribute.type == _SUBSCRIPTION:
                attribute.permissions |= att.Attribute.Permissions.WRITE_REQUIRES_ENCRYPTION


Permissions = Characteristic.Permissions
_ENCRYPTED: Final = Permissions.READ_REQUIRES_ENCRYPTION | Permissions.WRITE_REQUIRES_ENCRYPTION
_SUBSCRIPTION: Final = GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR
_SMALLEST_MTU: Final = 23
