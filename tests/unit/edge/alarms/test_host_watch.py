"""When the computer itself is unwell: each row at its limits, with patience, and with room between."""

import pytest

from edge.alarms.host_watch import HOST_CONDITIONS, HostReading, HostWatch
from edge.alarms.local_alarm import AlarmChange, AlarmKey, LocalAlarms
from vitals.records import HostState

MIB = 1 << 20


class Bench:
    def __init__(self) -> None:
        self.changes: list[AlarmChange] = []
        self.watch = HostWatch(alarms=LocalAlarms(hook=self.changes.append))
        self.now_s = 0.0

    def see(self, reading: HostReading, *, for_s: float = 0.0) -> None:
        """Look every ten seconds, as the gateway does, for so long."""
        until_s = self.now_s + for_s
        self.watch.look(reading, now_s=self.now_s, now_ms=1)
        while self.now_s < until_s:
            self.now_s = min(until_s, self.now_s + 10)
            self.watch.look(reading, now_s=self.now_s, now_ms=1)

    def told(self) -> list[tuple[AlarmKey, bool]]:
        return [(change.alarm.key, change.is_raised) for change in self.changes]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def free(mib: int) -> HostReading:
    return HostReading(host=HostState(disk_free_bytes=mib * MIB))


def hot(celsius: float, *, throttled: bool | None = None) -> HostReading:
    return HostReading(host=HostState(cpu_temperature_c=celsius, throttled=throttled))


def test_a_computer_that_tells_nothing_raises_nothing(bench: Bench) -> None:
    bench.see(HostReading(), for_s=10_000)
    assert bench.told() == []


def test_every_row_says_where_its_numbers_come_from() -> None:
    assert all(row.source for row in HOST_CONDITIONS)


def test_a_full_disk_is_told_at_once_and_is_over_only_with_room_to_spare(bench: Bench) -> None:
    for mib in (200, 199, 250, 299, 150, 300, 199):
        bench.see(free(mib))
    low = AlarmKey.DISK_LOW
    assert bench.told() == [(low, True), (low, False), (low, True)]
    assert bench.changes[0].detail == "199 MiB free"


def test_heat_is_told_after_a_minute_and_is_over_five_degrees_lower(bench: Bench) -> None:
    bench.see(hot(80), for_s=59)
    assert bench.told() == []
    bench.see(hot(85), for_s=1)
    bench.see(hot(75), for_s=100)
    assert bench.told() == [(AlarmKey.OVERHEATED, True)]
    bench.see(hot(74.9))
    assert bench.told() == [(AlarmKey.OVERHEATED, True), (AlarmKey.OVERHEATED, False)]


def test_heat_that_comes_and_goes_within_a_minute_is_not_told(bench: Bench) -> None:
    for _ in range(20):
        bench.see(hot(81), for_s=40)
        bench.see(hot(78), for_s=10)
    assert bench.told() == []


def test_a_cool_computer_that_is_slowed_down_wants_power(bench: Bench) -> None:
    bench.see(hot(50, throttled=True), for_s=60)
    assert bench.told() == [(AlarmKey.POWER_POOR, True)]
    bench.see(hot(50, throttled=False))
    assert bench.told()[-1] == (AlarmKey.POWER_POOR, False)


def test_a_hot_one_that_is_slowed_down_is_only_hot(bench: Bench) -> None:
    bench.see(hot(82, throttled=True), for_s=200)
    assert bench.told() == [(AlarmKey.OVERHEATED, True)]


def test_a_clock_nobody_sets_is_told_after_a_quarter_of_an_hour(bench: Bench) -> None:
    bench.see(HostReading(clock_synced=False), for_s=899)
    assert bench.told() == []
    bench.see(HostReading(clock_synced=False), for_s=1)
    bench.see(HostReading(clock_synced=True))
    assert bench.told() == [(AlarmKey.CLOCK_UNSET, True), (AlarmKey.CLOCK_UNSET, False)]


def test_the_last_reading_is_kept(bench: Bench) -> None:
    bench.see(free(500))
    assert bench.watch.reading == free(500)
