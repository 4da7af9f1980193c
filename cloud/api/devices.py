"""A patient's devices as they last reported."""

from dataclasses import replace

from pydantic import BaseModel, Field

from cloud.access.guards import VitalsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso_or_none
from cloud.ports import Device, Patient
from cloud.services import Services

router = policed_router("devices")


class DeviceOut(BaseModel):
    """A wearable; null means not known."""

    id: str
    gateway: str
    link: str | None
    model: str | None
    battery_percent: int | None
    on_body: bool | None
    reported: str | None = Field(description="When it said so, on the gateway's clock.")
    received: str | None = Field(description="When anything of it last arrived here.")


class DevicesOut(BaseModel):
    """The devices a patient wears now."""

    devices: list[DeviceOut]


@router.get("/api/v1/patients/{patient_id}/devices", responses=problems(503))
def devices(visit: VitalsVisit, services: ServicesOf) -> DevicesOut:
    """List the devices bound to a patient now."""
    return DevicesOut(devices=[_device_out(each) for each in heard_devices(services, visit.patient)])


def heard_devices(services: Services, patient: Patient) -> list[Device]:
    """Return a patient's devices; `received_ms` counts whatever last came from each, not reports alone."""
    heard = {each.device: each.received_ms for each in services.gateways.heard_devices()}
    return [
        replace(device, received_ms=max(device.received_ms or 0, heard.get(device.id, 0)) or None)
        for device in services.directory.devices_of(patient.id)
    ]


def _device_out(device: Device) -> DeviceOut:
    return DeviceOut(
        id=device.id,
        gateway=device.gateway,
        link=device.link,
        model=device.model,
        battery_percent=device.battery_percent,
        on_body=device.on_body,
        reported=iso_or_none(device.reported_ms),
        received=iso_or_none(device.received_ms),
    )
