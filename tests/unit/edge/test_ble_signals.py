"""Signals are started at the nearest rate on offer, and stopped one by one."""

from collections.abc import Iterable

import pytest

from edge.adapters.ble.exchange import Exchange
from edge.adapters.ble.signals import start_signals, stop_signals
from edge.link.profiles import SignalWish
from tests.fakes.bleak_radio import FakePeripheral, linked
from vitals.errors import DeviceError
from vitals.gatt import signal_control_point as control
from vitals.gatt import uuids
from vitals.gatt.signal_control_point import SignalSettings, Status
from vitals.gatt.signals import Signal

OFFERED = (
    SignalSettings(signal=Signal.PPG, rate_hz=25, resolution=1),
    SignalSettings(signal=Signal.PPG, rate_hz=100, resolution=1),
    SignalSettings(signal=Signal.ACCELERATION, rate_hz=52, resolution=500),
    SignalSettings(signal=Signal.ACCELERATION, rate_hz=52, resolution=100),
)
WISHES = (SignalWish(signal=Signal.PPG, rate_hz=50), SignalWish(signal=Signal.ACCELERATION, rate_hz=50))


class Bench:
    def __init__(self, peripheral: FakePeripheral, exchange: Exchange) -> None:
        self.peripheral, self.exchange = peripheral, exchange
        self.status = Status.SUCCESS

    def answer(self, _uuid: str, value: bytes) -> Iterable[bytes]:
        settings = OFFERED if isinstance(control.decode(value), control.GetSettings) else ()
        status = Status.SUCCESS if settings else self.status
        yield control.encode(control.Response(request_opcode=value[0], status=status, settings=settings))

    def asked(self) -> list[control.Message]:
        return [control.decode(value) for _, value in self.peripheral.written]


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    peripheral = FakePeripheral(address="C0:00:00:00:00:01")
    link = await linked(monkeypatch, peripheral)
    exchange = Exchange(link, uuids.SIGNAL_CONTROL_POINT, limit_s=0.1)
    await link.subscribe(uuids.SIGNAL_CONTROL_POINT, exchange.on_value)
    made = Bench(peripheral, exchange)
    peripheral.answers = made.answer
    return made


async def test_each_signal_is_started_at_its_nearest_rate_and_finest_resolution(bench: Bench) -> None:
    await start_signals(bench.exchange, WISHES, device="band")
    assert bench.asked() == [
        control.GetSettings(),
        control.Start(settings=OFFERED[0]),
        control.Start(settings=OFFERED[3]),
    ]


async def test_each_signal_is_stopped(bench: Bench) -> None:
    await stop_signals(bench.exchange, WISHES, device="band")
    assert bench.asked() == [control.Stop(signal=Signal.PPG), control.Stop(signal=Signal.ACCELERATION)]


async def test_one_that_streams_already_is_as_good_as_started(bench: Bench) -> None:
    bench.status = Status.ALREADY_STREAMING
    await start_signals(bench.exchange, WISHES, device="band")


async def test_a_signal_that_is_not_on_offer_is_said_so(bench: Bench) -> None:
    with pytest.raises(DeviceError, match="band offers no ECG: update its firmware"):
        await start_signals(bench.exchange, (SignalWish(signal=Signal.ECG, rate_hz=130),), device="band")


async def test_a_refusal_names_the_request_and_the_answer(bench: Bench) -> None:
    bench.status = Status.INVALID_PARAMETER
    with pytest.raises(DeviceError, match="answers Start with INVALID_PARAMETER"):
        await start_signals(bench.exchange, WISHES, device="band")
