"""Partitions are shared out evenly, each to one; whoever fell silent has none, and takes none back."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.partitions import EVERY_PARTITION, PARTITIONS
from cloud.ports import Lease
from cloud.roles.peers import LEASE_S
from cloud.roles.tenancy import Tenancy, share_out
from tests.fakes.process_board import FakeProcessBoard

NOBODY = frozenset[str]()


@dataclass(slots=True)
class Town:
    """Workers around one book, each of which sees all others that live."""

    now_s: float = 100.0
    book: FakeProcessBoard = field(default_factory=FakeProcessBoard)
    workers: dict[str, Tenancy] = field(default_factory=dict)

    def worker(self, name: str, *, alone: bool = False) -> Tenancy:
        self.workers[name] = Tenancy(
            process_id=name, book=self.book, monotonic_s=lambda: self.now_s, alone=alone
        )
        return self.workers[name]

    def beat(self, *names: str) -> None:
        """Let a second pass in which these live."""
        self.now_s += 1
        for name in names:
            self.workers[name].renew(self.now_s, frozenset(names) - {name})

    def settle(self, *names: str) -> list[int]:
        """Return how many each holds in the end."""
        for _ in range(3):
            self.beat(*names)
        held = [set(self.workers[name].mine()) for name in names]
        assert sum(map(len, held)) == len(set().union(*held)) == PARTITIONS
        return [len(one) for one in held]


def test_one_takes_all() -> None:
    town = Town()
    worker = town.worker("a")
    assert worker.mine() == {}
    town.beat("a")
    assert worker.mine() == dict.fromkeys(EVERY_PARTITION, 1)


def test_who_joins_is_given_a_share_and_who_leaves_leaves_it() -> None:
    town = Town()
    for name in "abc":
        town.worker(name)
    assert town.settle("a") == [16]
    assert town.settle("a", "b") == [8, 8]
    assert town.settle("a", "b", "c") == [6, 6, 4]
    assert sorted(town.settle("a", "c")) == [8, 8]


def test_what_changes_hands_has_a_higher_epoch_and_what_stays_keeps_its_own() -> None:
    town = Town()
    for name in "ab":
        town.worker(name)
    town.settle("a")
    before = dict(town.workers["a"].mine())
    town.settle("a", "b")
    assert town.workers["a"].mine().items() <= before.items()
    assert set(town.workers["b"].mine().values()) == {2}


def test_a_lease_ends_by_the_holders_own_clock_before_others_may_take_it() -> None:
    town = Town()
    worker = town.worker("a")
    town.beat("a")
    town.now_s += LEASE_S - 0.1
    assert len(worker.mine()) == PARTITIONS
    town.now_s += 0.2
    assert worker.mine() == {}


def test_one_that_was_frozen_finds_its_partitions_taken_and_takes_only_its_share_back() -> None:
    town = Town()
    for name in "ab":
        town.worker(name)
    town.settle("a")
    assert town.settle("b") == [16]
    assert town.settle("a", "b") == [8, 8]


def test_one_alone_takes_over_at_once_and_shares_from_then_on() -> None:
    town = Town()
    town.worker("dead")
    town.settle("dead")
    whole = town.worker("whole", alone=True)
    whole.renew(town.now_s, frozenset({"dead"}))
    assert whole.mine() == dict.fromkeys(EVERY_PARTITION, 2)
    town.worker("b")
    assert town.settle("whole", "b") == [8, 8]


def test_what_a_fenced_commit_says_is_lost_is_not_tried_again() -> None:
    town = Town()
    worker = town.worker("a")
    town.beat("a")
    worker.lost(3)
    worker.lost(3)
    assert worker.mine().keys() == EVERY_PARTITION - {3}


@pytest.mark.parametrize("others", [NOBODY, frozenset({"b"})])
def test_a_share_is_never_taken_from_who_lives(others: frozenset[str]) -> None:
    leases = [Lease(partition=0, epoch=3, holder="b"), Lease(partition=1, epoch=1, holder="dead")]
    claimed = {one.partition for one in share_out(leases, "a", others).claim}
    assert claimed == ({1} if others else {0, 1})


@given(
    st.lists(st.sampled_from(["a", "b", "c", "dead", None]), min_size=16, max_size=16),
    st.sets(st.sampled_from(["b", "c"])),
)
def test_nobody_lets_go_of_a_fair_share_or_claims_more(holders: list[str | None], others: set[str]) -> None:
    leases = [Lease(partition=n, epoch=1, holder=holder) for n, holder in enumerate(holders)]
    share = share_out(leases, "a", frozenset(others))
    fair = -(-16 // (1 + len(others)))
    mine = [one for one in leases if one.holder == "a"]
    assert set(share.release) <= set(mine)
    assert all(one.holder not in {"a", *others} for one in share.claim)
    kept = len(mine) - len(share.release) + len(share.claim)
    assert kept <= fair
    assert not share.release or kept == fair
