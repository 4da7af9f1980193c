"""When the gateway bonds with a wearable, and how it notices that a bond is lost."""

from collections.abc import Callable

import pytest
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from edge.adapters.ble.bonding import Bonding
from edge.adapters.ble.trouble import BondLostError, BondRefusedError
from edge.config import Bond
from edge.link.link_phase import LinkEvent
from tests.fakes.bleak_radio import FakePeripheral, linked
from vitals.errors import DeviceError

UNPAIRED = BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION)
UNPAIRED_ON_BLUEZ = BleakDBusError("org.bluez.Error.NotPermitted", ["Read not permitted: Not paired"])


class Bench:
    def __init__(self, peripheral: FakePeripheral, bonding: Bonding, steps: list[LinkEvent]) -> None:
        self.peripheral, self.bonding, self.steps = peripheral, bonding, steps
        self.refusals: list[Exception] = []

    async def request(self) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        return "answered"


Make = Callable[[Bond], "Bench"]


@pytest.fixture
async def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    peripheral = FakePeripheral(address="C0:00:00:00:00:01")
    link = await linked(monkeypatch, peripheral)

    def made(bond: Bond) -> Bench:
        steps: list[LinkEvent] = []
        return Bench(peripheral, Bonding(link, bond=bond, step=steps.append, device="strap"), steps)

    return made


@pytest.mark.parametrize(("bond", "pairs"), [("required", 1), ("if-asked", 0), ("never", 0)])
async def test_only_where_it_is_required_is_a_bond_made_before_anything(
    make: Make, bond: Bond, pairs: int
) -> None:
    bench = make(bond)
    await bench.bonding.before_anything()
    assert bench.peripheral.log.count("pair") == pairs
    assert bench.steps == [LinkEvent.BOND_ASKED, LinkEvent.BONDED] * pairs


@pytest.mark.parametrize("refusal", [UNPAIRED, UNPAIRED_ON_BLUEZ], ids=["att", "bluez"])
async def test_a_wearable_that_asks_for_a_bond_gets_one_and_is_asked_again(
    make: Make, refusal: Exception
) -> None:
    bench = make("if-asked")
    bench.refusals = [refusal]
    assert await bench.bonding.asking(bench.request) == "answered"
    assert bench.peripheral.log == ["pair"]


async def test_a_wearable_that_does_not_ask_is_not_bonded_with(make: Make) -> None:
    bench = make("if-asked")
    assert await bench.bonding.asking(bench.request) == "answered"
    assert bench.peripheral.log == []


async def test_one_that_still_refuses_has_forgotten_the_bond(make: Make) -> None:
    bench = make("if-asked")
    bench.refusals = [UNPAIRED, UNPAIRED]
    with pytest.raises(BondLostError, match="does not know its bond any more"):
        await bench.bonding.asking(bench.request)


async def test_a_bond_is_made_once_in_a_connection(make: Make) -> None:
    bench = make("required")
    await bench.bonding.before_anything()
    bench.refusals = [UNPAIRED, UNPAIRED]
    with pytest.raises(BondLostError):
        await bench.bonding.asking(bench.request)
    assert bench.peripheral.log == ["pair"]


async def test_one_that_asks_and_may_not_be_bonded_with_is_said_so_with_the_setting(make: Make) -> None:
    bench = make("never")
    bench.refusals = [UNPAIRED]
    with pytest.raises(DeviceError, match='bond = "if-asked"'):
        await bench.bonding.asking(bench.request)
    assert bench.peripheral.log == []


async def test_what_is_not_needed_is_not_worth_that_complaint(make: Make) -> None:
    bench = make("never")
    bench.refusals = [UNPAIRED]
    with pytest.raises(BleakGATTProtocolError):
        await bench.bonding.asking(bench.request, is_needed=False)


async def test_another_error_is_none_of_its_business(make: Make) -> None:
    bench = make("if-asked")
    bench.refusals = [BleakError("Not connected")]
    with pytest.raises(BleakError, match="Not connected"):
        await bench.bonding.asking(bench.request)
    assert bench.peripheral.log == []


async def test_a_wearable_that_will_not_pair_is_told_of_with_what_to_do(make: Make) -> None:
    def refuse() -> None:
        raise BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])

    bench = make("required")
    bench.peripheral.on_pair = refuse
    with pytest.raises(BondRefusedError, match="let it pair, as its manual says"):
        await bench.bonding.before_anything()
    assert bench.steps == [LinkEvent.BOND_ASKED, LinkEvent.BOND_REFUSED]


async def test_what_is_not_needed_is_worth_one_bond_and_its_refusal_loses_none(make: Make) -> None:
    bench = make("if-asked")
    bench.refusals = [UNPAIRED, UNPAIRED]
    with pytest.raises(BleakGATTProtocolError):
        await bench.bonding.asking(bench.request, is_needed=False)
    assert bench.steps == [LinkEvent.BOND_ASKED, LinkEvent.BONDED]


async def test_a_bond_that_was_refused_is_not_asked_for_again_by_what_is_not_needed(make: Make) -> None:
    def refuse() -> None:
        raise BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])

    bench = make("if-asked")
    bench.peripheral.on_pair = refuse
    bench.refusals = [UNPAIRED, UNPAIRED]
    with pytest.raises(BondRefusedError):
        await bench.bonding.asking(bench.request, is_needed=False)
    with pytest.raises(BleakGATTProtocolError):
        await bench.bonding.asking(bench.request, is_needed=False)
    assert bench.peripheral.log == ["pair"]
