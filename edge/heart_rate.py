"""The wearable's own heart rate: when its RR intervals ended, and how far to believe it."""

from collections.abc import Sequence
from typing import Final

from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun

__all__ = ["agrees", "observations", "on_body"]

_AGREEMENT_SHARE: Final = 0.1
_AGREEMENT_PER_MIN: Final = 5.0
"""ANSI/AAMI EC13: a rate is right within 10 % or 5 a minute, whichever is more."""
_DOUBTFUL: Final = 0.5


def observations(
    device: str, measurement: HeartRateMeasurement, t_ms: int, *, ecg_per_min: float | None
) -> list[ObservationRun]:
    """Return a measurement received at `t_ms` as runs; `ecg_per_min` is the rate the ECG shows, if any."""
    rate = float(measurement.heart_rate_bpm)
    runs = [
        ObservationRun(
            device=device,
            kind="heart_rate",
            t_ms=[t_ms],
            value=[rate],
            quality=_rate_quality(rate, ecg_per_min),
        )
    ]
    if measurement.rr_intervals_ms:
        intervals = list(measurement.rr_intervals_ms)
        plausible = [_plausible("rr_interval", interval) for interval in intervals]
        runs.append(
            ObservationRun(
                device=device,
                kind="rr_interval",
                t_ms=_ends_ms(intervals, t_ms),
                value=intervals,
                quality=None if all(plausible) else [float(is_plausible) for is_plausible in plausible],
            )
        )
    return runs


def agrees(rate_per_min: float, ecg_per_min: float) -> bool:
    """Tell whether the wearable's rate and that of the ECG's beats are one."""
    return abs(rate_per_min - ecg_per_min) <= max(_AGREEMENT_PER_MIN, _AGREEMENT_SHARE * ecg_per_min)


def on_body(contact: SensorContact) -> bool | None:
    """Return whether the sensor touches skin; `None` if it cannot tell."""
    return {SensorContact.CONTACT: True, SensorContact.NO_CONTACT: False}.get(contact)


def _rate_quality(rate_per_min: float, ecg_per_min: float | None) -> list[float] | None:
    if not _plausible("heart_rate", rate_per_min):
        return [0.0]
    if ecg_per_min is None:
        return None
    return [1.0 if agrees(rate_per_min, ecg_per_min) else _DOUBTFUL]


def _plausible(kind: str, value: float) -> bool:
    return OBSERVATION_KINDS[kind].is_plausible(value)


def _ends_ms(intervals_ms: Sequence[float], t_ms: int) -> list[int]:
    """When each interval ended: the newest at `t_ms`, the others each an interval before the next."""
    ends, end_ms = [], float(t_ms)
    for interval_ms in reversed(intervals_ms):
        ends.append(max(0, round(end_ms)))
        end_ms -= interval_ms
    return ends[::-1]
