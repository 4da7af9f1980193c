"""A wrist band: pulse waves and movement of the wrist, and steps each second."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import MeasurementRow, PartRow
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.samplers import SignalRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, SIGNALS, device_information
from vitals.gatt import uuids
from vitals.gatt.running_speed_cadence_measurement import RunningSpeedCadence
from vitals.gatt.signals import Signal

__all__ = ["WRIST_BAND"]

_COUNTED_S: Final = 10.0
_STEP_M: Final = 0.705
"""Perry and Burnfield, Gait Analysis, 2010: adults walk 1.41 m in two steps."""
_RUNNING_STEPS_MIN: Final = 130
"""Tudor-Locke et al., Int J Behav Nutr Phys Act 2019;16:8: vigorous from here on."""
_S_PER_MINUTE: Final = 60.0


def _steps(moment: Moment) -> RunningSpeedCadence:
    """Return the cadence over the last seconds, and what speed and distance a band makes of steps."""
    before, now = (
        moment.body.vital_signs(max(0.0, at_s)).steps_total
        for at_s in (moment.at_s - _COUNTED_S, moment.at_s)
    )
    return RunningSpeedCadence(
        speed_m_s=(now - before) * _STEP_M / _COUNTED_S,
        cadence_steps_min=round((now - before) * _S_PER_MINUTE / _COUNTED_S),
        total_distance_m=now * _STEP_M,
        is_running=(now - before) * _S_PER_MINUTE / _COUNTED_S >= _RUNNING_STEPS_MIN,
    )


WRIST_BAND: Final = WearableModel(
    key="wrist-band",
    short="band",
    name="Carewire Band",
    description="pulse waves and acceleration of the wrist at 50 Hz; steps, speed and distance",
    advertises=(uuids.RUNNING_SPEED_AND_CADENCE_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.RUNNING_SPEED_AND_CADENCE_SERVICE,
            characteristics=(CharacteristicRow(uuid=uuids.RSC_MEASUREMENT, properties=Properties.NOTIFY),),
        ),
        BATTERY,
        device_information("Band"),
        SIGNALS,
    ),
    measurements=(MeasurementRow(parts=(PartRow(uuid=uuids.RSC_MEASUREMENT, measure=_steps),)),),
    signals=(
        SignalRow(
            signal=Signal.PPG,
            rates_hz=(50,),
            resolution=1,
            source=lambda body, rate_hz: body.ppg(rate_hz, "wrist"),
        ),
        SignalRow(
            signal=Signal.ACCELERATION,
            rates_hz=(50,),
            resolution=500,
            source=lambda body, rate_hz: body.acceleration(rate_hz, "wrist"),
        ),
    ),
    battery=BatteryRow(percent=80.0, s_per_percent=900.0),
)
