"""What the stores keep between the processes of a service: leases and their fence, beats, presence."""

import threading
from collections.abc import Sequence

import pytest

from cloud.partitions import PARTITIONS, partition_of
from cloud.ports import Beat, FencedError, Lease, OvertakenError, Remembered, ServiceRole
from cloud.storage.relational.opening import Relational

WEIS = partition_of("wei")


def beat(process_id: str, count: int = 1, *troubles: str) -> Beat:
    roles = frozenset({ServiceRole.ALERTS, ServiceRole.INGEST})
    return Beat(process_id=process_id, roles=roles, count=count, troubles=troubles)


def claimed(store: Relational, holder: str) -> Lease:
    """Take over Wei's partition."""
    (lease,) = store.leases.claim([store.leases.leases()[WEIS]], holder)
    return lease


class FenceContract:
    """A commit is refused where somebody else evaluates by now, and where the state moved on."""

    def test_a_commit_under_the_partitions_epoch_is_kept(self, store: Relational) -> None:
        store.alerts.commit(store.alerts.load("wei"), b"one", [], epoch=0)
        lease = claimed(store, "first")
        store.alerts.commit(store.alerts.load("wei"), b"two", [], epoch=lease.epoch)
        assert store.alerts.load("wei").state == b"two"

    def test_a_commit_under_an_epoch_gone_by_changes_nothing(self, store: Relational) -> None:
        frozen, before = claimed(store, "first"), store.alerts.load("wei")
        claimed(store, "second")
        with pytest.raises(FencedError):
            store.alerts.commit(before, b"late", [], ["m1"], epoch=frozen.epoch)
        assert store.alerts.load("wei") == Remembered(patient_id="wei")
        assert store.alerts.done_of(["m1"]) == frozenset()

    def test_a_lease_let_go_fences_nothing_until_it_is_taken(self, store: Relational) -> None:
        lease = claimed(store, "first")
        store.leases.release([lease])
        store.alerts.commit(store.alerts.load("wei"), b"last", [], epoch=lease.epoch)
        claimed(store, "second")
        with pytest.raises(FencedError):
            store.alerts.commit(store.alerts.load("wei"), b"too late", [], epoch=lease.epoch)

    def test_what_is_no_evaluation_needs_no_epoch(self, store: Relational) -> None:
        claimed(store, "first")
        store.alerts.commit(store.alerts.load("wei"), b"a person's word", [])
        assert store.alerts.load("wei").state == b"a person's word"

    def test_of_two_who_loaded_one_state_the_second_is_told_and_changes_nothing(
        self, store: Relational
    ) -> None:
        for state in (b"first", b"again"):
            before = store.alerts.load("wei")
            store.alerts.commit(before, state, [])
            with pytest.raises(OvertakenError):
                store.alerts.commit(before, b"other", [], ["m1"])
            assert store.alerts.load("wei").state == state
        assert store.alerts.done_of(["m1"]) == frozenset()

    def test_of_many_commits_at_once_none_is_lost(self, store: Relational) -> None:
        """Each adds one to what it found, and does so again when it was overtaken."""

        def count_up() -> None:
            while True:
                before = store.alerts.load("wei")
                counted = int(before.state or b"0") + 1
                try:
                    store.alerts.commit(before, str(counted).encode(), [], epoch=0)
                except OvertakenError:
                    continue
                return

        threads = [threading.Thread(target=count_up) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert store.alerts.load("wei").state == b"8"


class LeaseBookContract:
    """A partition has one holder; each change of hands is one epoch more."""

    def test_at_first_nobody_holds_anything(self, store: Relational) -> None:
        assert store.leases.leases() == tuple(Lease(partition=number) for number in range(PARTITIONS))

    def test_what_is_claimed_is_held_under_the_next_epoch(self, store: Relational) -> None:
        found = store.leases.leases()[:2]
        taken = store.leases.claim(found, "first")
        assert taken == tuple(Lease(partition=number, epoch=1, holder="first") for number in (0, 1))
        assert store.leases.leases()[:3] == (*taken, Lease(partition=2))

    def test_who_comes_second_gets_only_what_is_as_it_was_found(self, store: Relational) -> None:
        found = store.leases.leases()[:2]
        store.leases.claim(found[:1], "first")
        assert store.leases.claim(found, "second") == (Lease(partition=1, epoch=1, holder="second"),)

    def test_of_many_who_claim_at_once_one_holds(self, store: Relational) -> None:
        won: list[Lease] = []

        def claim(name: str, found: Sequence[Lease]) -> None:
            won.extend(store.leases.claim(found, name))

        for epoch in (1, 2):
            found = store.leases.leases()[:1]
            threads = [threading.Thread(target=claim, args=(name, found)) for name in "abcdef"]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            assert [one.epoch for one in won] == list(range(1, epoch + 1))
            assert store.leases.leases()[0] == won[-1]

    def test_what_is_let_go_is_nobodys_and_what_was_taken_meanwhile_stays(self, store: Relational) -> None:
        first = store.leases.claim(store.leases.leases()[:2], "first")
        (second,) = store.leases.claim(store.leases.leases()[:1], "second")
        store.leases.release(first)
        assert store.leases.leases()[:2] == (second, Lease(partition=1, epoch=1))


class ProcessBoardContract:
    """Every process reads the last word of every other."""

    def test_a_beat_takes_the_place_of_the_last(self, store: Relational) -> None:
        assert store.processes.beat(beat("a")) == (beat("a"),)
        store.processes.beat(beat("b", 1, "ingest: the disk is full"))
        assert store.processes.beat(beat("a", 2)) == (beat("a", 2), beat("b", 1, "ingest: the disk is full"))

    def test_who_is_taken_down_is_gone_and_holds_nothing(self, store: Relational) -> None:
        store.processes.beat(beat("a"))
        store.leases.claim(store.leases.leases()[:1], "a")
        (other,) = store.leases.claim(store.leases.leases()[1:2], "b")
        store.processes.take_down("a")
        assert store.processes.beat(beat("b")) == (beat("b"),)
        assert store.leases.leases()[:2] == (Lease(partition=0, epoch=1), other)


class PresenceBookContract:
    """What is told takes the place of all that was."""

    def test_what_was_told_last_is_read(self, store: Relational) -> None:
        assert store.presence.told() == {}
        store.presence.tell({"home-1": True, "home-2": False})
        assert store.presence.told() == {"home-1": True, "home-2": False}
        store.presence.tell({"home-2": True})
        assert store.presence.told() == {"home-2": True}
        store.presence.tell({})
        assert store.presence.told() == {}


class ProcessesContract(FenceContract, LeaseBookContract, ProcessBoardContract, PresenceBookContract):
    """All of it."""
