"""`org.bluez.Adapter1`: scans for its clients, and knows the devices it has heard."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from bumble import hci
from bumble.device import Advertisement

from firmware_sim.bluez.advertised import advertised_uuids
from firmware_sim.bluez.device import Device, device_path
from firmware_sim.bluez.errors import bluez_errors, does_not_exist, failed, in_progress, not_ready
from firmware_sim.bluez.host import BluetoothHost
from firmware_sim.bluez.object_tree import ObjectTree
from firmware_sim.bluez.objects import BusObject, Call, method

__all__ = ["Adapter"]


class Adapter(BusObject):
    """The one adapter; scans while any client discovers, and hears what any of their filters lets through."""

    INTERFACE = "org.bluez.Adapter1"
    PROPERTIES: ClassVar[Mapping[str, str]] = {
        "Address": "s",
        "AddressType": "s",
        "Name": "s",
        "Alias": "s",
        "Powered": "b",
        "Discovering": "b",
        "Pairable": "b",
        "UUIDs": "as",
        "Roles": "as",
    }
    WRITABLE = frozenset({"Alias", "Pairable", "Powered"})

    def __init__(self, path: str, *, tree: ObjectTree, host: BluetoothHost) -> None:
        super().__init__(
            path,
            Address=_ADDRESS,
            AddressType="public",
            Name="carewire",
            Alias="carewire",
            Powered=True,
            Discovering=False,
            Pairable=True,
            UUIDs=[],
            Roles=["central"],
        )
        self._tree = tree
        self._host = host
        self._devices: dict[str, Device] = {}
        self._filters: dict[str, Mapping[str, Any]] = {}
        self._discovering: set[str] = set()
        host.listen(self._on_advertisement)

    def know(self, addresses: Iterable[hci.Address]) -> None:
        """Show the devices there are bonds with, whether they are near or not."""
        for address in addresses:
            self._add(address, bonded=True)

    def forget_all(self) -> None:
        """Show no device any more: the adapter itself is about to go."""
        for device in self._devices.values():
            device.lose()
            self._tree.remove(device)
        self._devices.clear()

    @method("SetDiscoveryFilter", takes="a{sv}")
    async def _set_filter(self, call: Call) -> None:
        (rules,) = call.arguments
        self._filters.pop(call.sender, None)
        if rules:
            self._filters[call.sender] = rules

    @method("StartDiscovery")
    async def _start_discovery(self, call: Call) -> None:
        if not self.get("Powered"):
            raise not_ready()
        if call.sender in self._discovering:
            raise in_progress()
        self._discovering.add(call.sender)
        await self._scan()

    @method("StopDiscovery")
    async def _stop_discovery(self, call: Call) -> None:
        if not self.get("Powered"):
            raise not_ready()
        if call.sender not in self._discovering:
            raise failed("No discovery started")
        self._discovering.discard(call.sender)
        await self._scan()

    @method("RemoveDevice", takes="o")
    async def _remove_device(self, call: Call) -> None:
        device = self._devices.pop(call.arguments[0], None)
        if device is None:
            raise does_not_exist()
        await device.let_go()
        await self._host.forget(device.address)
        self._tree.remove(device)

    async def write(self, name: str, value: object) -> None:
        """Set a property; setting `Powered` switches the adapter."""
        if name == "Powered" and value != self.get("Powered"):
            self._discovering.clear()
            await (self._host.power_on() if value else self._host.power_off())
            self.set(Discovering=False)
        await super().write(name, value)

    def client_gone(self, client: str) -> None:
        """End the client's discovery; its links stay."""
        self._filters.pop(client, None)
        if client in self._discovering:
            self._discovering.discard(client)
            self._tree.spawn(self._scan())

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        """Show or refresh the device that advertises, if a discovering client is interested."""
        if not self._is_wanted(advertised_uuids(advertisement)):
            return
        device = self._devices.get(device_path(self.path, advertisement.address))
        if device is None:
            device = self._add(advertisement.address, bonded=False)
        device.hear(advertisement)

    async def _scan(self) -> None:
        """Scan if and only if somebody discovers."""
        wanted = bool(self._discovering)
        with bluez_errors():
            await self._host.scan(active=wanted)
        self.set(Discovering=wanted)
        if not wanted:
            for device in self._devices.values():
                device.unheard()

    def _is_wanted(self, uuids: set[str]) -> bool:
        """Return whether a client discovers without a filter of services, or one whose filter this passes."""
        rules = [self._filters.get(client, {}).get("UUIDs") for client in self._discovering]
        return any(rule is None or not uuids.isdisjoint(map(str.lower, rule.value)) for rule in rules)

    def _add(self, address: hci.Address, *, bonded: bool) -> Device:
        device = Device(address, adapter_path=self.path, tree=self._tree, host=self._host, bonded=bonded)
        self._devices[device.path] = device
        self._tree.export(device)
        return device


_ADDRESS: Final = "00:CA:4E:02:00:01"
