"""Whatever the order of events: made = held + acknowledged, and no number means two things."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.outbox import LANES, Lane, Outbox, Run, read_held
from tests.fakes.gateway_records import event, new_epoch, open_outbox, run, strip
from vitals.records import AnyRecord
from vitals.wire.envelope import Ack, Quarantined

MAKERS: dict[Lane, Callable[[int], AnyRecord]] = {
    Lane.EVENTS: event,
    Lane.OBSERVATIONS: run,
    Lane.WAVEFORMS: strip,
}


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "outbox.db"
        self.epochs = {lane: new_epoch(lane) for lane in LANES}
        self.abandoned: list[Outbox] = []
        self.outbox = self.reopened()
        self.made: defaultdict[str, int] = defaultdict(int)
        self.waiting: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        self.offered: defaultdict[str, int] = defaultdict(int)
        self.runs: list[Run] = []
        self.number = 0

    def reopened(self) -> Outbox:
        return open_outbox(self.path, new_epoch=self.epochs.__getitem__, boot_id="one-boot")

    @rule(lanes=st.lists(st.sampled_from(LANES), max_size=12))
    def append(self, lanes: list[Lane]) -> None:
        records = []
        for lane in lanes:
            self.number += 1
            records.append(MAKERS[lane](self.number))
            self.made[self.epochs[lane]] += 1
        self.outbox.append(records)

    @rule(lane=st.sampled_from(LANES), sent=st.integers(0, 20), size=st.sampled_from([1, 500, 10_000]))
    def offer(self, lane: Lane, sent: int, size: int) -> None:
        epoch = self.epochs[lane]
        taken = self.outbox.next_batch(after={epoch: sent}, lanes=(lane,), target_bytes=size)
        held = [seq for seq in self.held(epoch) if seq > sent]
        assert (taken is None) == (not held)
        if taken is not None:
            assert taken.first_seq == held[0]
            assert set(range(taken.first_seq, taken.last_seq + 1)) <= set(held)
            for seq, payload in enumerate(taken.payloads, taken.first_seq):
                assert self.waiting[epoch].setdefault(seq, payload) == payload, "one number, two records"
            self.offered[epoch] = max(self.offered[epoch], taken.last_seq)

    @rule(
        lane=st.sampled_from(LANES),
        ranges=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 12)), max_size=3),
        poison=st.lists(st.integers(1, 40), max_size=2),
    )
    def acknowledge(self, lane: Lane, ranges: list[tuple[int, int]], poison: list[int]) -> None:
        epoch = self.epochs[lane]
        stored = [(first, first + more) for first, more in ranges]
        named = {seq for first, last in stored for seq in range(first, last + 1)} | set(poison)
        before = set(self.held(epoch))
        done = self.outbox.acknowledge(
            Ack(epoch=epoch, stored=stored, quarantined=[Quarantined(seq=seq, reason="r") for seq in poison])
        )
        gone = before - set(self.held(epoch))
        assert gone == {seq for seq in before & named if seq <= self.offered[epoch]}
        assert done.stored + done.quarantined == len(gone)

    @rule()
    def crash_and_open_again(self) -> None:
        self.abandoned.append(self.outbox)  # never closed: as after SIGKILL, its locks are not held
        self.offered.clear()
        self.outbox = self.reopened()

    @rule()
    def close_and_open_again(self) -> None:
        self.outbox.close()
        self.offered.clear()
        self.outbox = self.reopened()

    @invariant()
    def everything_made_is_held_or_acknowledged(self) -> None:
        for epoch in self.outbox.status().epochs:
            assert epoch.made == self.made[epoch.epoch]
            assert epoch.made == epoch.held + epoch.stored + epoch.quarantined
            assert epoch.held == len(self.held(epoch.epoch))

    def held(self, epoch: str) -> list[int]:
        return [seq for first, last in read_held(self.path)[epoch] for seq in range(first, last + 1)]

    def teardown(self) -> None:
        for outbox in [*self.abandoned, self.outbox]:
            outbox.close()
        shutil.rmtree(self.folder)


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
