"""Running Speed and Cadence Service: how somebody walks, about once a second."""

from edge.readings.reading import Reading, entry
from vitals.gatt.running_speed_cadence_measurement import RunningSpeedCadence

__all__ = ["read"]


def read(steps: RunningSpeedCadence) -> tuple[Reading, ...]:
    """Return speed and cadence, and what else is told."""
    return (
        Reading(
            entries=(
                *entry("step_cadence", steps.cadence_steps_min),
                *entry("walking_speed", steps.speed_m_s),
                *entry("stride_length", steps.stride_length_m),
                *entry("walking_distance", steps.total_distance_m),
            )
        ),
    )
