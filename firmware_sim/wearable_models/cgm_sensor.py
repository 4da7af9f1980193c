"""A glucose sensor under the skin: a value each minute, told at once and kept, in a session of two weeks."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import MeasurementRow, PartRow
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, RECORD_ACCESS, device_information
from vitals.gatt import (
    cgm_feature,
    cgm_session_run_time,
    cgm_session_start_time,
    cgm_status,
    uuids,
)
from vitals.gatt.cgm_feature import CgmFeature, Feature
from vitals.gatt.cgm_measurement import CgmMeasurement, CgmRecord
from vitals.gatt.cgm_session_run_time import SessionRunTime
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.cgm_status import CgmStatus
from vitals.gatt.cgm_status_annunciation import SensorStatus
from vitals.gatt.date_time import DateTime
from vitals.gatt.glucose_measurement import FluidType

__all__ = ["CGM_SENSOR"]

_RUNS_H: Final = 336
_SUBCUTANEOUS_TISSUE: Final = 5  # CGM Service 1.0 section 3.2.1.2
_UNKNOWN: Final = DateTime(year=0, month=0, day=0, hours=0, minutes=0, seconds=0)
_TREND_S: Final = 300.0
_LOW_BATTERY_PERCENT: Final = 10
_HYPO_MG_DL: Final = 54.0
"""Battelino et al., Diabetes Care 2019;42:1593-1603: level 2 hypoglycaemia."""


def _sensor_status(moment: Moment) -> SensorStatus:
    status = SensorStatus(0)
    if not moment.session.is_running:
        status |= SensorStatus.SESSION_STOPPED
    if moment.battery_percent < _LOW_BATTERY_PERCENT:
        status |= SensorStatus.DEVICE_BATTERY_LOW
    if not moment.clock.is_set:
        status |= SensorStatus.TIME_SYNCHRONIZATION_REQUIRED
    return status


def _measurement(moment: Moment) -> CgmMeasurement | None:
    if not moment.session.is_due(moment.at_s):
        return None
    glucose_mg_dl, status = moment.signs.glucose_mg_dl, _sensor_status(moment)
    before_mg_dl = moment.body.vital_signs(moment.at_s - _TREND_S).glucose_mg_dl
    if glucose_mg_dl < _HYPO_MG_DL:
        status |= SensorStatus.RESULT_LOWER_THAN_HYPO
    record = CgmRecord(
        glucose_mg_dl=float(round(glucose_mg_dl)),
        time_offset_min=moment.number,
        sensor_status=status or None,
        trend_mg_dl_min=round((glucose_mg_dl - before_mg_dl) / (_TREND_S / 60.0), 1),
        quality_percent=100.0 if moment.signs.on_skin else 0.0,
        has_crc=True,
    )
    return CgmMeasurement(records=(record,))


def _status(moment: Moment) -> bytes:
    offset_min = moment.session.minute(moment.at_s)
    status = CgmStatus(time_offset_min=offset_min, sensor_status=_sensor_status(moment), has_crc=True)
    return cgm_status.encode(status)


def _session_start(moment: Moment) -> bytes:
    """Tell when the session began, once somebody has told the sensor what time it is."""
    began = moment.clock.date_time(moment.session.started_s) if moment.clock.is_set else _UNKNOWN
    zone_min = 0 if moment.clock.is_set else None
    start = SessionStartTime(
        local_time=began, time_zone_min=zone_min, daylight_saving_min=zone_min, has_crc=True
    )
    return cgm_session_start_time.encode(start)


CGM_SENSOR: Final = WearableModel(
    key="cgm-sensor",
    short="cgm",
    name="Carewire CGM",
    description="glucose under the skin each minute, with trend and check sums, stored as well",
    advertises=(uuids.CGM_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.CGM_SERVICE,
            characteristics=(
                CharacteristicRow(uuid=uuids.CGM_MEASUREMENT, properties=Properties.NOTIFY, needs_bond=True),
                CharacteristicRow(
                    uuid=uuids.CGM_FEATURE,
                    properties=Properties.READ,
                    value=cgm_feature.encode(
                        CgmFeature(
                            features=Feature.E2E_CRC
                            | Feature.TREND_INFORMATION
                            | Feature.QUALITY
                            | Feature.LOW_BATTERY_DETECTION
                            | Feature.HYPO_ALERTS
                            | Feature.MULTIPLE_SESSIONS,
                            fluid_type=FluidType.INTERSTITIAL_FLUID,
                            sample_location=_SUBCUTANEOUS_TISSUE,
                        )
                    ),
                ),
                CharacteristicRow(uuid=uuids.CGM_STATUS, properties=Properties.READ, read=_status),
                CharacteristicRow(
                    uuid=uuids.CGM_SESSION_START_TIME,
                    properties=Properties.READ | Properties.WRITE,
                    read=_session_start,
                    needs_bond=True,
                ),
                CharacteristicRow(
                    uuid=uuids.CGM_SESSION_RUN_TIME,
                    properties=Properties.READ,
                    value=cgm_session_run_time.encode(SessionRunTime(hours=_RUNS_H, has_crc=True)),
                ),
                RECORD_ACCESS,
                CharacteristicRow(
                    uuid=uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
                    properties=Properties.WRITE | Properties.INDICATE,
                    needs_bond=True,
                ),
            ),
        ),
        BATTERY,
        device_information("CGM"),
    ),
    measurements=(
        MeasurementRow(
            parts=(PartRow(uuid=uuids.CGM_MEASUREMENT, measure=_measurement),),
            first_s=60.0,
            every_s=60.0,
            is_recorded=True,
            is_numbered_by_minute=True,
        ),
    ),
    battery=BatteryRow(percent=96.0, s_per_percent=12_000.0),
    is_set=False,
)
