"""A patient's devices as they last reported."""

from pydantic import BaseModel, Field

from cloud.access.guards import PatientVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso_or_none
from cloud.ports import Device

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
    received: str | None = Field(description="When that arrived here.")


class DevicesOut(BaseModel):
    """The devices a patient wears now."""

    devices: list[DeviceOut]


@router.get("/api/v1/patients/{patient_id}/devices", responses=problems(503))
def devices(visit: PatientVisit, services: ServicesOf) -> DevicesOut:
    """List the devices bound to a patient now."""
    return DevicesOut(devices=[_device_out(each) for each in services.directory.devices_of(visit.patient.id)])


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
