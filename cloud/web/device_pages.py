"""The page of a patient's devices: which are worn and heard, and what to do about each that is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from cloud.access.guards import VitalsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.devices import heard_devices
from cloud.api.routes import policed_router
from cloud.ports import Device
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

__all__ = ["Trouble", "device_row", "router"]

router = policed_router("device-pages", documented=False)

LOW_PERCENT: Final = 15
_AWAY: Final = frozenset({"disconnected", "silent"})


class Trouble(StrEnum):
    """What is not well with a device."""

    NEVER_HEARD = "never-heard"
    QUIET = "quiet"
    OFF_BODY = "off-body"
    OUT_OF_REACH = "out-of-reach"
    BATTERY_LOW = "battery-low"


_STEPS: Final[Mapping[Trouble, tuple[str, ...]]] = MappingProxyType(
    {
        Trouble.NEVER_HEARD: (
            N_("Put the sensor on, and wait a minute: many switch on only when worn."),
            N_("Bring it within two metres of the gateway, the small box that is always on."),
            N_("If nothing comes after five minutes, ask whoever runs Carewire for you to bind it again."),
        ),
        Trouble.QUIET: (
            N_("Look whether the gateway, the small box, has its light on. If not, plug it in."),
            N_("Put the sensor on and go near the gateway. Wait two minutes."),
            N_("Change or charge the sensor's battery."),
            N_("If nothing comes then, ask whoever runs Carewire for you."),
        ),
        Trouble.OFF_BODY: (
            N_("Moisten the two dark patches of the strap with water."),
            N_("Fasten it below the chest, so tight that it does not slip. The sensor sits in the middle."),
            N_("Wait a minute: it says “worn” here then."),
        ),
        Trouble.OUT_OF_REACH: (
            N_("Go nearer to the gateway: two rooms are far, and thick walls make it farther."),
            N_("Keep the sensor's side of your body towards it for a minute."),
            N_("If it stays out of reach, change or charge its battery."),
        ),
        Trouble.BATTERY_LOW: (
            N_("Take the sensor off its strap."),
            N_("Charge it, or open its back with a coin and change the round battery; the + side faces you."),
            N_("Put it on again, and wait a minute."),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A device, and what to do about it, step by step; no steps: it is well."""

    device: Device
    trouble: Trouble | None
    steps: tuple[Sentence, ...]


@router.get("/patients/{patient_id}/devices")
def devices_page(visit: VitalsVisit, services: ServicesOf) -> Response:
    """Show the devices that a patient wears now, those that need something first."""
    now_ms = services.clock.wall_ms()
    rows = [device_row(each, now_ms) for each in heard_devices(services, visit.patient)]
    rows.sort(key=lambda row: row.trouble is None)
    return render(
        "devices.html",
        viewer=visit.viewer,
        patient=visit.patient,
        rows=rows,
        troubled=_troubled(rows),
        now_ms=now_ms,
    )


def device_row(device: Device, now_ms: int) -> DeviceRow:
    """Return what to do about a device: the first thing that keeps it from measuring."""
    trouble = _trouble(device, now_ms)
    steps = () if trouble is None else tuple(Sentence(message=each) for each in _STEPS[trouble])
    return DeviceRow(device=device, trouble=trouble, steps=steps)


def _troubled(rows: Sequence[DeviceRow]) -> int:
    return sum(1 for row in rows if row.trouble is not None)


def _trouble(device: Device, now_ms: int) -> Trouble | None:
    if device.received_ms is None:
        return Trouble.NEVER_HEARD
    is_quiet = now_ms - device.received_ms > QUIET_AFTER_MS and device.link != "away"
    is_low = device.battery_percent is not None and device.battery_percent <= LOW_PERCENT
    found = (
        (is_quiet, Trouble.QUIET),
        (device.on_body is False, Trouble.OFF_BODY),
        (device.link in _AWAY, Trouble.OUT_OF_REACH),
        (is_low, Trouble.BATTERY_LOW),
    )
    return next((trouble for is_so, trouble in found if is_so), None)
