"""Wearables that live: firmware on a body, a radio around it, and what goes wrong with both."""

import asyncio
from functools import partial
from random import Random

from firmware_sim.body import Body
from firmware_sim.book import Book
from firmware_sim.chores import Chores
from firmware_sim.device_clock import DeviceClock
from firmware_sim.faults import Fault
from firmware_sim.firmware import Firmware, Taken
from firmware_sim.lifetime import Lifetime
from firmware_sim.measuring import Telling
from firmware_sim.outtray import Outtray
from firmware_sim.peripheral import Peripheral
from firmware_sim.record_access import RecordAccess
from firmware_sim.record_store import Record
from firmware_sim.requests import REQUESTS
from firmware_sim.samplers import Stretch
from firmware_sim.teller import Teller
from firmware_sim.virtual_radio import VirtualRadio
from firmware_sim.waking import Waking
from firmware_sim.wearable_model import WearableModel
from vitals.gatt import battery, uuids
from vitals.gatt import record_access_control_point as racp

__all__ = ["Wearable"]


class Wearable:
    """The `number`th one within reach of a radio, on a body whose life it shares with its other wearables.

    It measures whether or not anybody is connected, as real ones do, from the beginning of that life on.
    """

    def __init__(  # noqa: PLR0913 - one argument a thing it stands on
        self,
        model: WearableModel,
        *,
        number: int,
        body: Body,
        lifetime: Lifetime,
        clock: DeviceClock,
        radio: VirtualRadio,
        book: Book,
        ecg_rate_hz: int,
    ) -> None:
        self.model, self.body, self.lifetime = model, body, lifetime
        serial = f"{number:04d}"
        self.firmware = Firmware(model, body=body, clock=clock, serial=serial, ecg_rate_hz=ecg_rate_hz)
        self.peripheral = Peripheral(
            model.advertisement(number),
            number=number,
            radio=radio,
            services=model.services,
            now=lambda: self.firmware.moment(lifetime.now_s()),
            writes={uuid: partial(self._on_request, uuid) for uuid in REQUESTS},
            may_be_found=self._may_be_found,
            on_subscription=self._on_subscription,
            on_disconnection=self._on_disconnection,
        )
        self.name, self.address = self.peripheral.name, self.peripheral.address
        self.records = RecordAccess(
            self.firmware.store, tell=self._report, respond=self._respond, operators=model.record_operators
        )
        self._battery = _battery_level(self.firmware)
        self._faults: list[Fault] = []
        chance = Random(number)  # noqa: S311 - garbage need not be secret
        self._teller = Teller(
            self.peripheral.gatt, address=self.address, lifetime=lifetime, book=book, chance=chance
        )
        self._outtray, self._delivering = Outtray(), asyncio.Lock()
        self._chores, self._link_chores = Chores(self.name), Chores(self.name)
        self._waking = Waking(model.visit_s, chores=self._chores, doze_off=self._doze_off)

    @property
    def is_connected(self) -> bool:
        """Whether a central is connected."""
        return self.peripheral.is_connected

    @property
    def is_streaming(self) -> bool:
        """Whether a central has started a signal."""
        return bool(self.firmware.streamer.running)

    @property
    def has_undelivered(self) -> bool:
        """Whether it keeps something that nobody has heard or fetched yet."""
        return len(self._outtray) > 0 or self.firmware.store.has_untold

    async def start(self) -> None:
        """Power on, and live as soon as the body does."""
        await self.peripheral.open()
        self._chores.spawn(self._live())

    async def close(self) -> None:
        """Power off: the link is lost, nothing is sent any more."""
        await self._link_chores.close()
        await self._chores.close()
        await self.peripheral.close()

    def inject(self, fault: Fault) -> None:
        """Let a fault hold until it is cleared."""
        self._faults.append(fault)
        if fault.forgets_bonds:
            self.peripheral.forget_bonds()
        if fault.battery is not None:
            self.firmware.cell.weaken(self.firmware.lived_s, fault.battery)
        self.firmware.clock.advance(fault.clock_jumps_s)
        self._settle(drops_link=fault.drops_link)

    def clear(self, fault: Fault) -> None:
        """Let a fault hold no longer; characteristics it hid are back from the next connection on."""
        self._faults.remove(fault)
        if fault.battery is not None:
            self.firmware.cell.change(self.firmware.lived_s)
        self._settle()

    def drop_link(self) -> None:
        """Lose the link as when the wearer walks out of reach, and advertise again."""
        self.peripheral.drop_link()

    def respond(self, uuid: str, value: bytes) -> None:
        """Indicate a control point's answer to whoever asked."""
        self._link_chores.spawn(self.peripheral.gatt.indicate(uuid, value))

    def serve_records(self, request: bytes) -> None:
        """Do what was asked of the Record Access Control Point, as long as the link holds."""
        self._link_chores.spawn(self.records.serve(request))

    def _settle(self, *, drops_link: bool = False) -> None:
        """Be as the battery and the faults that hold now have it."""
        self._teller.suffer(self._faults)
        was_down, self.firmware.is_down = self.firmware.is_down, self._is_down()
        if was_down and not self.firmware.is_down:
            self.firmware.boot()
        self.peripheral.hide(frozenset[str]().union(*(fault.hides for fault in self._faults)))
        if drops_link or not self._is_in_reach():
            self.peripheral.drop_link()
        self.peripheral.settle()

    def _is_down(self) -> bool:
        battery_percent = self.firmware.moment().battery_percent
        return battery_percent == 0 or any(fault.is_down for fault in self._faults)

    def _is_in_reach(self) -> bool:
        return not self.firmware.is_down and not any(fault.is_away for fault in self._faults)

    def _may_be_found(self) -> bool:
        return self._is_in_reach() and self._waking.is_awake

    async def _doze_off(self) -> None:
        await self.peripheral.hang_up()
        self.peripheral.settle()

    def _on_subscription(self, uuid: str) -> None:
        if not self.peripheral.gatt.is_subscribed(uuid):
            return
        self._waking.stir()
        if uuid in self.model.measures:
            self.lifetime.begin()
            self._link_chores.spawn(self._deliver())

    def _on_request(self, uuid: str, value: bytes) -> None:
        self._waking.stir()
        REQUESTS[uuid](self, value)

    def _on_disconnection(self) -> None:
        self.firmware.streamer.halt()
        self._link_chores.cancel()
        if not self.has_undelivered:
            self._waking.sleep()

    async def _live(self) -> None:
        while True:
            await self.lifetime.sleep_until(self.firmware.next_s)
            for made in list(self.firmware.step()):
                await (self._stream(made) if isinstance(made, Stretch) else self._take(made))
            await self._watch_battery()

    async def _stream(self, stretch: Stretch) -> None:
        """Send samples as frames to who started the signal."""
        settings, clock, uuid = stretch.settings, self.firmware.clock, uuids.SIGNAL_DATA
        at_s = clock.lived_s(stretch.start / settings.rate_hz)
        if settings.signal not in self.firmware.streamer.running or not self._teller.is_heard(uuid):
            self._teller.note(uuid, stretch, at_s)
            return
        timestamp_us, max_octets = clock.ticks_us(at_s), self.peripheral.gatt.notification_octets(uuid)
        for frame in self.firmware.streamer.frames(
            settings, stretch.channels, timestamp_us=timestamp_us, max_octets=max_octets
        ):
            frame_s = at_s + (frame.timestamp_us - timestamp_us) / 1e6
            await self._teller.tell(uuid, frame, frame_s, sequence=frame.sequence)

    async def _take(self, taken: Taken) -> None:
        """Tell a measurement, or keep it until it may be told."""
        if self._waking.stir():
            self.peripheral.settle()
        record, sequence = taken.record, taken.record.number if taken.is_recorded else None
        if taken.is_recorded:
            self.firmware.store.add(record)
        tell_now = taken.telling is Telling.AT_ONCE
        for part in record.parts:
            if not tell_now:
                self._teller.note(part.uuid, part.message, record.at_s, sequence=sequence)
            elif await self._teller.tell(part.uuid, part.message, record.at_s, sequence=sequence):
                self.firmware.store.mark_told(record)
        if taken.telling is Telling.UNTIL_HEARD:
            self._outtray.add(record)
            self._link_chores.spawn(self._deliver())

    async def _deliver(self) -> None:
        """Tell what was kept to who listens now, one after another."""
        async with self._delivering:
            while (first := self._outtray.first(self._teller.is_heard)) is not None:
                if not await self._teller.tell(first.part.uuid, first.part.message, first.record.at_s):
                    return
                self._outtray.remove(first)
                self.firmware.store.mark_told(first.record)
                self._waking.stir()

    async def _report(self, record: Record) -> None:
        """Tell a record that was asked for."""
        for part in record.parts:
            await self._teller.tell(part.uuid, part.message, record.at_s, sequence=record.number)
        self.firmware.store.mark_told(record)
        self._waking.stir()

    async def _respond(self, message: racp.Message) -> None:
        await self.peripheral.gatt.indicate(uuids.RECORD_ACCESS_CONTROL_POINT, racp.encode(message))

    async def _watch_battery(self) -> None:
        """Tell a level that has changed; with an empty battery, fall silent."""
        before, self._battery = self._battery, _battery_level(self.firmware)
        if self._battery != before and not self.firmware.is_down:
            await self._teller.tell(uuids.BATTERY_LEVEL, self._battery, self.firmware.lived_s)
            self._settle()


def _battery_level(firmware: Firmware) -> battery.BatteryLevel:
    return battery.BatteryLevel(percent=firmware.moment().battery_percent)
