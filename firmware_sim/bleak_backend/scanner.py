"""bleak's scanner on bumble."""

from typing import Any, Literal

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bumble.core import AdvertisingData
from bumble.device import Advertisement

from firmware_sim.bleak_backend.adapter import BumbleAdapter
from firmware_sim.bleak_backend.discovery import uuid_text

__all__ = ["BumbleScanner"]


class BumbleScanner(BaseBleakScanner):
    """Turns advertisements into bleak's devices and advertisement data."""

    def __init__(
        self,
        adapter: BumbleAdapter,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"] = "active",
        **_platform: Any,  # noqa: ANN401 - other platforms' options
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._adapter = adapter
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        await self._adapter.start_scan(self._on_advertisement, active=self._active)

    async def stop(self) -> None:
        """Stop scanning."""
        await self._adapter.stop_scan(self._on_advertisement)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        data = _advertisement_data(advertisement)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(False)
        name = data.local_name or address.replace(":", "-")
        device = self.create_or_update_device(address, address, name, advertisement.address, data)
        self.call_detection_callbacks(device, data)


_SERVICE_LISTS = (
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_SERVICE_DATA = (
    AdvertisingData.SERVICE_DATA_16_BIT_UUID,
    AdvertisingData.SERVICE_DATA_32_BIT_UUID,
    AdvertisingData.SERVICE_DATA_128_BIT_UUID,
)


def _advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    def fields(*types: AdvertisingData.Type) -> list[Any]:
        return [value for kind in types for value in advertisement.data.get_all(kind)]

    names = fields(AdvertisingData.COMPLETE_LOCAL_NAME, AdvertisingData.SHORTENED_LOCAL_NAME)
    services = (uuid for uuids in fields(*_SERVICE_LISTS) for uuid in uuids)
    powers = fields(AdvertisingData.TX_POWER_LEVEL)
    return AdvertisementData(
        local_name=names[0] if names else None,
        manufacturer_data=dict(fields(AdvertisingData.MANUFACTURER_SPECIFIC_DATA)),
        service_data={uuid_text(uuid): value for uuid, value in fields(*_SERVICE_DATA)},
        service_uuids=list(dict.fromkeys(map(uuid_text, services))),  # an active scan hears them twice
        tx_power=powers[0] if powers else None,
        rssi=advertisement.rssi,
        platform_data=(advertisement,),
    )
