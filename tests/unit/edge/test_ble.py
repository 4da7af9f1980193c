"""What the central does when a radio or a wearable misbehaves in ways no simulator can be asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bleak.backends import BleakBackend
from bleak.exc import BleakDBusError, BleakError

from edge.adapters import ble_link, ble_seeker
from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.config import DeviceSettings, EdgeSettings, RadioSettings
from edge.health import GatewayHealth
from edge.local_alarm import AlarmKey, LocalAlarms
from tests.fakes.bleak_radio import STRAP_UUIDS, FakePeripheral, FakeRadio
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_radio import central_of
from tests.fakes.radio_adapter import FakeRadioAdapter
from vitals.gatt import uuids
from vitals.gatt.signal_control_point import Status
from vitals.records import LinkState

FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"
PATIENCE = {
    "scan_s": 0.05,
    "scan_rest_s": 0.01,
    "connect_s": 0.5,
    "request_s": 0.5,
    "silence_s": 0.6,
    "first_pause_s": 0.01,
    "longest_pause_s": 0.04,
}


class Bench:
    def __init__(self, radio: FakeRadio, settings: EdgeSettings) -> None:
        self.radio = radio
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        self.inbox = Inbox(counters=self.health.counters)
        self.items: list[LinkChange | Notification] = []
        self.adapter = FakeRadioAdapter()
        self.central = central_of(
            settings, inbox=self.inbox, clock=FakeClock(), health=self.health, adapter=self.adapter
        )

    def links(self, device: str = "c0-00-00-00-00-01") -> list[tuple[LinkState, str | None]]:
        self.items += self.inbox.take_all()
        changes = [item for item in self.items if isinstance(item, LinkChange)]
        return [(change.link, change.reason) for change in changes if change.device == device]

    def reasons(self) -> list[str | None]:
        return [reason for _, reason in self.links()]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5.0):
            while not condition():  # noqa: ASYNC110 - what is waited for is what came out, not an event
                await asyncio.sleep(0.005)


@pytest.fixture
def radio(monkeypatch: pytest.MonkeyPatch) -> FakeRadio:
    radio = FakeRadio()
    monkeypatch.setattr(ble_seeker, "BleakScanner", radio.scanner)
    monkeypatch.setattr(ble_seeker, "BleakAdapter", radio)
    monkeypatch.setattr(ble_link, "BleakClient", radio.client)
    return radio


@asynccontextmanager
async def central(
    radio: FakeRadio, tmp_path: Path, *addresses: str, ecg: bool = True
) -> AsyncIterator[Bench]:
    devices = tuple(DeviceSettings(address=address, ecg=ecg) for address in addresses)
    settings = EdgeSettings(
        gateway_id="bench",
        data_dir=tmp_path,
        devices=devices,
        adopt=not devices,
        radio=RadioSettings.model_validate(PATIENCE),
    )
    running = Bench(radio, settings)
    task = asyncio.create_task(running.central.run())
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.wait([task])


CONNECTED = (LinkState.CONNECTED, None)


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
