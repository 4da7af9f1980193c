"""BlueZ's adapter beneath bleak: what recovery takes hold of, and bleak has no call for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from dbus_fast import Variant

from edge.adapters.bluez.bus import BluezBus, RefusedError, bluez_bus
from edge.config import device_id
from vitals.errors import DeviceError

__all__ = ["BluezAdapter", "BluezDevice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BluezDevice:
    """One device that BlueZ knows."""

    path: str
    device: str
    is_bonded: bool


class BluezAdapter:
    """One adapter; each call has a connection to the message bus of its own, for they are rare."""

    def __init__(self, name: str | None, *, limit_s: float) -> None:
        """`name` is hci0 or the like; unset, the first that is switched on. A step may take `limit_s`."""
        self._name = name
        self._limit_s = limit_s

    async def known_devices(self) -> Sequence[BluezDevice]:
        """Return every device of the adapter."""
        async with bluez_bus(limit_s=self._limit_s) as bus:
            return await self._devices(bus)

    async def disconnect(self, device: str) -> None:
        """End the link to a device, or the attempt to make one."""
        async with bluez_bus(limit_s=self._limit_s) as bus:
            if (known := await self._known(bus, device)) is not None:
                with _if_there_is_any():
                    await bus.call(known.path, f"{_DEVICE}.Disconnect")

    async def remove_device(self, device: str) -> None:
        """Forget a device: its link, its services and its bond."""
        async with bluez_bus(limit_s=self._limit_s) as bus:
            if (known := await self._known(bus, device)) is not None:
                adapter_path = known.path.rpartition("/")[0]
                with _if_there_is_any():
                    await bus.call(adapter_path, f"{_ADAPTER}.RemoveDevice", "o", [known.path])

    async def power_cycle(self) -> None:
        """Switch the adapter off and on: every link is lost."""
        async with bluez_bus(limit_s=self._limit_s) as bus:
            path = self._path_in(await _objects(bus))
            for on in (False, True):
                body = [_ADAPTER, "Powered", Variant("b", on)]
                await bus.call(path, "org.freedesktop.DBus.Properties.Set", "ssv", body)

    async def _known(self, bus: BluezBus, device: str) -> BluezDevice | None:
        return next((known for known in await self._devices(bus) if known.device == device), None)

    async def _devices(self, bus: BluezBus) -> list[BluezDevice]:
        objects = await _objects(bus)
        adapter_path = self._path_in(objects)
        rows = ((path, interfaces.get(_DEVICE)) for path, interfaces in objects.items())
        return [
            _device(path, row)
            for path, row in rows
            if row is not None and row["Adapter"].value == adapter_path
        ]

    def _path_in(self, objects: "_Objects") -> str:
        """Return where the adapter is: the one that is named, or the first that is on, or the first."""
        is_on = {
            path: bool(interfaces[_ADAPTER]["Powered"].value)
            for path, interfaces in sorted(objects.items())
            if _ADAPTER in interfaces
        }
        path = f"/org/bluez/{self._name}" if self._name else max(is_on, key=is_on.__getitem__, default=None)
        if path is None or path not in is_on:
            raise DeviceError(f"BlueZ has no adapter {self._name or 'at all'}: check that it is plugged in")
        return path


_ADAPTER: Final = "org.bluez.Adapter1"
_DEVICE: Final = "org.bluez.Device1"
_NOTHING_TO_DO: Final = {
    "org.bluez.Error.NotConnected",
    "org.bluez.Error.DoesNotExist",
    "org.freedesktop.DBus.Error.UnknownObject",
}

_Objects = Mapping[str, Mapping[str, Mapping[str, Variant]]]


async def _objects(bus: BluezBus) -> _Objects:
    (objects,) = await bus.call("/", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    return objects  # type: ignore[no-any-return]  # a{oa{sa{sv}}}


def _device(path: str, row: Mapping[str, Variant]) -> BluezDevice:
    bonded = row.get("Bonded", row.get("Paired"))  # BlueZ before 5.65 has no Bonded
    return BluezDevice(
        path=path,
        device=device_id(str(row["Address"].value)),
        is_bonded=bonded is not None and bool(bonded.value),
    )


@contextmanager
def _if_there_is_any() -> Iterator[None]:
    """Pass over the refusals that say that there is nothing to end."""
    try:
        yield
    except RefusedError as error:
        if error.name not in _NOTHING_TO_DO:
            raise
