"""A kind of wearable: one row of everything in which it differs from others."""

from dataclasses import dataclass

from firmware_sim.advertisement import Advertisement
from firmware_sim.gatt_server import ServiceRow
from firmware_sim.measuring import MeasurementRow
from firmware_sim.power_cell import BatteryRow
from firmware_sim.samplers import SignalRow
from vitals.gatt.record_access_control_point import Operator

__all__ = ["WearableModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WearableModel:
    """One row.

    `key` is what settings call it, `short` what the command line does as well, `name` what it advertises
    before its number.
    """

    key: str
    short: str
    name: str
    description: str
    advertises: tuple[str, ...]
    services: tuple[ServiceRow, ...]
    measurements: tuple[MeasurementRow, ...] = ()
    signals: tuple[SignalRow, ...] = ()
    record_operators: frozenset[Operator] = frozenset(Operator)
    """Which records its Record Access Control Point can be asked for."""
    battery: BatteryRow
    drift_ppm: float = 20.0
    """How far its crystal may be off; 20 is usual for one of 32,768 Hz."""
    offset_s: float = 0.0
    """How far its calendar may be off at first, as people set clocks."""
    is_set: bool = True
    """Whether its calendar is set at first."""
    visit_s: float | None = None
    """How long, of the wall's time, it stays awake once it has measured; `None`: always."""

    @property
    def is_visitor(self) -> bool:
        """Whether it sleeps between its measurements."""
        return self.visit_s is not None

    @property
    def measures(self) -> frozenset[str]:
        """The characteristics that tell of its wearer."""
        return frozenset(part.uuid for row in self.measurements for part in row.parts)

    def advertisement(self, number: int) -> Advertisement:
        """Return what the `number`th wearable broadcasts."""
        return Advertisement(name=f"{self.name} {number:04d}", services=self.advertises)
