"""What runs inside a wearable: it lives a body's seconds by its own clock and measures. It knows no radio."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from firmware_sim.body import Body
from firmware_sim.cgm_session import CgmSession
from firmware_sim.device_clock import DeviceClock
from firmware_sim.heart_rate_meter import HeartRateMeter
from firmware_sim.measuring import MeasurementRow, Telling
from firmware_sim.moment import Moment
from firmware_sim.power_cell import PowerCell
from firmware_sim.record_store import Part, Record, RecordStore
from firmware_sim.samplers import Stretch, samplers_of
from firmware_sim.signal_streamer import SignalStreamer
from firmware_sim.wearable_model import WearableModel

__all__ = ["Firmware", "Taken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A measurement that was taken, and what is to become of it."""

    record: Record
    telling: Telling = Telling.AT_ONCE
    is_recorded: bool = False


class Firmware:
    """One wearable's inside; `store` and `session` survive a reboot, counters and clock do not."""

    step_s: Final = 0.5
    """How often it wakes, by its own clock."""

    def __init__(
        self, model: WearableModel, *, body: Body, clock: DeviceClock, serial: str, ecg_rate_hz: int
    ) -> None:
        self.clock = clock
        self.cell = PowerCell(model.battery)
        self.session = CgmSession()
        self.store = RecordStore()
        self.lived_s = 0.0
        self.is_down = False
        self._model = model
        self._body = body
        self._serial = serial
        self._meter = HeartRateMeter(ecg_rate_hz)
        self._samplers = samplers_of(model.signals, body, self._meter, ecg_rate_hz)
        self.streamer = SignalStreamer([sampler.settings for sampler in self._samplers])
        self._steps = 0

    @property
    def next_s(self) -> float:
        """The second of life at which its next step ends."""
        return self.clock.lived_s((self._steps + 1) * self.step_s)

    def moment(self, at_s: float | None = None, *, number: int = 0) -> Moment:
        """Return what it knows at a second of life, or now."""
        at_s = self.lived_s if at_s is None else at_s
        return Moment(
            at_s=at_s,
            body=self._body,
            clock=self.clock,
            meter=self._meter,
            session=self.session,
            serial=self._serial,
            battery_percent=self.cell.percent(at_s),
            number=number,
        )

    def step(self) -> Iterator[Stretch | Taken]:
        """Live the next half second; yield what it sampled and measured, unless it is down."""
        from_s, to_s = (count * self.step_s for count in (self._steps, self._steps + 1))
        self.lived_s, self._steps = self.next_s, self._steps + 1
        for sampler in self._samplers:
            stretch = sampler.read(round(sampler.settings.rate_hz * self.step_s))
            if stretch is not None and not self.is_down:
                yield stretch
        if not self.is_down:
            for row in self._model.measurements:
                yield from self._measured(row, from_s, to_s)

    def sample(self) -> None:
        """Take every signal that is streamed, from now on."""
        for sampler in self._samplers:
            if sampler.settings.signal in self.streamer.running:
                sampler.begin()

    def boot(self) -> None:
        """Start anew: what is in flash is kept."""
        self.is_down = False
        self.clock.reboot(self.lived_s)
        self.streamer.reboot()

    def _measured(self, row: MeasurementRow, from_s: float, to_s: float) -> Iterator[Taken]:
        for counted_s, left_s in row.leading(from_s, to_s):
            if row.lead is not None:
                moment = self.moment(self.clock.lived_s(counted_s))
                part = Part(uuid=row.lead.uuid, message=row.lead.measure(moment, left_s))
                yield Taken(record=_record(moment, (part,)))
        for counted_s in row.due(from_s, to_s):
            at_s = self.clock.lived_s(counted_s)
            number = self.session.minute(at_s) if row.is_numbered_by_minute else self.store.next_number
            moment = self.moment(at_s, number=number)
            if parts := row.measure(moment):
                yield Taken(record=_record(moment, parts), telling=row.telling, is_recorded=row.is_recorded)


def _record(moment: Moment, parts: tuple[Part, ...]) -> Record:
    return Record(number=moment.number, at_s=moment.at_s, stamp=moment.stamp, parts=parts)
