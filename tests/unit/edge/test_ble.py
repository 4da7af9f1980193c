"""Whom the central serves, in which order, and what it asks of a wearable."""

import asyncio
from pathlib import Path

import pytest
from bleak.backends import BleakBackend
from bleak.exc import BleakError

from edge.adapters.ble import central as ble
from edge.adapters.inbox import LinkChange
from tests.fakes.bleak_radio import RSSI_DBM, STRAP_UUIDS, FakePeripheral, FakeRadio
from tests.fakes.central_bench import CONNECTED, FIRST, SECOND, central, radio
from vitals.gatt import uuids
from vitals.gatt.signal_control_point import Status
from vitals.records import LinkState

__all__ = ["radio"]


async def test_everything_is_subscribed_to_before_the_stream_is_started(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        assert strap.log == [
            "subscribe 2a37",
            "subscribe 2a19",
            "subscribe 0002",
            "subscribe 0003",
            "GET_SETTINGS",
            "START",
        ]
        assert running.links() == [CONNECTED]
    assert strap.log[-2:] == ["STOP", "disconnect"]


async def test_only_the_allow_list_is_served(radio: FakeRadio, tmp_path: Path) -> None:
    stranger, strap = (radio.add(FakePeripheral(address=address)) for address in (FIRST, SECOND))
    async with central(radio, tmp_path, SECOND) as running:
        await running.until(lambda: strap.connects)
        await asyncio.sleep(0.1)
    assert stranger.connects == 0


async def test_a_gateway_that_adopts_serves_whoever_comes_near(radio: FakeRadio, tmp_path: Path) -> None:
    straps = [radio.add(FakePeripheral(address=address)) for address in (FIRST, SECOND)]
    async with central(radio, tmp_path) as running:
        await running.until(lambda: all("START" in strap.log for strap in straps))


async def test_there_is_never_more_than_one_scan_or_connection_attempt_on_the_adapter(
    radio: FakeRadio, tmp_path: Path
) -> None:
    addresses = [f"C0:00:00:00:00:{number:02X}" for number in range(1, 6)]
    straps = [radio.add(FakePeripheral(address=address)) for address in addresses]
    async with central(radio, tmp_path, *addresses) as running:
        await running.until(lambda: all("START" in strap.log for strap in straps))
    assert radio.most_at_once == 1


async def test_a_wearable_that_still_streams_from_before_is_taken_as_it_is(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST, start_status=Status.ALREADY_STREAMING))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        await asyncio.sleep(0.05)
        assert running.links() == [CONNECTED]


async def test_a_link_that_bluez_kept_for_a_program_that_died_is_taken_over(
    radio: FakeRadio, tmp_path: Path
) -> None:
    radio.backend_id = BleakBackend.BLUEZ_DBUS
    radio.left_connected = ["C0:00:00:00:00:99", FIRST]
    strap = radio.add(FakePeripheral(address=FIRST, advertises=False))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)


async def test_what_is_only_nice_to_know_may_be_refused_and_the_stream_flows(
    radio: FakeRadio, tmp_path: Path
) -> None:
    def refuse(_uuid: str) -> None:
        raise BleakError("Read Not Permitted")

    strap = radio.add(FakePeripheral(address=FIRST, on_read=refuse))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        assert running.links() == [CONNECTED]


async def test_ecg_keeps_a_link_alive_and_heart_rate_alone_does_not(radio: FakeRadio, tmp_path: Path) -> None:
    strap = radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        for number in range(16):
            await asyncio.sleep(0.05)
            strap.notify(uuids.SIGNAL_DATA, bytes([number]))
        assert running.links() == [CONNECTED]
        for _ in range(10):
            await asyncio.sleep(0.05)
            if strap.client is not None:
                strap.notify(uuids.HEART_RATE_MEASUREMENT, b"\x00\x3c")
        await running.until(lambda: (LinkState.SILENT, "link-silent") in running.links())


async def test_a_strap_without_an_ecg_is_served_where_the_settings_say_so(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST, uuids=STRAP_UUIDS[:1]))
    async with central(radio, tmp_path, FIRST, ecg=False) as running:
        await running.until(lambda: CONNECTED in running.links())
        await running.until(lambda: strap.log == ["subscribe 2a37"])
        for _ in range(16):
            await asyncio.sleep(0.05)
            strap.notify(uuids.HEART_RATE_MEASUREMENT, b"\x00\x3c")
        assert running.links() == [CONNECTED]
    assert strap.log == ["subscribe 2a37", "disconnect"]


async def test_a_wearable_gone_wild_on_the_control_point_does_no_harm(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        for _ in range(100):
            strap.notify(uuids.SIGNAL_CONTROL_POINT, b"\xff")
        assert running.links() == [CONNECTED]
    assert strap.log[-1] == "disconnect"


async def test_a_link_says_how_well_its_wearable_was_heard(radio: FakeRadio, tmp_path: Path) -> None:
    radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: CONNECTED in running.links())
        (change, *_) = (item for item in running.items if isinstance(item, LinkChange))
        assert change.rssi_dbm == RSSI_DBM


async def test_what_is_adopted_is_served_as_what_it_advertises_to_be(
    radio: FakeRadio, tmp_path: Path
) -> None:
    oximeter = radio.add(
        FakePeripheral(
            address=FIRST,
            uuids=(uuids.PLX_CONTINUOUS_MEASUREMENT,),
            advertised=(uuids.PULSE_OXIMETER_SERVICE,),
        )
    )
    stranger = radio.add(FakePeripheral(address=SECOND, advertised=("0000feed-0000-1000-8000-00805f9b34fb",)))
    async with central(radio, tmp_path) as running:
        await running.until(lambda: "subscribe 2a5f" in oximeter.log)
        await asyncio.sleep(0.1)
    assert stranger.connects == 0


async def test_more_wearables_than_connections_take_turns(radio: FakeRadio, tmp_path: Path) -> None:
    addresses = [f"C0:00:00:00:00:{number:02X}" for number in range(1, 4)]
    straps = [radio.add(FakePeripheral(address=address)) for address in addresses]
    async with central(radio, tmp_path, *addresses, most_devices=2, lease_s=0.1, silence_s=60.0) as running:
        await running.until(lambda: all(strap.log.count("START") >= 2 for strap in straps))
        assert "gave-way" in running.reasons()
        assert sum(strap.client is not None for strap in straps) <= 2


async def test_one_that_waits_for_a_connection_is_told_to_wait_and_not_to_be_out_of_reach(
    radio: FakeRadio, tmp_path: Path
) -> None:
    for address in (FIRST, SECOND):
        radio.add(FakePeripheral(address=address))
    async with central(radio, tmp_path, FIRST, SECOND, most_devices=1, silence_s=60.0) as running:
        taken = (LinkState.DISCONNECTED, "connections-taken")
        await running.until(lambda: taken in [*running.links(), *running.links("c0-00-00-00-00-02")])


async def test_the_loop_comes_round_although_nobody_is_wanted_for_long(
    radio: FakeRadio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ble, "_LONGEST_REST_S", 0.02)
    marks: list[None] = []
    strap = radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, FIRST, silence_s=60.0) as running:
        running.central.mark = lambda: marks.append(None)
        await running.until(lambda: "START" in strap.log)
        scans, before = radio.scans, len(marks)
        await running.until(lambda: len(marks) >= before + 5)
        assert radio.scans == scans
