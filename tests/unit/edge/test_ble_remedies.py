"""What a ladder asks for is done to the adapter, or passed over where that would do more harm than good."""

import pytest

from edge.adapters.ble.remedies import Remedies
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.health import GatewayHealth
from edge.link.recovery import Remedy, Rung
from tests.fakes.clock import FakeClock
from tests.fakes.radio_adapter import FakeKnownDevice, FakeRadioAdapter
from vitals.errors import DeviceError

STRAP = "c0-00-00-00-00-01"


def rung(remedy: Remedy, *, spares_streams: bool = False) -> Rung:
    return Rung(failures=1, remedy=remedy, why="a test", spares_streams=spares_streams)


@pytest.fixture
def adapter() -> FakeRadioAdapter:
    return FakeRadioAdapter()


@pytest.fixture
def remedies(adapter: FakeRadioAdapter) -> Remedies:
    health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    return Remedies(adapter=adapter, health=health, clock=FakeClock())


@pytest.mark.parametrize(
    ("remedy", "device", "done"),
    [
        (Remedy.BACK_OFF, STRAP, []),
        (Remedy.DISCONNECT, STRAP, ["disconnect 01"]),
        (Remedy.REMOVE_DEVICE, STRAP, ["remove 01"]),
        (Remedy.POWER_CYCLE, STRAP, ["power-cycle"]),
        (Remedy.POWER_CYCLE, None, ["power-cycle"]),
        (Remedy.RESTART_SCAN, None, []),
        (Remedy.TELL, None, []),
    ],
)
async def test_each_remedy_is_done_and_counted(
    remedies: Remedies, adapter: FakeRadioAdapter, remedy: Remedy, device: str | None, done: list[str]
) -> None:
    await remedies.apply(rung(remedy), device=device, is_adapter_in_use=False)
    assert adapter.log == done
    assert remedies.health.counters[f"ble.remedy_{remedy}".replace("-", "_")] == 1


async def test_a_power_cycle_that_spares_streams_is_not_done_while_there_are_any(
    remedies: Remedies, adapter: FakeRadioAdapter
) -> None:
    await remedies.apply(rung(Remedy.POWER_CYCLE, spares_streams=True), is_adapter_in_use=True)
    assert adapter.log == []
    await remedies.apply(rung(Remedy.POWER_CYCLE), is_adapter_in_use=True)
    assert adapter.log == ["power-cycle"]


async def test_a_wearable_that_somebody_must_see_to_is_an_alarm_of_its_own(remedies: Remedies) -> None:
    await remedies.apply(rung(Remedy.TELL), device=STRAP, is_adapter_in_use=False)
    assert remedies.health.alarms.devices(AlarmKey.WEARABLE_UNREACHABLE) == {STRAP}
    remedies.tell(AlarmKey.WEARABLE_UNREACHABLE, STRAP, stands=False)
    assert not remedies.health.alarms.standing


async def test_a_bond_is_not_lost_to_a_remedy_unless_that_is_meant(
    remedies: Remedies, adapter: FakeRadioAdapter
) -> None:
    adapter.known = [FakeKnownDevice(device=STRAP, is_bonded=True)]
    await remedies.apply(rung(Remedy.REMOVE_DEVICE), device=STRAP, is_adapter_in_use=False)
    assert adapter.log == []
    await remedies.forget_services(STRAP, and_bond=True)
    assert adapter.log == ["remove 01"]


async def test_where_the_system_does_not_say_whether_there_is_a_bond_nothing_is_removed(
    remedies: Remedies, adapter: FakeRadioAdapter
) -> None:
    adapter.error = DeviceError("BlueZ does not answer")
    await remedies.forget_services(STRAP)
    assert adapter.log == []
    assert not await remedies.is_bonded(STRAP)


@pytest.mark.parametrize(
    "error", [DeviceError("refused"), TimeoutError(), OSError("gone"), EOFError(), KeyError("a mistake")]
)
async def test_a_remedy_that_fails_is_counted_and_passed_over(
    remedies: Remedies, adapter: FakeRadioAdapter, error: Exception
) -> None:
    adapter.error = error
    await remedies.apply(rung(Remedy.POWER_CYCLE), is_adapter_in_use=False)
    assert remedies.health.counters["ble.remedy_failed"] == 1
