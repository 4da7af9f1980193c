"""What a gateway without a battery clock keeps beside its times, so that they can be put right later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outbox import Lane, Outbox
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import event, open_outbox, run, strip
from vitals.wire.envelope import Ack, Making

TWO_YEARS_S = 2 * 365 * 86_400.0


class Ntp:
    def __init__(self) -> None:
        self.holds = False

    def __call__(self) -> bool:
        return self.holds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(wall=50_000.0, monotonic=50.0)


@pytest.fixture
def ntp() -> Ntp:
    return Ntp()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def outbox(path: Path, clock: FakeClock, ntp: Ntp) -> Iterator[Outbox]:
    opened = open_outbox(path, clock=clock, boot_id="boot-1", is_synced=ntp)
    yield opened
    opened.close()


def makings(outbox: Outbox) -> list[Making | None]:
    """Return what each run that waits says of its making, oldest first, without letting it go."""
    sent: dict[str, int] = {}
    found = []
    while (taken := outbox.next_batch(after=sent)) is not None:
        sent[taken.epoch] = taken.last_seq
        found.append(taken.made)
    return found


def test_times_of_before_ntp_say_so(outbox: Outbox) -> None:
    outbox.append([run(1)])
    assert makings(outbox) == [Making(boot_id="boot-1", offset_ms=0, synced=False)]


def test_ntp_s_answer_begins_new_epochs_and_settles_the_earlier_ones(
    outbox: Outbox, clock: FakeClock, ntp: Ntp
) -> None:
    outbox.append([event(1), run(1), strip(1)])
    clock.advance(600)
    clock.jump_wall(TWO_YEARS_S)
    ntp.holds = True
    outbox.append([run(2)])
    shift_ms = round(TWO_YEARS_S * 1000)
    before = Making(boot_id="boot-1", offset_ms=0, synced=False, shift_ms=shift_ms)
    after = Making(boot_id="boot-1", offset_ms=shift_ms, synced=True)
    assert makings(outbox) == [before, before, after, before]  # event, run, run of after, strip
    assert outbox.counters["outbox.clock_set"] == 1


def test_a_clock_set_by_hand_begins_new_epochs_and_both_are_settled(
    outbox: Outbox, clock: FakeClock, ntp: Ntp
) -> None:
    outbox.append([run(1)])
    clock.jump_wall(3_600)
    outbox.append([run(2)])
    clock.jump_wall(60)
    ntp.holds = True
    outbox.append([run(3)])
    shifts = [made and (made.synced, made.shift_ms) for made in makings(outbox)]
    assert shifts == [(False, 3_660_000), (False, 60_000), (True, None)]


def test_a_slow_drift_is_no_new_time(outbox: Outbox, clock: FakeClock) -> None:
    outbox.append([run(1)])
    clock.jump_wall(0.4)
    outbox.append([run(2)])
    assert len(makings(outbox)) == 1


def test_ntp_falling_silent_costs_nothing(outbox: Outbox, ntp: Ntp) -> None:
    ntp.holds = True
    outbox.append([run(1)])
    ntp.holds = False
    outbox.append([run(2)])
    assert [made and made.synced for made in makings(outbox)] == [True]


def test_a_restart_within_the_boot_goes_on_where_it_was(path: Path, clock: FakeClock, ntp: Ntp) -> None:
    first = open_outbox(path, clock=clock, boot_id="boot-1", is_synced=ntp)
    first.append([run(1)])
    first.close()
    clock.advance(5)
    again = open_outbox(path, clock=clock, boot_id="boot-1", is_synced=ntp)
    again.append([run(2)])
    assert len(makings(again)) == 1
    again.close()


def test_a_boot_that_never_knew_the_time_stays_its_own(path: Path, clock: FakeClock, ntp: Ntp) -> None:
    first = open_outbox(path, clock=clock, boot_id="boot-1", is_synced=ntp)
    first.append([run(1)])
    first.close()
    ntp.holds = True
    later = FakeClock(wall=1_700_000_000_000.0, monotonic=20.0)
    again = open_outbox(path, clock=later, boot_id="boot-2", is_synced=ntp)
    again.append([run(2)])
    assert [made and (made.boot_id, made.synced, made.shift_ms) for made in makings(again)] == [
        ("boot-1", False, None),
        ("boot-2", True, None),
    ]
    again.close()


def test_what_is_known_of_the_time_survives_the_next_boot(path: Path, clock: FakeClock, ntp: Ntp) -> None:
    first = open_outbox(path, clock=clock, boot_id="boot-1", is_synced=ntp)
    first.append([run(1)])
    clock.jump_wall(TWO_YEARS_S)
    ntp.holds = True
    first.append([run(2)])
    taken = first.next_batch(lanes=[Lane.OBSERVATIONS])
    assert taken is not None
    first.close()
    again = open_outbox(path, clock=FakeClock(), boot_id="boot-2", is_synced=lambda: False)
    oldest = makings(again)[0]
    assert oldest is not None
    assert (oldest.boot_id, oldest.shift_ms) == ("boot-1", round(TWO_YEARS_S * 1000))
    again.close()


def test_acknowledgements_of_both_epochs_empty_the_outbox(outbox: Outbox, clock: FakeClock, ntp: Ntp) -> None:
    outbox.append([run(1)])
    clock.jump_wall(TWO_YEARS_S)
    ntp.holds = True
    outbox.append([run(2)])
    while (taken := outbox.next_batch()) is not None:
        outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(taken.first_seq, taken.last_seq)]))
    assert outbox.status().records == 0
