"""Wrong clocks, from the gateway's outbox to what the service reads: nothing is lost or misplaced."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.storage.sqlite_series import SqliteSeries
from edge.outbox import Outbox
from tests.fakes.broker_process import EmbeddedBroker
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_delivery import BOOT, gateway_delivering, until
from tests.fakes.gateway_records import DEVICE, open_outbox
from tests.fakes.service_ingest import PATIENT, service_ingest
from vitals.records import ObservationRun

_ALL_TIME_MS = (0, 1 << 45)
_MINUTE_MS = 60_000
_HOUR_S = 3_600


class Machine:
    """A gateway's computer: its clock, and whether NTP holds it."""

    def __init__(self, wall_ms: float) -> None:
        self.clock = FakeClock(wall=wall_ms, monotonic=100.0)
        self.is_synced = False
        self.made = 0

    def measure(self, outbox: Outbox) -> None:
        """Have a heart rate measured now, as this clock has it; each is another."""
        self.made += 1
        outbox.append(
            [
                ObservationRun(
                    device=DEVICE, kind="heart_rate", t_ms=[self.clock.wall_ms()], value=[float(self.made)]
                )
            ]
        )


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    started = EmbeddedBroker(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


def outbox_of(machine: Machine, path: Path) -> Outbox:
    return open_outbox(path, clock=machine.clock, boot_id=BOOT, is_synced=lambda: machine.is_synced)


async def delivered(outbox: Outbox, broker: EmbeddedBroker, series: SqliteSeries) -> dict[float, int]:
    """Return when the service believes each value was measured."""
    with service_ingest(broker.port, series):
        async with gateway_delivering(outbox, broker.port):
            await until(lambda: outbox.status().records == 0)
    outbox.close()
    points = series.observations(PATIENT, "heart_rate", *_ALL_TIME_MS, 100).points
    return {point.value: point.t_ms for point in points}


async def test_what_was_measured_in_1970_is_put_right_once_ntp_has_answered(
    tmp_path: Path, broker: EmbeddedBroker, series: SqliteSeries
) -> None:
    now_ms = time.time_ns() // 1_000_000
    machine = Machine(wall_ms=0.0)
    outbox = outbox_of(machine, tmp_path / "outbox.db")
    machine.measure(outbox)
    machine.clock.advance(60)
    machine.measure(outbox)
    machine.clock.wall, machine.is_synced = float(now_ms), True  # NTP answers
    machine.measure(outbox)
    found = await delivered(outbox, broker, series)
    assert found == {1.0: now_ms - _MINUTE_MS, 2.0: now_ms, 3.0: now_ms}


async def test_a_clock_set_back_an_hour_costs_no_sample_and_no_number(
    tmp_path: Path, broker: EmbeddedBroker, series: SqliteSeries
) -> None:
    now_ms = time.time_ns() // 1_000_000
    machine = Machine(wall_ms=float(now_ms))
    machine.is_synced = True
    outbox = outbox_of(machine, tmp_path / "outbox.db")
    for _ in range(3):
        machine.measure(outbox)
        machine.clock.advance(1)
    machine.clock.jump_wall(-_HOUR_S)
    for _ in range(3):
        machine.measure(outbox)
        machine.clock.advance(1)
    numbers = {epoch.epoch: epoch.made for epoch in outbox.status().epochs if epoch.made}
    found = await delivered(outbox, broker, series)
    assert len(found) == sum(numbers.values()) == 6
    back_ms = found[4.0] - found[3.0]
    assert abs(back_ms + _HOUR_S * 1000) <= 1_000, "each is kept at the time its clock showed"
    assert {account.epoch: account.missing for account in series.accounts()} == dict.fromkeys(numbers, ())


async def test_a_wearable_ten_years_ahead_is_kept_marked_and_never_the_newest(
    tmp_path: Path, broker: EmbeddedBroker, series: SqliteSeries
) -> None:
    now_ms = time.time_ns() // 1_000_000
    machine = Machine(wall_ms=float(now_ms))
    machine.is_synced = True
    outbox = outbox_of(machine, tmp_path / "outbox.db")
    machine.measure(outbox)
    ahead = ObservationRun(device=DEVICE, kind="heart_rate", t_ms=[now_ms + 315_000_000_000], value=[2.0])
    outbox.append([ahead])
    found = await delivered(outbox, broker, series)
    assert found == {1.0: now_ms, 2.0: ahead.t_ms[0]}
    assert series.latest(PATIENT)["heart_rate"].value == 1.0


async def test_samples_of_two_wearables_in_one_millisecond_both_survive(
    tmp_path: Path, broker: EmbeddedBroker, series: SqliteSeries
) -> None:
    now_ms = time.time_ns() // 1_000_000
    machine = Machine(wall_ms=float(now_ms))
    machine.is_synced = True
    outbox = outbox_of(machine, tmp_path / "outbox.db")
    runs = [
        ObservationRun(device=device, kind="heart_rate", t_ms=[now_ms], value=[value])
        for device, value in ((DEVICE, 60.0), ("c0-00-00-00-00-02", 61.0))
    ]
    outbox.append(runs)
    with service_ingest(broker.port, series, worn=(DEVICE, "c0-00-00-00-00-02")):
        async with gateway_delivering(outbox, broker.port):
            await until(lambda: outbox.status().records == 0)
    outbox.close()
    points = series.observations(PATIENT, "heart_rate", *_ALL_TIME_MS, 100).points
    assert {(point.t_ms, point.value) for point in points} == {(now_ms, 60.0), (now_ms, 61.0)}
