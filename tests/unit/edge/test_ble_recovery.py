"""What the central does, step by step, about a wearable that is not what it was."""

from pathlib import Path

import pytest
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from edge.alarms.local_alarm import AlarmKey
from edge.config import Bond
from tests.fakes.bleak_radio import STRAP_UUIDS, FakePeripheral, FakeRadio
from tests.fakes.central_bench import CONNECTED, FIRST, SECOND, Bench, central, radio
from tests.fakes.radio_adapter import FakeKnownDevice
from vitals.errors import DeviceError
from vitals.records import LinkState

__all__ = ["radio"]


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
