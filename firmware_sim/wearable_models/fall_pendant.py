"""A fall pendant: how the trunk moves, all the time."""

from typing import Final

from firmware_sim.power_cell import BatteryRow
from firmware_sim.samplers import SignalRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, SIGNALS, device_information
from vitals.gatt import uuids
from vitals.gatt.signals import Signal

__all__ = ["FALL_PENDANT"]

FALL_PENDANT: Final = WearableModel(
    key="fall-pendant",
    short="pendant",
    name="Carewire Pendant",
    description="acceleration of the trunk at 50 Hz",
    advertises=(uuids.SIGNAL_STREAM_SERVICE,),
    services=(SIGNALS, BATTERY, device_information("Pendant")),
    signals=(
        SignalRow(
            signal=Signal.ACCELERATION,
            rates_hz=(50,),
            resolution=500,
            source=lambda body, rate_hz: body.acceleration(rate_hz, "chest"),
        ),
    ),
    battery=BatteryRow(percent=83.0, s_per_percent=7200.0),
)
