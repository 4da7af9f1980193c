"""Heart Rate Service: the wearable's own rate and RR intervals, and how far to believe the rate."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from edge.readings.reading import Entry, Missing, Reading, Value, Withheld
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact

__all__ = ["agrees", "beside_ecg", "read"]

_AGREEMENT_SHARE: Final = 0.1
_AGREEMENT_PER_MIN: Final = 5.0
"""ANSI/AAMI EC13: a rate is right within 10 % or 5 a minute, whichever is more."""
_UNLIKE_ECG: Final = 0.5


def read(measurement: HeartRateMeasurement) -> tuple[Reading, ...]:
    """Return rate, energy and intervals; a rate told without skin contact is no heart rate."""
    on_body = _ON_BODY.get(measurement.sensor_contact)
    if on_body is False:
        off = tuple(Missing(kind=kind, reason=Withheld.SENSOR_OFF) for kind in ("heart_rate", "rr_interval"))
        return (Reading(entries=off, on_body=False),)
    entries: list[Entry] = [Value(kind="heart_rate", value=float(measurement.heart_rate_bpm))]
    if measurement.energy_expended_kj is not None:
        entries.append(Value(kind="energy_expended", value=float(measurement.energy_expended_kj)))
    return (Reading(entries=(*entries, *_intervals(measurement.rr_intervals_ms)), on_body=on_body),)


def beside_ecg(reading: Reading, ecg_per_min: float) -> Reading:
    """Return the reading with its rate held against that of the ECG's beats."""
    return replace(
        reading,
        entries=tuple(
            replace(told, quality=1.0 if agrees(told.value, ecg_per_min) else _UNLIKE_ECG)
            if isinstance(told, Value) and told.kind == "heart_rate"
            else told
            for told in reading.entries
        ),
    )


def agrees(rate_per_min: float, ecg_per_min: float) -> bool:
    """Tell whether the wearable's rate and that of the ECG's beats are one."""
    return abs(rate_per_min - ecg_per_min) <= max(_AGREEMENT_PER_MIN, _AGREEMENT_SHARE * ecg_per_min)


def _intervals(intervals_ms: Sequence[float]) -> Iterator[Value]:
    """Yield each interval, oldest first: the newest ended just now, the others each an interval before."""
    left_ms = sum(intervals_ms)
    for interval_ms in intervals_ms:
        left_ms -= interval_ms
        yield Value(kind="rr_interval", value=interval_ms, before_ms=max(0.0, left_ms))


_ON_BODY: Final = {SensorContact.CONTACT: True, SensorContact.NO_CONTACT: False}
