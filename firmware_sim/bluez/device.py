"""`org.bluez.Device1`: a wearable that was heard, or that there is a bond with."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar, Final, TypeVar

import structlog
from bumble import core, hci
from bumble.device import Advertisement, Connection, Peer

from firmware_sim.bluez.advertised import advertised_properties, advertised_uuids
from firmware_sim.bluez.errors import (
    already_exists,
    authentication_failed,
    bluez_errors,
    does_not_exist,
    failed,
    in_progress,
    not_connected,
    not_ready,
)
from firmware_sim.bluez.gatt import Characteristic, Descriptor, Service
from firmware_sim.bluez.host import BluetoothHost
from firmware_sim.bluez.object_tree import ObjectTree
from firmware_sim.bluez.objects import BusObject, Call, method
from firmware_sim.bluez.uuid_text import uuid_text

__all__ = ["Device", "device_path"]

_log = structlog.get_logger()
_Attribute = TypeVar("_Attribute", bound=BusObject)


def device_path(adapter_path: str, address: hci.Address) -> str:
    """Return the path of the device at an address."""
    return f"{adapter_path}/dev_{address.to_string(False).replace(':', '_')}"


class Device(BusObject):
    """Connects, pairs, and shows its services while it is connected."""

    INTERFACE = "org.bluez.Device1"
    PROPERTIES: ClassVar[Mapping[str, str]] = {
        "Address": "s",
        "AddressType": "s",
        "Name": "s",
        "Alias": "s",
        "Adapter": "o",
        "RSSI": "n",
        "TxPower": "n",
        "UUIDs": "as",
        "ManufacturerData": "a{qv}",
        "ServiceData": "a{sv}",
        "Connected": "b",
        "ServicesResolved": "b",
        "Paired": "b",
        "Bonded": "b",
        "Trusted": "b",
        "Blocked": "b",
        "LegacyPairing": "b",
    }
    WRITABLE = frozenset({"Alias", "Trusted", "Blocked"})

    def __init__(
        self, address: hci.Address, *, adapter_path: str, tree: ObjectTree, host: BluetoothHost, bonded: bool
    ) -> None:
        text = address.to_string(False)
        super().__init__(
            device_path(adapter_path, address),
            Address=text,
            AddressType="public" if address.is_public else "random",
            Alias=text.replace(":", "-"),
            Adapter=adapter_path,
            UUIDs=[],
            Connected=False,
            ServicesResolved=False,
            Paired=bonded,
            Bonded=bonded,
            Trusted=False,
            Blocked=False,
            LegacyPairing=False,
        )
        self.address = address
        self._tree = tree
        self._host = host
        self._link: Connection | None = None
        self._attempt: asyncio.Task[Connection] | None = None
        self._attributes: list[BusObject] = []
        self._told_s = float("-inf")

    def hear(self, advertisement: Advertisement) -> None:
        """Take what it advertises, and tell that it was heard, though not each time."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            said = advertised_properties(advertisement)
            rssi = said.pop("RSSI")
            self._learn_services(advertised_uuids(advertisement))
            self.set(**said)
            self.tell(RSSI=rssi)  # unchanged or not: this is how a scanner notices that it is there

    def unheard(self) -> None:
        """Take away what only holds while somebody listens: the discovery is over."""
        self._told_s = float("-inf")
        self.drop("RSSI", "TxPower")

    def lose(self) -> None:
        """Take the link as lost, if there is one: its adapter is gone."""
        if self._link is not None:
            self._on_disconnection()

    @method("Connect")
    async def _on_connect(self, _: Call) -> None:
        if self._link is None:
            await self._connect()

    @method("Disconnect")
    async def _disconnect(self, _: Call) -> None:
        if self._attempt is None and self._link is None:
            raise not_connected()
        await self.let_go()

    async def let_go(self) -> None:
        """End the link or the attempt to make one, if there is either."""
        if self._attempt is not None:
            self._attempt.cancel()
        elif self._link is not None:
            with suppress(core.BaseBumbleError, hci.HCI_Error):
                await self._link.disconnect()

    @method("Pair")
    async def _pair(self, _: Call) -> None:
        if self.get("Paired"):
            raise already_exists()
        if self._link is None:
            await self._connect()
        assert self._link is not None  # noqa: S101 - or connecting had raised
        try:
            await self._link.pair()
        except (core.BaseBumbleError, hci.HCI_Error, asyncio.CancelledError) as error:
            _log.info("bluez.pairing_failed", error=repr(error))
            raise authentication_failed() from error

    @method("CancelPairing")
    async def _cancel_pairing(self, _: Call) -> None:
        raise does_not_exist()

    async def _connect(self) -> None:
        if not self._host.is_powered:
            raise not_ready()
        if self._attempt is not None:
            raise in_progress()
        self._attempt = asyncio.get_running_loop().create_task(self._host.connect(self.address))
        try:
            with bluez_errors():
                link = await asyncio.shield(self._attempt)
        except TimeoutError:
            raise failed("le-connection-timeout") from None
        except asyncio.CancelledError:
            self._attempt.cancel()  # unless it is what was cancelled
            raise failed("le-connection-canceled") from None
        finally:
            self._attempt = None
        self._attach(link)
        self._tree.spawn(self._prepare(link))

    def _attach(self, link: Connection) -> None:
        self._link = link
        link.on(link.EVENT_DISCONNECTION, lambda _reason: self._on_disconnection())
        link.on(link.EVENT_PAIRING, lambda _keys: self.set(Paired=True, Bonded=True))
        self.set(Connected=True)

    async def _prepare(self, link: Connection) -> None:
        """Encrypt the link of a bond, and show the services; a link where that fails is ended."""
        try:
            async with asyncio.timeout(_PREPARE_S):
                if self.get("Bonded"):
                    await link.encrypt()
                await self._resolve(link)
        except (core.BaseBumbleError, hci.HCI_Error, TimeoutError) as error:
            _log.info("bluez.link_unusable", error=repr(error))
            with suppress(core.BaseBumbleError, hci.HCI_Error):
                await link.disconnect()

    async def _resolve(self, link: Connection) -> None:
        peer = Peer(link)
        await peer.request_mtu(_LARGEST_MTU)
        services = await peer.discover_services()
        for proxy in services:
            service = self._show(Service(proxy, self.path))
            for characteristic_proxy in await proxy.discover_characteristics():
                characteristic = self._show(
                    Characteristic(characteristic_proxy, service, mtu=link.att_mtu, spawn=self._tree.spawn)
                )
                for descriptor_proxy in await characteristic_proxy.discover_descriptors():
                    self._show(Descriptor(descriptor_proxy, characteristic))
        self._learn_services({uuid_text(proxy.uuid) for proxy in services})
        self.set(ServicesResolved=True)

    def _show(self, attribute: _Attribute) -> _Attribute:
        self._attributes.append(attribute)
        self._tree.export(attribute)
        return attribute

    def _learn_services(self, uuids: set[str]) -> None:
        self.set(UUIDs=sorted({*self.get("UUIDs"), *uuids}))

    def _on_disconnection(self) -> None:
        self._link = None
        self.set(ServicesResolved=False)
        for attribute in reversed(self._attributes):
            if isinstance(attribute, Characteristic):
                attribute.close()
            self._tree.remove(attribute)
        self._attributes.clear()
        self.set(Connected=False)


_TELL_EVERY_S: Final = 0.5
_PREPARE_S: Final = 30.0
_LARGEST_MTU: Final = 517
