import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from edge.outbox import LANES, MAX_RUN_BYTES, Lane, Outbox, Run, read_gone, read_held, read_status
from edge.outbox.lanes import lane_of
from edge.outbox.schema import connect
from edge.ports import Pressure
from tests.fakes.gateway_records import DEVICE, event, open_outbox, report, run, strip
from vitals.errors import StorageError, ValidationError
from vitals.records import AnyRecord, Gap, GapReason, GatewayReport, ObservationRun
from vitals.wire.envelope import (
    MAX_BATCH_BYTES,
    Ack,
    Batch,
    ClockStamp,
    Quarantined,
    decode_record,
    encode_batch,
    encode_record,
)

GAP = Gap(device=DEVICE, kind="ecg", from_ms=1, to_ms=2, reason=GapReason.LINK_LOST)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway" / "outbox.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    opened = open_outbox(path)
    yield opened
    opened.close()


def records_of(taken: Run | None) -> list[AnyRecord]:
    return [decode_record(payload) for payload in taken.payloads] if taken else []


def drain(outbox: Outbox, **options: Any) -> list[Run]:
    after: dict[str, int] = {}
    runs = []
    while (taken := outbox.next_batch(after=after, **options)) is not None:
        after[taken.epoch] = taken.last_seq
        runs.append(taken)
    return runs


def acknowledge_all(outbox: Outbox) -> None:
    for taken in drain(outbox):
        outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(taken.first_seq, taken.last_seq)]))


# --- Lanes and numbers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "lane"),
    [
        (event(1), Lane.EVENTS),
        (report(1), Lane.EVENTS),
        (GatewayReport(t_ms=1, software="1", outbox_records=0, outbox_bytes=0), Lane.EVENTS),
        (GAP, Lane.EVENTS),
        (run(1), Lane.OBSERVATIONS),
        (strip(1), Lane.WAVEFORMS),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_record_takes_the_lane_of_its_type(record: AnyRecord, lane: Lane, outbox: Outbox) -> None:
    outbox.append([record])
    taken = outbox.next_batch()
    assert lane_of(record) is lane
    assert taken is not None
    assert taken.lane is lane
    assert records_of(taken) == [record]


def test_every_lane_counts_from_one_without_gaps_in_the_order_of_appending(outbox: Outbox) -> None:
    outbox.append([strip(1), run(1), event(1), run(2)])
    outbox.append([strip(2), event(2)])
    by_lane = {taken.lane: taken for taken in drain(outbox)}
    assert {lane: (t.first_seq, t.last_seq) for lane, t in by_lane.items()} == dict.fromkeys(LANES, (1, 2))
    assert records_of(by_lane[Lane.OBSERVATIONS]) == [run(1), run(2)]
    assert len({taken.epoch for taken in by_lane.values()}) == len(LANES)


def test_the_most_urgent_lane_comes_first(outbox: Outbox) -> None:
    outbox.append([strip(1), run(1), event(1)])
    assert [taken.lane for taken in drain(outbox)] == list(LANES)


def test_numbers_and_epochs_survive_closing_and_are_not_used_again_when_all_is_gone(path: Path) -> None:
    first = open_outbox(path)
    first.append([run(1), run(2)])
    acknowledge_all(first)
    epochs = first.status().made
    first.close()
    again = open_outbox(path)
    again.append([run(3)])
    taken = again.next_batch()
    again.close()
    assert taken is not None
    assert taken.first_seq == 3
    assert taken.epoch in epochs


def test_bytes_of_what_was_acknowledged_are_in_no_file_once_it_is_closed(path: Path) -> None:
    outbox, records = open_outbox(path), [strip(at) for at in range(200)]
    outbox.append(records)
    outbox.close()
    held = [encode_record(one) for one in records]
    assert all(each in path.read_bytes() for each in held)
    again = open_outbox(path)
    acknowledge_all(again)
    again.close()
    assert [file for file in path.parent.iterdir() if any(each in file.read_bytes() for each in held)] == []


def test_a_restart_of_the_program_keeps_the_epochs_and_one_of_the_machine_begins_others(path: Path) -> None:
    open_outbox(path, boot_id="boot-1").close()
    epochs = set(read_status(path).made)
    again = open_outbox(path, boot_id="boot-1")
    assert set(again.status().made) == epochs
    again.close()
    anew = open_outbox(path, boot_id="boot-2")
    assert epochs < set(anew.status().made)
    anew.close()


def test_two_machines_that_go_on_from_one_copied_card_never_give_one_number_twice(path: Path) -> None:
    open_outbox(path, boot_id="boot-1").close()
    twin = path.with_name("copied.db")
    shutil.copy(path, twin)
    numbers: list[set[tuple[str, int]]] = []
    for file, boot in ((path, "boot-2"), (twin, "boot-3")):
        opened = open_outbox(file, boot_id=boot)
        opened.append([event(1)])
        numbers.append({(epoch, made) for epoch, made in opened.status().made.items() if made})
        opened.close()
    assert not numbers[0] & numbers[1]


def test_a_new_boot_that_finds_the_file_open_begins_new_epochs_and_still_delivers_the_old(path: Path) -> None:
    left_open = open_outbox(path, boot_id="boot-1")
    left_open.append([run(1)])
    old = set(left_open.status().made)
    outbox = open_outbox(path, boot_id="boot-2")
    outbox.append([run(2)])
    runs = drain(outbox)
    assert [(records_of(taken), taken.first_seq) for taken in runs] == [([run(1)], 1), ([run(2)], 1)]
    assert runs[0].epoch in old
    assert runs[1].epoch not in old
    assert outbox.counters["outbox.epochs_renewed"] == 1
    outbox.close()
    left_open.close()


def test_a_crash_within_one_boot_keeps_the_epochs(path: Path) -> None:
    left_open = open_outbox(path, boot_id="boot-1")
    outbox = open_outbox(path, boot_id="boot-1")
    assert outbox.status().made == left_open.status().made
    outbox.close()
    left_open.close()


# --- Batches ----------------------------------------------------------------------------------


def test_a_run_fits_a_batch_and_runs_follow_each_other(outbox: Outbox) -> None:
    outbox.append([strip(number) for number in range(300)])
    runs = drain(outbox)
    assert len(runs) > 1
    assert [taken.first_seq for taken in runs[1:]] == [before.last_seq + 1 for before in runs[:-1]]
    stamp = ClockStamp(wall_ms=2**53, boottime_ms=2**53, synced=True)
    for taken in runs:
        records = [Raw(payload) for payload in taken.payloads]
        batch = Batch(v=1, epoch="e" * 40, first_seq=2**53, boot_id="b" * 64, clock=stamp, records=records)
        assert len(encode_batch(batch)) <= MAX_BATCH_BYTES


def test_a_run_stops_at_its_target_unless_its_only_record_is_larger(outbox: Outbox) -> None:
    outbox.append([strip(1, samples=5_000), strip(2, samples=100), strip(3, samples=100)])
    taken = drain(outbox, target_bytes=1_000)
    assert [(each.first_seq, each.last_seq) for each in taken] == [(1, 1), (2, 3)]


def test_a_record_too_large_for_this_way_is_passed_over_and_kept(outbox: Outbox) -> None:
    outbox.append([strip(1, samples=5_000), strip(2, samples=100)])
    for _ in range(2):
        assert [taken.first_seq for taken in drain(outbox, max_bytes=1_000)] == [2]
    assert outbox.status().records == 2
    assert outbox.counters["outbox.passed_over"] == 1


def test_a_run_ends_where_a_record_is_missing(outbox: Outbox) -> None:
    outbox.append([run(number) for number in range(5)])
    taken = outbox.next_batch()
    assert taken is not None
    outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(3, 3)]))
    assert [(each.first_seq, each.last_seq) for each in drain(outbox)] == [(1, 2), (4, 5)]
    again = outbox.batch_again(taken.epoch, 2, 5)
    assert again is not None
    assert (again.first_seq, again.last_seq) == (2, 2)


def test_nothing_is_read_again_of_an_unknown_epoch_or_of_what_is_gone(outbox: Outbox) -> None:
    outbox.append([run(1)])
    acknowledge_all(outbox)
    (epoch,) = [each.epoch for each in outbox.status().epochs if each.made]
    assert outbox.batch_again(epoch, 1, 1) is None
    assert outbox.batch_again("elsewhere-observations", 1, 1) is None
    assert outbox.next_batch() is None


# --- What is refused --------------------------------------------------------------------------


def test_a_record_that_breaks_its_contract_is_refused_and_costs_no_other(outbox: Outbox) -> None:
    broken = ObservationRun(device=DEVICE, kind="heart_rate", t_ms=[1], value=[float("nan")])
    with pytest.raises(ValidationError, match=re.escape("1 of 3 records refused and the others kept")):
        outbox.append([run(1), broken, run(2)])
    assert records_of(outbox.next_batch()) == [run(1), run(2)]
    assert outbox.counters["outbox.invalid"] == 1


def test_a_record_no_encoder_takes_is_refused_too(outbox: Outbox) -> None:
    with pytest.raises(ValidationError):
        outbox.append([GatewayReport(t_ms=1, software="\ud800", outbox_records=0, outbox_bytes=0)])
    assert outbox.status().records == 0


def test_a_record_no_batch_can_carry_becomes_a_gap(outbox: Outbox) -> None:
    outbox.append([run(7, samples=20_000), run(8)])
    first, second = drain(outbox)
    assert records_of(first) == [
        Gap(
            device=DEVICE,
            kind="heart_rate",
            from_ms=7,
            to_ms=20_006,
            reason=GapReason.OVERSIZE,
            missed=20_000,
        )
    ]
    assert records_of(second) == [run(8)]
    assert outbox.counters["outbox.oversize"] == 1


# --- Acknowledgements -------------------------------------------------------------------------


def test_an_acknowledgement_deletes_exactly_what_it_names(outbox: Outbox) -> None:
    outbox.append([run(number) for number in range(1, 7)])
    taken = outbox.next_batch()
    assert taken is not None
    done = outbox.acknowledge(
        Ack(epoch=taken.epoch, stored=[(1, 2), (5, 5)], quarantined=[Quarantined(seq=4, reason="poison")])
    )
    assert (done.stored, done.quarantined) == (3, 1)
    assert [records_of(each) for each in drain(outbox)] == [[run(3)], [run(6)]]


def test_what_was_never_offered_cannot_be_acknowledged(outbox: Outbox) -> None:
    outbox.append([run(1), run(2)])
    first = outbox.next_batch(target_bytes=1)
    assert first is not None
    assert first.last_seq == 1
    done = outbox.acknowledge(Ack(epoch=first.epoch, stored=[(1, 2**53)]))
    assert done.stored == 1
    assert records_of(outbox.next_batch()) == [run(2)]
    assert outbox.counters["outbox.ack_beyond"] == 1


def test_a_stale_acknowledgement_is_ignored_and_counted(outbox: Outbox) -> None:
    outbox.append([run(1), run(2)])
    taken = outbox.next_batch(target_bytes=1)
    assert taken is not None
    outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(1, 1)]))
    assert outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(1, 1)])).stored == 0
    assert outbox.counters["outbox.ack_stale"] == 1
    assert outbox.status().records == 1


def test_a_foreign_acknowledgement_is_ignored_and_counted(outbox: Outbox) -> None:
    outbox.append([run(1)])
    drain(outbox)
    assert outbox.acknowledge(Ack(epoch="elsewhere-observations", stored=[(1, 9)])).stored == 0
    assert outbox.counters["outbox.ack_foreign"] == 1
    assert outbox.status().records == 1


# --- Room -------------------------------------------------------------------------------------


def filled(path: Path, max_bytes: int = 60_000) -> Outbox:
    """An outbox full of strips, oldest first, with an observation among them."""
    outbox = open_outbox(path, max_bytes=max_bytes)
    outbox.append([run(1)])
    outbox.append([strip(number) for number in range(1, 40)])
    return outbox


def test_the_oldest_waveforms_give_way_first_and_each_is_a_gap_under_its_own_number(path: Path) -> None:
    outbox = filled(path)
    kept = [record for taken in drain(outbox) for record in records_of(taken)]
    gaps = [record for record in kept if isinstance(record, Gap)]
    assert outbox.status().bytes <= 60_000
    assert [gap.from_ms for gap in gaps] == list(range(1, len(gaps) + 1))
    assert gaps[0] == Gap(
        device=DEVICE, kind="ecg", from_ms=1, to_ms=9_993, reason=GapReason.OUTBOX_FULL, missed=1_300
    )
    assert kept == [run(1), *gaps, *(strip(number) for number in range(len(gaps) + 1, 40))]
    assert outbox.counters["outbox.given_way"] == len(gaps) > 0
    outbox.close()


def test_observations_are_refused_when_no_waveform_is_left_and_the_loss_is_stated_once(
    path: Path,
) -> None:
    outbox = filled(path, max_bytes=20_000)
    for number in range(1_000, 3_000):
        outbox.append([run(number)])
    refused = outbox.counters["outbox.refused"]
    status = outbox.status()
    kept = [record for taken in drain(outbox) for record in records_of(taken)]
    assert not [record for record in kept if type(record) is type(strip(1))]
    assert status.bytes <= 20_000
    first = kept[0]
    assert first == Gap(
        device=DEVICE,
        kind="heart_rate",
        from_ms=3_000 - refused,
        to_ms=2_999,
        reason=GapReason.OUTBOX_FULL,
        missed=refused,
    )
    assert [each.from_ms for each in kept if isinstance(each, Gap)].count(first.from_ms) == 1
    outbox.close()


def test_events_enter_a_full_outbox(path: Path) -> None:
    outbox = filled(path, max_bytes=5_000)
    outbox.append([event(number) for number in range(200)])
    taken = outbox.next_batch()
    assert taken is not None
    assert records_of(taken) == [event(number) for number in range(200)]
    outbox.close()


def test_room_returns_when_the_cloud_acknowledges(path: Path) -> None:
    outbox = filled(path)
    acknowledge_all(outbox)
    outbox.append([strip(50)])
    assert records_of(outbox.next_batch()) == [strip(50)]
    assert outbox.status().bytes < 4_000
    outbox.close()


def test_it_says_how_hard_it_is_pressed_and_takes_that_back_once_there_is_room(path: Path) -> None:
    outbox = open_outbox(path, max_bytes=60_000)
    levels = [outbox.pressure]
    for number in range(1, 40):
        outbox.append([strip(number)])
        if outbox.pressure is not levels[-1]:
            levels.append(outbox.pressure)
    assert levels == [Pressure.NONE, Pressure.HIGH, Pressure.FULL]
    outbox.close()
    outbox = open_outbox(path, max_bytes=60_000)
    assert outbox.pressure is Pressure.FULL, "known from the start"
    acknowledge_all(outbox)
    assert outbox.pressure is Pressure.NONE
    outbox.close()


# --- About ------------------------------------------------------------------------------------


def test_the_status_balances_and_can_be_read_from_beside(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.append([event(30), run(20), run(21), run(22)])
    taken = outbox.next_batch(lanes=(Lane.OBSERVATIONS,))
    assert taken is not None
    outbox.acknowledge(
        Ack(epoch=taken.epoch, stored=[(1, 1)], quarantined=[Quarantined(seq=2, reason="poison")])
    )
    status = outbox.status()
    assert read_status(path) == status
    assert (status.records, status.oldest_ms, status.acknowledged) == (2, 22, 2)
    assert all(each.made == each.held + each.stored + each.quarantined + each.lost for each in status.epochs)
    held = read_held(path)
    assert held[taken.epoch] == [(3, 3)]
    assert read_gone(path)[taken.epoch] == [(1, 2)]
    assert sum(len(ranges) for ranges in held.values()) == 2
    outbox.close()
    assert read_status(path) == status


def test_the_status_of_no_outbox_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="name the file of a gateway that has run"):
        read_status(tmp_path / "none.db")


def test_the_status_of_what_is_no_outbox_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, whatever its length" * 100)
    with pytest.raises(StorageError):
        read_status(tmp_path / "notes.txt")


def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    connection = connect(tmp_path / "outbox.db")
    full = 2
    assert connection.execute("PRAGMA synchronous").fetchone() == (full,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_closed_outbox_refuses(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.close()
    with pytest.raises(StorageError):
        outbox.append([run(1)])


def test_threads_may_append_and_acknowledge_at_once(outbox: Outbox) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 25):
            outbox.append([run(number), event(number)])
            taken = outbox.next_batch(lanes=(Lane.OBSERVATIONS,))
            if taken is not None:
                outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(taken.first_seq, taken.last_seq)]))

    threads = [threading.Thread(target=work, args=(1_000 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    by_lane = {each.lane: each for each in outbox.status().epochs}
    assert (by_lane[Lane.EVENTS].made, by_lane[Lane.EVENTS].held) == (100, 100)
    observations = by_lane[Lane.OBSERVATIONS]
    assert (observations.made, observations.held + observations.stored) == (100, 100)
    assert all(later.first_seq == sooner.last_seq + 1 for sooner, later in pairwise(drain(outbox)))


def test_what_was_counted_is_told_at_once_although_the_disk_keeps_a_writer_waiting(
    path: Path, outbox: Outbox
) -> None:
    told: list[object] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = threading.Thread(target=outbox.append, args=([event(1)],))
        writing.start()
        time.sleep(0.1)
        asking = threading.Thread(target=lambda: told.append(outbox.counters))
        asking.start()
        asking.join(2.0)
        was_told_meanwhile = bool(told)
        other.execute("ROLLBACK")
        writing.join()
        asking.join()
    assert was_told_meanwhile


def test_a_run_is_never_larger_than_the_wire_allows() -> None:
    assert MAX_RUN_BYTES < MAX_BATCH_BYTES
