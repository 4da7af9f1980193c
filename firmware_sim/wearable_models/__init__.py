"""Every kind of wearable that the simulator has. A new one is a row here and its module."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.blood_pressure_cuff import BLOOD_PRESSURE_CUFF
from firmware_sim.wearable_models.body_scale import BODY_SCALE
from firmware_sim.wearable_models.cgm_sensor import CGM_SENSOR
from firmware_sim.wearable_models.chest_strap import CHEST_STRAP
from firmware_sim.wearable_models.ear_thermometer import EAR_THERMOMETER
from firmware_sim.wearable_models.fall_pendant import FALL_PENDANT
from firmware_sim.wearable_models.finger_oximeter import FINGER_OXIMETER
from firmware_sim.wearable_models.glucose_meter import GLUCOSE_METER
from firmware_sim.wearable_models.wrist_band import WRIST_BAND
from vitals.errors import ConfigurationError

__all__ = ["WEARABLE_MODELS", "model_named"]

WEARABLE_MODELS: Final[Mapping[str, WearableModel]] = MappingProxyType(
    {
        row.key: row
        for row in (
            CHEST_STRAP,
            FINGER_OXIMETER,
            EAR_THERMOMETER,
            BLOOD_PRESSURE_CUFF,
            GLUCOSE_METER,
            CGM_SENSOR,
            WRIST_BAND,
            FALL_PENDANT,
            BODY_SCALE,
        )
    }
)


def model_named(name: str) -> WearableModel:
    """Return the row of that name, `chest-strap` or in short `strap`.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    for row in WEARABLE_MODELS.values():
        if name in {row.key, row.short}:
            return row
    names = ", ".join(f"{row.key} ({row.short})" for row in WEARABLE_MODELS.values())
    raise ConfigurationError(f"no wearable is called {name!r}: choose one of {names}")
