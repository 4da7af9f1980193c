"""A radio or a link that fails is told of, and the wearable is served again."""

import asyncio
from pathlib import Path

import pytest
from bleak.exc import BleakDBusError, BleakError

from edge.alarms.local_alarm import AlarmKey
from tests.fakes.bleak_radio import FakePeripheral, FakeRadio
from tests.fakes.central_bench import CONNECTED, FIRST, SECOND, central, radio
from vitals.gatt.signal_control_point import Opcode, Status
from vitals.records import LinkState

__all__ = ["radio"]


async def test_a_connection_attempt_that_hangs_is_given_up_and_made_again(
    radio: FakeRadio, tmp_path: Path
) -> None:
    async def hang() -> None:
        if strap.connects == 1:
            await asyncio.sleep(60.0)

    strap = radio.add(FakePeripheral(address=FIRST, on_connect=hang))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: CONNECTED in running.links())
    assert running.links()[0] == (LinkState.DISCONNECTED, "no-answer")
    assert running.health.counters["ble.connect_failed"] == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BleakDBusError("org.bluez.Error.InProgress", ["le-connection-abort-by-local"]), "connect-aborted"),
        (BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"]), "radio-busy"),
        (EOFError(), "radio-error"),
        (KeyError("a mistake in a library"), "unexpected-error"),
    ],
    ids=["aborted-by-the-stack", "stuck", "bus-gone", "a-bug"],
)
async def test_whatever_a_connection_attempt_raises_it_is_told_and_tried_again(
    radio: FakeRadio, tmp_path: Path, error: Exception, reason: str
) -> None:
    async def fail() -> None:
        if strap.connects <= 3:
            raise error

    strap = radio.add(FakePeripheral(address=FIRST, on_connect=fail))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: CONNECTED in running.links())
    assert running.links()[:3] == [(LinkState.DISCONNECTED, reason)] * 3


async def test_a_wearable_that_refuses_to_stream_is_told_and_tried_again(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST, start_status=Status.INVALID_PARAMETER))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "profile-incomplete" in running.reasons())
        strap.start_status = Status.SUCCESS
        await running.until(lambda: running.links()[-1] == CONNECTED and strap.client)


async def test_a_radio_that_fails_raises_the_gateways_alarm_until_it_works(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST))
    radio.scan_error = BleakError("No powered Bluetooth adapters found")
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: running.health.counters["ble.scan_failed"] > 2)
        assert AlarmKey.RADIO_FAILED in running.health.alarms.standing
        radio.scan_error = None
        await running.until(lambda: "START" in strap.log)
        assert not running.health.alarms.standing


async def test_a_radio_that_never_answers_raises_the_alarm_and_is_asked_again(
    radio: FakeRadio, tmp_path: Path
) -> None:
    strap = radio.add(FakePeripheral(address=FIRST))
    radio.scan_hangs = True
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: AlarmKey.RADIO_FAILED in running.health.alarms.standing)
        radio.scan_hangs = False
        await running.until(lambda: "START" in strap.log)
        assert not running.health.alarms.standing


async def test_a_wearable_out_of_reach_is_told_once_and_sought_for_ever(
    radio: FakeRadio, tmp_path: Path
) -> None:
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: radio.scans > 5)
        assert running.links() == [(LinkState.DISCONNECTED, "out-of-reach")]
        strap = radio.add(FakePeripheral(address=FIRST))
        await running.until(lambda: "START" in strap.log)


async def test_a_link_that_is_lost_is_made_again(radio: FakeRadio, tmp_path: Path) -> None:
    strap = radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        strap.vanish()
        await running.until(lambda: strap.log.count("START") == 2)
        await running.until(lambda: len(running.links()) == 3)
    assert running.links()[:3] == [CONNECTED, (LinkState.DISCONNECTED, "link-lost"), CONNECTED]


async def test_a_lost_wearable_is_found_at_once_although_a_scan_tells_of_each_once(
    radio: FakeRadio, tmp_path: Path
) -> None:
    radio.tells_once = True
    strap = radio.add(FakePeripheral(address=FIRST))
    async with central(radio, tmp_path, scan_s=60.0, first_pause_s=0.1, longest_pause_s=0.1) as running:
        await running.until(lambda: "START" in strap.log)
        strap.vanish()
        await running.until(lambda: strap.log.count("START") == 2)


@pytest.mark.parametrize("error", [BleakError("Not connected"), KeyError("a mistake in a library")])
async def test_whatever_taking_a_link_down_raises_the_wearable_is_sought_again(
    radio: FakeRadio, tmp_path: Path, error: Exception
) -> None:
    def fail() -> None:
        raise error

    strap = radio.add(FakePeripheral(address=FIRST, on_disconnect=fail))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
        strap.vanish()
        await running.until(lambda: strap.log.count("START") == 2)


async def test_a_request_that_a_library_cancels_costs_one_link_and_not_the_wearable(
    radio: FakeRadio, tmp_path: Path
) -> None:
    def cancel(_uuid: str) -> None:
        strap.on_read = None
        raise asyncio.CancelledError

    strap = radio.add(FakePeripheral(address=FIRST, on_read=cancel))
    async with central(radio, tmp_path, FIRST) as running:
        await running.until(lambda: "START" in strap.log)
    assert running.reasons()[:2] == [None, "radio-error"]


async def test_a_gateway_that_is_stopped_while_a_link_ends_lets_the_wearable_go(
    radio: FakeRadio, tmp_path: Path
) -> None:
    def answers(uuid: str, value: bytes) -> list[bytes]:
        if value[0] == Opcode.STOP:
            unanswered.append(uuid)
            return []
        return [strap.answer(value)]

    unanswered: list[str] = []
    strap = radio.add(FakePeripheral(address=FIRST, answers=answers))
    async with central(
        radio, tmp_path, FIRST, SECOND, most_devices=1, lease_s=0.05, silence_s=60.0
    ) as running:
        await running.until(lambda: "START" in strap.log)
        radio.add(FakePeripheral(address=SECOND))
        await running.until(lambda: unanswered)
    assert strap.log[-1] == "disconnect"
