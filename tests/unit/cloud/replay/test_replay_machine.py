"""Any order of sending, forgetting, learning, replaying and giving up leaves each number in one place."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cloud.ingest.service import IngestService
from cloud.ports import Discard, Wanted
from cloud.replay.service import Replay
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import batch_of, delivery
from tests.contracts.records import NOW_MS, STRAP, run
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.wire import envelope
from vitals.wire.envelope import encode_record

MOOD = {"type": "observations", "device": STRAP, "kind": "mood", "value": [3.0]}


def raw(seq: int) -> bytes:
    """Return the record of a number: good, of a kind that may be known, or broken, ever the same."""
    match seq % 3:
        case 0:
            return encode_record(run((NOW_MS + seq, 60.0)))
        case 1:
            return msgspec.msgpack.encode(MOOD | {"t_ms": [NOW_MS + seq]})
    return msgspec.msgpack.encode({"type": "spell", "seq": seq})


class QuarantineMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="carewire-machine-"))
        self.series = SqliteSeries(self.folder / "series.db")
        devices = FakeDeviceRegistry()
        devices.wear(STRAP, "wei")
        self.ingest = IngestService(store=self.series, devices=devices, answers=FakeCommandBook())
        self.replay = Replay(
            quarantine=self.series,
            store=self.series,
            devices=devices,
            answers=FakeCommandBook(),
            clock=FakeClock(wall=NOW_MS),
        )
        self.patch = pytest.MonkeyPatch()
        self.told: set[int] = set()
        self.given_up: set[int] = set()

    def teardown(self) -> None:
        self.patch.undo()
        self.series.close()
        shutil.rmtree(self.folder)

    @rule(first=st.integers(1, 20), count=st.integers(1, 5))
    def send(self, first: int, count: int) -> None:
        payload = batch_of([raw(seq) for seq in range(first, first + count)], first_seq=first)
        for reply in self.ingest.ingest([delivery(payload)]):
            self.told.update(n for low, high in reply.ack.stored for n in range(low, high + 1))
            self.told.update(one.seq for one in reply.ack.quarantined)
        assert self.told >= set(range(first, first + count))

    @rule()
    def learn(self) -> None:
        rows = dict(envelope.OBSERVATION_KINDS)
        rows["mood"] = replace(rows["heart_rate"], key="mood")
        self.patch.setattr(envelope, "OBSERVATION_KINDS", MappingProxyType(rows))

    @rule()
    def forget(self) -> None:
        self.patch.undo()

    @rule(most=st.integers(1, 6))
    def try_again(self, most: int) -> None:
        before = self.series.quarantined_count()
        done = self.replay.replay(Wanted(), most=most)
        assert done.stored + done.still_aside == done.tried == min(most, before)
        assert self.series.quarantined_count() == before - done.stored

    @rule(place=st.integers(0, 9))
    def give_up(self, place: int) -> None:
        for entry in self.series.find(Wanted(), limit=10)[place : place + 1]:
            self.series.discard({entry.id}, Discard(by="ada", at_ms=1, why="test"))
            self.given_up.add(entry.record.seq)

    @invariant()
    def each_number_that_was_told_is_in_one_place(self) -> None:
        for account in self.series.accounts():
            places = [numbers(r) for r in (account.stored, account.quarantined, account.discarded)]
            assert sorted(n for place in places for n in place) == sorted(self.told)
            assert set(places[2]) <= self.given_up
            assert len(places[1]) == self.series.quarantined_count()
            assert len(self.points()) == len(places[0])
        assert sum(share.records for share in self.series.shares()) == self.series.quarantined_count()

    def points(self) -> list[int]:
        return [
            point.t_ms
            for kind in ("heart_rate", "mood")
            for point in self.series.observations("wei", kind, 0, 2 * NOW_MS, 100).points
        ]


def numbers(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


TestQuarantineMachine = QuarantineMachine.TestCase
TestQuarantineMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
