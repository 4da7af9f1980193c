"""How wearables are found, and what is done about an adapter that fails, hangs or has gone deaf."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from bleak.backends import BleakBackend
from bleak.exc import BleakDBusError

from edge.adapters.ble import seeker as ble_seeker
from edge.adapters.ble.seeker import BleSeeker
from edge.adapters.radio_lock import RadioLock
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.backoff import Backoff
from edge.config import RadioSettings
from edge.health import GatewayHealth
from edge.link.recovery import Remedy, Rung
from tests.fakes.bleak_radio import RSSI_DBM, FakePeripheral, FakeRadio
from tests.fakes.clock import FakeClock
from vitals.gatt import uuids

FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"
OTHERS = ("0000feed-0000-1000-8000-00805f9b34fb",)


@dataclass(slots=True, kw_only=True)
class Bench:
    radio: FakeRadio
    health: GatewayHealth
    seeker: BleSeeker
    healed: list[Remedy] = field(default_factory=list)

    @property
    def is_alarmed(self) -> bool:
        return AlarmKey.RADIO_FAILED in self.health.alarms.standing

    async def scans(self, times: int) -> None:
        for _ in range(times):
            await self.seeker.seek()


Make = Callable[..., Bench]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    def made(*wanted: str, lock: RadioLock | None = None, **patience: float) -> Bench:
        radio = FakeRadio()
        monkeypatch.setattr(ble_seeker, "BleakScanner", radio.scanner)
        monkeypatch.setattr(ble_seeker, "BleakAdapter", radio)
        ids = {address.lower().replace(":", "-") for address in wanted}
        health, healed = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None)), []

        async def heal(rung: Rung) -> None:
            healed.append(rung.remedy)

        settings = {"scan_s": 0.02, "request_s": 0.1, "scanner_silence_s": 0.01} | patience
        seeker = BleSeeker(
            radio=RadioSettings.model_validate(settings),
            services=lambda: [uuids.HEART_RATE_SERVICE],
            is_wanted=lambda device, _services: device in ids,
            heal=heal,
            clock=FakeClock(),
            health=health,
            backoff=Backoff(first_s=0.001, longest_s=0.002, random=Random(1)),
            lock=lock,
        )
        return Bench(radio=radio, health=health, seeker=seeker, healed=healed)

    return made


async def test_a_wanted_wearable_is_found_with_how_well_it_was_heard(make: Make) -> None:
    bench = make(SECOND, scan_s=5.0)
    bench.radio.add(FakePeripheral(address=FIRST))
    bench.radio.add(FakePeripheral(address=SECOND))
    sighting, radio_works = await bench.seeker.seek()
    assert radio_works
    assert sighting is not None
    assert (sighting.device, sighting.rssi_dbm) == ("c0-00-00-00-00-02", RSSI_DBM)
    assert bench.radio.filters == [[uuids.HEART_RATE_SERVICE]]


async def test_a_scan_that_finds_nobody_ends_and_the_radio_is_not_to_blame(make: Make) -> None:
    bench = make(FIRST, scanner_silence_s=60.0)
    assert await bench.seeker.seek() == (None, True)
    assert not bench.is_alarmed


async def test_an_adapter_that_refuses_is_an_alarm_at_once_and_is_power_cycled_the_third_time(
    make: Make,
) -> None:
    bench = make(FIRST)
    bench.radio.scan_error = BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
    assert await bench.seeker.seek() == (None, False)
    assert bench.is_alarmed
    await bench.scans(2)
    assert bench.healed == [Remedy.TELL, Remedy.TELL, Remedy.POWER_CYCLE]


async def test_an_adapter_that_works_again_ends_the_alarm_and_begins_a_new_ladder(make: Make) -> None:
    bench = make(FIRST, scanner_silence_s=60.0)
    bench.radio.scan_error = BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"])
    await bench.scans(2)
    bench.radio.scan_error = None
    await bench.scans(1)
    assert not bench.is_alarmed
    bench.radio.scan_error = BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"])
    await bench.scans(2)
    assert Remedy.POWER_CYCLE not in bench.healed


async def test_a_scan_is_begun_anew_when_asked_and_that_says_nothing_of_who_is_absent(make: Make) -> None:
    bench = make(FIRST, scan_s=60.0)
    seeking = asyncio.create_task(bench.seeker.seek())
    async with asyncio.timeout(5.0):
        while not bench.radio.scanning:  # noqa: ASYNC110 - a count, not an event
            await asyncio.sleep(0.005)
    bench.seeker.begin_anew()
    assert await seeking == (None, False)
    assert not bench.is_alarmed
    bench.radio.add(FakePeripheral(address=FIRST))
    sighting, _ = await bench.seeker.seek()
    assert sighting is not None


@pytest.mark.parametrize("hang", ["scan_hangs", "stop_hangs"])
async def test_an_adapter_that_never_answers_is_given_up_and_asked_again(make: Make, hang: str) -> None:
    bench = make(FIRST, scanner_silence_s=60.0)
    setattr(bench.radio, hang, True)
    assert await bench.seeker.seek() == (None, False)
    assert bench.is_alarmed
    setattr(bench.radio, hang, False)
    assert await bench.seeker.seek() == (None, True)
    assert not bench.is_alarmed


@pytest.mark.parametrize(
    "trouble",
    [
        {"stop_error": BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["gone"])},
        {"stop_hangs": True},
    ],
    ids=["refused", "unanswered"],
)
async def test_a_scan_that_cannot_be_ended_does_not_keep_a_gateway_from_stopping(
    make: Make, trouble: dict[str, Any]
) -> None:
    bench = make(FIRST, scan_s=60.0)
    for name, value in trouble.items():
        setattr(bench.radio, name, value)
    seeking = asyncio.create_task(bench.seeker.seek())
    async with asyncio.timeout(5.0):
        while not bench.radio.scanning:  # noqa: ASYNC110 - a count, not an event
            await asyncio.sleep(0.005)
    seeking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await seeking


async def test_where_nobody_at_all_is_heard_the_scanner_is_doubted_step_by_step(make: Make) -> None:
    bench = make(FIRST)
    await bench.scans(2)
    assert bench.healed == [Remedy.RESTART_SCAN, Remedy.POWER_CYCLE]
    assert bench.radio.filters == [[uuids.HEART_RATE_SERVICE], None], "in doubt, anybody counts"
    await bench.scans(4)
    assert bench.healed[-1] is Remedy.TELL
    assert bench.is_alarmed


async def test_a_strangers_advertisement_is_proof_enough_that_the_scanner_hears(make: Make) -> None:
    bench = make(FIRST)
    await bench.scans(6)
    assert bench.is_alarmed
    bench.radio.add(FakePeripheral(address=SECOND, advertised=OTHERS))
    await bench.scans(1)
    assert not bench.is_alarmed
    healed = len(bench.healed)
    await bench.scans(1)
    assert bench.radio.filters[-1] == [uuids.HEART_RATE_SERVICE]
    assert bench.healed[healed:] == [Remedy.RESTART_SCAN], "and the doubt begins at the foot again"


async def test_who_is_still_connected_from_before_a_crash_is_found_without_a_scan(make: Make) -> None:
    bench = make(FIRST)
    bench.radio.backend_id = BleakBackend.BLUEZ_DBUS
    bench.radio.left_connected = [SECOND, FIRST]
    sighting, _ = await bench.seeker.seek()
    assert sighting is not None
    assert sighting.device == "c0-00-00-00-00-01"
    assert bench.radio.scans == 0


async def test_an_adapter_that_another_gateway_has_is_an_alarm_until_it_is_free(
    make: Make, tmp_path: Path
) -> None:
    other = RadioLock(tmp_path / "radio.lock")
    other.take()
    bench = make(FIRST, lock=RadioLock(tmp_path / "radio.lock"), scanner_silence_s=60.0)
    assert await bench.seeker.seek() == (None, False)
    assert bench.is_alarmed
    assert bench.radio.scans == 0
    await bench.scans(12)
    assert bench.healed == [], "switching it off and on would cost the other its streams"
    other.release()
    assert await bench.seeker.seek() == (None, True)
    assert not bench.is_alarmed
