"""What a wearable knows when it measures: its wearer, its clock, its battery, and the record to be filled."""

from dataclasses import dataclass

from firmware_sim.body import Body
from firmware_sim.cgm_session import CgmSession
from firmware_sim.device_clock import DeviceClock
from firmware_sim.heart_rate_meter import HeartRateMeter
from firmware_sim.vital_signs import VitalSigns
from vitals.gatt.date_time import DateTime

__all__ = ["Moment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One second of a life, as the wearable meets it; `number` is that of the next record it stores."""

    at_s: float
    body: Body
    clock: DeviceClock
    meter: HeartRateMeter
    session: CgmSession
    serial: str
    battery_percent: int
    number: int = 0

    @property
    def signs(self) -> VitalSigns:
        """What can be measured of the wearer now."""
        return self.body.vital_signs(self.at_s)

    @property
    def stamp(self) -> DateTime:
        """What the wearable's calendar shows."""
        return self.clock.date_time(self.at_s)
