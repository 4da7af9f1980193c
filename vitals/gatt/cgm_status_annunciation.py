"""Sensor Status Annunciation of the Continuous Glucose Monitoring Service 1.0: three octets of flags."""

from __future__ import annotations

from enum import IntFlag


class SensorStatus(IntFlag):
    """Status (bits 0 to 7), calibration and temperature (8 to 15), warnings (16 to 23); gaps are reserved."""

    SESSION_STOPPED = 1 << 0
    DEVICE_BATTERY_LOW = 1 << 1
    SENSOR_TYPE_INCORRECT = 1 << 2
    SENSOR_MALFUNCTION = 1 << 3
    DEVICE_SPECIFIC_ALERT = 1 << 4
    GENERAL_DEVICE_FAULT = 1 << 5
    TIME_SYNCHRONIZATION_REQUIRED = 1 << 8
    CALIBRATION_NOT_ALLOWED = 1 << 9
    CALIBRATION_RECOMMENDED = 1 << 10
    CALIBRATION_REQUIRED = 1 << 11
    SENSOR_TEMPERATURE_TOO_HIGH = 1 << 12
    SENSOR_TEMPERATURE_TOO_LOW = 1 << 13
    RESULT_LOWER_THAN_PATIENT_LOW = 1 << 16
    RESULT_HIGHER_THAN_PATIENT_HIGH = 1 << 17
    RESULT_LOWER_THAN_HYPO = 1 << 18
    RESULT_HIGHER_THAN_HYPER = 1 << 19
    RATE_OF_DECREASE_EXCEEDED = 1 << 20
    RATE_OF_INCREASE_EXCEEDED = 1 << 21
    RESULT_LOWER_THAN_DEVICE_CAN_PROCESS = 1 << 22
    RESULT_HIGHER_THAN_DEVICE_CAN_PROCESS = 1 << 23


KNOWN = 0xFF3F3F
"""Every bit that is not reserved."""
