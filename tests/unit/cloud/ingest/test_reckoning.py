"""How far a gateway's times are off: what the server makes of what the batch says."""

from typing import Any

import pytest

from cloud.ingest.reckoning import BELIEVED_WITHIN_MS, reckon
from cloud.ports import ClockFix, RecordClock
from vitals.wire.envelope import Batch, ClockStamp, Making

NOW_MS = 1_800_000_000_000
BOOT_MS = NOW_MS - 600_000
"""When the gateway booted, by a right clock: ten minutes ago."""


def batch(made: Making | None, *, wall_ms: int = NOW_MS, synced: bool = True, **changes: Any) -> Batch:
    clock = ClockStamp(wall_ms=wall_ms, boottime_ms=600_000, synced=synced)
    fields: dict[str, Any] = {"v": 1, "epoch": "abcd1234-events", "first_seq": 1, "boot_id": "boot-1"}
    return Batch(**(fields | {"clock": clock, "made": made, "records": []} | changes))


def making(
    offset_ms: int, *, synced: bool = False, shift_ms: int | None = None, boot: str = "boot-1"
) -> Making:
    return Making(boot_id=boot, offset_ms=offset_ms, synced=synced, shift_ms=shift_ms)


def clock_of(one: Batch, received_ms: int = NOW_MS) -> RecordClock | None:
    return reckon(one, gateway="home-1", received_ms=received_ms).clock


@pytest.mark.parametrize("made", [None, making(0, synced=True)])
def test_times_under_ntp_and_of_gateways_that_do_not_say_are_believed(made: Making | None) -> None:
    assert clock_of(batch(made)) is None


def test_the_gateway_s_own_shift_is_the_best() -> None:
    clock = clock_of(batch(making(5_000, shift_ms=77_000, boot="boot-0")))
    assert clock == RecordClock(boot_id="boot-0", offset_ms=5_000, shift_ms=77_000, by_ntp=True)


def test_a_clock_that_ntp_has_set_since_tells_how_far_it_was_off() -> None:
    clock = clock_of(batch(making(0)), received_ms=NOW_MS + 40_000)
    assert clock == RecordClock(boot_id="boot-1", offset_ms=0, shift_ms=BOOT_MS, by_ntp=True)


def test_a_clock_nobody_holds_is_measured_by_the_server_s() -> None:
    clock = clock_of(batch(making(0), wall_ms=600_000, synced=False), received_ms=NOW_MS + 150)
    assert clock == RecordClock(boot_id="boot-1", offset_ms=0, shift_ms=BOOT_MS + 150, by_ntp=False)


@pytest.mark.parametrize("off_ms", [0, BELIEVED_WITHIN_MS, -BELIEVED_WITHIN_MS])
def test_a_clock_nobody_holds_that_is_right_all_the_same_is_believed(off_ms: int) -> None:
    one = batch(making(BOOT_MS - off_ms), wall_ms=NOW_MS - off_ms, synced=False)
    assert clock_of(one) is None


def test_a_boot_of_which_nothing_is_known_stays_in_doubt() -> None:
    clock = clock_of(batch(making(0, boot="boot-0")))
    assert clock == RecordClock(boot_id="boot-0", offset_ms=0, shift_ms=None)


def test_every_batch_says_something_of_its_own_boot() -> None:
    fix = reckon(batch(None), gateway="home-1", received_ms=NOW_MS + 9).fix
    assert fix == ClockFix(gateway="home-1", boot_id="boot-1", offset_ms=BOOT_MS, by_ntp=True)
    late = reckon(batch(None, wall_ms=5, synced=False), gateway="home-1", received_ms=NOW_MS + 9).fix
    assert late == ClockFix(gateway="home-1", boot_id="boot-1", offset_ms=BOOT_MS + 9, by_ntp=False)


@pytest.mark.parametrize("wall_ms", [5, NOW_MS + 300_001, 2**53])
def test_a_time_nobody_believes_is_not_ntps_whatever_the_gateway_says(wall_ms: int) -> None:
    fix = reckon(batch(None, wall_ms=wall_ms), gateway="home-1", received_ms=NOW_MS).fix
    assert fix == ClockFix(gateway="home-1", boot_id="boot-1", offset_ms=BOOT_MS, by_ntp=False)
