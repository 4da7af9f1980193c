"""What the central does when a radio or a wearable misbehaves in ways no simulator can be asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bleak.backends import BleakBackend
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from edge.adapters.ble import central as ble
from edge.adapters.ble import link as ble_link
from edge.adapters.ble import seeker as ble_seeker
from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.config import Bond, BondRenewal, DeviceSettings, EdgeSettings, RadioSettings
from edge.health import GatewayHealth
from tests.fakes.bleak_radio import RSSI_DBM, STRAP_UUIDS, FakePeripheral, FakeRadio
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_radio import central_of
from tests.fakes.radio_adapter import FakeKnownDevice, FakeRadioAdapter
from vitals.errors import DeviceError
from vitals.gatt import uuids
from vitals.gatt.signal_control_point import Opcode, Status
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
    radio: FakeRadio,
    tmp_path: Path,
    *addresses: str,
    ecg: bool = True,
    profile: str = "chest-strap",
    bond: Bond = "if-asked",
    bond_renewal: BondRenewal = "by-itself",
    **patience: float,
) -> AsyncIterator[Bench]:
    devices = tuple(
        DeviceSettings(address=address, ecg=ecg, profile=profile, bond=bond, bond_renewal=bond_renewal)
        for address in addresses
    )
    settings = EdgeSettings(
        gateway_id="bench",
        data_dir=tmp_path,
        devices=devices,
        adopt=not devices,
        radio=RadioSettings.model_validate(PATIENCE | patience),
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


class TestAVisitor:
    """A cuff comes, delivers and goes, and nobody is worried."""

    @pytest.fixture
    def cuff(self, radio: FakeRadio) -> FakePeripheral:
        return radio.add(
            FakePeripheral(
                address=FIRST,
                uuids=(uuids.BLOOD_PRESSURE_MEASUREMENT,),
                advertised=(uuids.BLOOD_PRESSURE_SERVICE,),
            )
        )

    async def test_is_away_once_it_has_delivered_and_left_alone_for_a_while(
        self, radio: FakeRadio, tmp_path: Path, cuff: FakePeripheral
    ) -> None:
        async with central(radio, tmp_path, FIRST, profile="blood-pressure-cuff") as running:
            await running.until(lambda: "subscribe 2a35" in cuff.log)
            cuff.notify(uuids.BLOOD_PRESSURE_MEASUREMENT, b"\x00")
            cuff.vanish()
            await running.until(lambda: (LinkState.AWAY, "delivered") in running.links())
            await asyncio.sleep(0.2)
            assert running.links() == [CONNECTED, (LinkState.AWAY, "delivered")]
            assert cuff.connects == 1

    async def test_comes_again_after_its_rest(
        self, radio: FakeRadio, tmp_path: Path, cuff: FakePeripheral
    ) -> None:
        async with central(
            radio, tmp_path, FIRST, profile="blood-pressure-cuff", visit_rest_s=0.05
        ) as running:
            for visits in range(1, 4):
                await running.until(lambda: cuff.log.count("subscribe 2a35") == visits)  # noqa: B023 - awaited
                cuff.notify(uuids.BLOOD_PRESSURE_MEASUREMENT, b"\x00")
                cuff.vanish()

    async def test_that_is_not_there_is_away_and_not_out_of_reach(
        self, radio: FakeRadio, tmp_path: Path, cuff: FakePeripheral
    ) -> None:
        cuff.advertises = False
        async with central(radio, tmp_path, FIRST, profile="blood-pressure-cuff") as running:
            await running.until(lambda: radio.scans > 3)
            assert running.links() == [(LinkState.AWAY, "out-of-reach")]


class TestServicesThatAreMissing:
    """What the system believes of a wearable may be what it was long ago."""

    async def until_it_rests(self, running: Bench) -> None:
        await running.until(lambda: running.reasons().count("profile-incomplete") >= 3)

    async def test_are_discovered_afresh_at_once(self, radio: FakeRadio, tmp_path: Path) -> None:
        strap = radio.add(FakePeripheral(address=FIRST, uuids=STRAP_UUIDS[:1]))
        async with central(radio, tmp_path, FIRST, first_pause_s=30.0, longest_pause_s=30.0) as running:
            await running.until(lambda: "remove 01" in running.adapter.log)
            strap.uuids = STRAP_UUIDS
            await running.until(lambda: "START" in strap.log)

    async def test_do_not_cost_a_bond_at_first_but_the_second_time_they_do(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        strap = radio.add(FakePeripheral(address=FIRST, uuids=STRAP_UUIDS[:1]))
        async with central(radio, tmp_path, FIRST) as running:
            running.adapter.known = [FakeKnownDevice(device="c0-00-00-00-00-01", is_bonded=True)]
            await self.until_it_rests(running)
            assert strap.connects >= 3
            assert running.adapter.log.count("remove 01") == 1

    async def test_never_cost_a_bond_that_only_a_person_renews(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        radio.add(FakePeripheral(address=FIRST, uuids=STRAP_UUIDS[:1]))
        async with central(radio, tmp_path, FIRST, bond_renewal="by-hand") as running:
            running.adapter.known = [FakeKnownDevice(device="c0-00-00-00-00-01", is_bonded=True)]
            await self.until_it_rests(running)
            assert "remove 01" not in running.adapter.log

    async def test_cost_no_other_its_stream_ever(self, radio: FakeRadio, tmp_path: Path) -> None:
        lacking = radio.add(FakePeripheral(address=FIRST, uuids=STRAP_UUIDS[:1]))
        well = radio.add(FakePeripheral(address=SECOND))
        async with central(
            radio, tmp_path, FIRST, SECOND, silence_s=60.0, first_pause_s=0.001, longest_pause_s=0.001
        ) as running:
            await running.until(lambda: "START" in well.log)
            await running.until(lambda: lacking.connects >= 20)
            assert "power-cycle" not in running.adapter.log

    async def test_are_cleared_twice_at_most_until_the_wearable_is_well_again(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        radio.add(FakePeripheral(address=FIRST, uuids=STRAP_UUIDS[:1]))
        async with central(radio, tmp_path, FIRST) as running:
            await running.until(lambda: running.reasons().count("profile-incomplete") >= 5)
            assert running.adapter.log[:2] == ["remove 01", "remove 01"]
            assert "remove 01" not in running.adapter.log[2:]


class TestABondThatIsLost:
    """It is removed, made anew once, and then a person is told."""

    KEYS_UNKNOWN = BleakError("no link to it: HCI_Error(PIN_OR_KEY_MISSING)")

    async def test_is_removed_and_made_anew_at_once(self, radio: FakeRadio, tmp_path: Path) -> None:
        async def refuse() -> None:
            if "forget" not in strap.log:
                raise self.KEYS_UNKNOWN

        strap = radio.add(FakePeripheral(address=FIRST, on_connect=refuse))
        async with central(radio, tmp_path, FIRST, first_pause_s=30.0, longest_pause_s=30.0) as running:
            await running.until(lambda: "START" in strap.log)
            assert running.links()[0] == (LinkState.DISCONNECTED, "bond-lost")
            assert running.health.counters["ble.bond_removed"] == 1

    async def test_that_is_lost_again_is_told_and_not_removed_again(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        async def refuse() -> None:
            raise self.KEYS_UNKNOWN

        strap = radio.add(FakePeripheral(address=FIRST, on_connect=refuse))
        async with central(radio, tmp_path, FIRST) as running:
            await running.until(lambda: strap.connects >= 4)
            assert running.health.alarms.devices(AlarmKey.BOND_LOST) == {"c0-00-00-00-00-01"}
            assert strap.log.count("forget") == 1

    async def test_looks_on_bluez_like_links_that_end_early_and_three_of_those_are_enough(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        async def end_early() -> None:
            if "forget" not in strap.log:
                raise BleakError("failed to discover services, device disconnected")

        strap = radio.add(FakePeripheral(address=FIRST, on_connect=end_early))
        async with central(radio, tmp_path, FIRST) as running:
            running.adapter.known = [FakeKnownDevice(device="c0-00-00-00-00-01", is_bonded=True)]
            await running.until(lambda: "START" in strap.log)
            assert running.reasons()[:3] == ["radio-error", "radio-error", "bond-lost"]

    async def test_is_not_suspected_where_there_is_none(self, radio: FakeRadio, tmp_path: Path) -> None:
        async def end_early() -> None:
            raise BleakError("failed to discover services, device disconnected")

        strap = radio.add(FakePeripheral(address=FIRST, on_connect=end_early))
        async with central(radio, tmp_path, FIRST) as running:
            await running.until(lambda: strap.connects >= 5)
            assert "bond-lost" not in running.reasons()
            assert "forget" not in strap.log

    async def test_waits_for_a_person_where_the_settings_say_so(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        async def refuse() -> None:
            if running.adapter.known:
                raise BleakError("failed to discover services, device disconnected")

        strap = radio.add(FakePeripheral(address=FIRST, on_connect=refuse))
        async with central(radio, tmp_path, FIRST, bond_renewal="by-hand", settled_s=0.1) as running:
            running.adapter.known = [FakeKnownDevice(device="c0-00-00-00-00-01", is_bonded=True)]
            await running.until(lambda: running.health.alarms.devices(AlarmKey.BOND_LOST))
            await running.until(lambda: strap.connects >= 10)
            assert "forget" not in strap.log
            assert "remove 01" not in running.adapter.log
            running.adapter.known = []  # as after `bluetoothctl remove`
            await running.until(lambda: "START" in strap.log)
            await running.until(lambda: not running.health.alarms.standing)

    @pytest.mark.parametrize(("bond", "may_pair"), [("if-asked", True), ("never", False)])
    async def test_is_consented_to_over_a_link_of_the_gateways_and_never_where_none_is_wanted(
        self, radio: FakeRadio, tmp_path: Path, bond: Bond, *, may_pair: bool
    ) -> None:
        first, second = "c0-00-00-00-00-01", "c0-00-00-00-00-02"
        strap = radio.add(FakePeripheral(address=FIRST))
        async with central(
            radio, tmp_path, FIRST, bond=bond, first_pause_s=60.0, longest_pause_s=60.0
        ) as running:
            assert not running.central.may_pair(first), "nobody is connected"
            await running.until(lambda: "START" in strap.log)
            assert running.central.may_pair(first) is may_pair
            assert not running.central.may_pair(second), "a stranger"
            strap.vanish()
            await running.until(lambda: "link-lost" in running.reasons())
            assert not running.central.may_pair(first), "it is somebody else who has a link to it"

    async def test_is_not_worth_a_stream_where_what_asks_for_it_is_only_nice_to_know(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        def refuse(_uuid: str) -> None:
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION)

        def refuse_to_pair() -> None:
            raise BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])

        strap = radio.add(FakePeripheral(address=FIRST, on_read=refuse, on_pair=refuse_to_pair))
        async with central(radio, tmp_path, FIRST) as running:
            await running.until(lambda: "START" in strap.log)
            assert running.links() == [CONNECTED]
            assert strap.log.count("pair") == 1


class TestAWearableThatWillNotConnect:
    """It is answered step by step, and somebody is told before the adapter is touched."""

    @pytest.fixture
    def strap(self, radio: FakeRadio) -> FakePeripheral:
        return radio.add(FakePeripheral(address=FIRST, on_connect=self.fail))

    async def fail(self) -> None:
        raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])

    async def test_is_disconnected_removed_told_of_and_the_adapter_power_cycled(
        self, radio: FakeRadio, tmp_path: Path, strap: FakePeripheral
    ) -> None:
        async with central(radio, tmp_path, FIRST) as running:
            await running.until(lambda: "power-cycle" in running.adapter.log)
            assert running.adapter.log == ["disconnect 01", "remove 01", "power-cycle"]
            assert running.health.alarms.devices(AlarmKey.WEARABLE_UNREACHABLE) == {"c0-00-00-00-00-01"}
            assert strap.connects == 8

    async def test_that_is_bonded_keeps_its_bond(
        self, radio: FakeRadio, tmp_path: Path, strap: FakePeripheral
    ) -> None:
        async with central(radio, tmp_path, FIRST) as running:
            running.adapter.known = [FakeKnownDevice(device="c0-00-00-00-00-01", is_bonded=True)]
            await running.until(lambda: strap.connects >= 8)
            assert "remove 01" not in running.adapter.log

    @pytest.mark.usefixtures("strap")
    async def test_costs_no_other_its_stream_before_the_last_resort(
        self, radio: FakeRadio, tmp_path: Path
    ) -> None:
        well = radio.add(FakePeripheral(address=SECOND))
        async with central(radio, tmp_path, FIRST, SECOND, silence_s=60.0) as running:
            await running.until(lambda: "START" in well.log)
            await running.until(lambda: radio.peripherals[FIRST].connects >= 15)
            assert "power-cycle" not in running.adapter.log
            await running.until(lambda: "power-cycle" in running.adapter.log)

    async def test_ends_the_alarm_once_it_has_been_well_for_a_while(
        self, radio: FakeRadio, tmp_path: Path, strap: FakePeripheral
    ) -> None:
        async with central(radio, tmp_path, FIRST, settled_s=0.1, silence_s=60.0) as running:
            await running.until(lambda: running.health.alarms.devices(AlarmKey.WEARABLE_UNREACHABLE))
            strap.on_connect = None
            await running.until(lambda: not running.health.alarms.standing)
            assert "START" in strap.log

    async def test_is_tried_again_for_ever_even_where_no_remedy_works(
        self, radio: FakeRadio, tmp_path: Path, strap: FakePeripheral
    ) -> None:
        async with central(radio, tmp_path, FIRST, longest_pause_s=0.01) as running:
            running.adapter.error = DeviceError("BlueZ does not answer")
            await running.until(lambda: strap.connects >= 20)
            assert running.health.counters["ble.remedy_failed"] >= 3
            strap.on_connect = None
            await running.until(lambda: "START" in strap.log)


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
