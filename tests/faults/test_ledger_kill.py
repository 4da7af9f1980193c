"""Processes killed while they write and enter leave a whole ledger, with all that was acknowledged."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from cloud.ledger.entries import decode_entry
from cloud.ledger.tree import Frontier
from cloud.ports import SERVICE, Deed, LedgerNote
from cloud.storage.relational.opening import open_relational
from vitals.ledger.merkle import is_included, leaf_hash

WRITER = """
import sys
from cloud.ports import SERVICE, Deed, LedgerNote
from cloud.storage.relational.opening import open_relational
store = open_relational(sys.argv[1])
number = int(sys.argv[2])
while True:
    notes = [LedgerNote(t_ms=number + at, deed=Deed.ERASED, actor=SERVICE) for at in range(7)]
    store.ledger.append_all(notes)
    print(number + 6, flush=True)
    store.ledger.enter()
    number += 7
"""
OF_THE_SECOND = 1_000_000
KILLED_AFTER = 60


def writer(url: str, first: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(first)], stdout=subprocess.PIPE, text=True
    )


def test_two_that_write_at_once_are_killed_and_nothing_is_lost_doubled_or_torn(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/carewire.db"
    open_relational(url).close()
    said: list[int] = []
    with writer(url, 0) as one, writer(url, OF_THE_SECOND) as other:
        for each in (one, other):
            assert each.stdout is not None
            said += [int(next(each.stdout)) for _ in range(KILLED_AFTER)]
        for each in (one, other):
            each.kill()
            assert each.stdout is not None
            said += [int(line) for line in each.stdout if line.endswith("\n")]
    with closing(open_relational(url)) as store:
        store.ledger.append(LedgerNote(t_ms=-1, deed=Deed.ERASED, actor=SERVICE))
        store.ledger.enter()
        entries = store.ledger_book.entries(0, 1_000_000)
        times = [decode_entry(each.line).t_ms for each in entries]
        assert times[-1] == -1
        assert len(times) == len(set(times))
        for first in (0, OF_THE_SECOND):
            last = max(each for each in said if first <= each < first + OF_THE_SECOND)
            theirs = sorted(each for each in times if first <= each < first + OF_THE_SECOND)
            assert theirs[-1] >= last
            assert theirs == list(range(first, theirs[-1] + 1))
        frontier = Frontier()
        for number, each in enumerate(entries):
            assert each.number == number
            assert each.leaf == leaf_hash(each.line)
            frontier.add(each.leaf)
        with store.ledger_book.tree() as tree:
            assert (tree.size, tree.root()) == (frontier.size, frontier.root())
            last_one = entries[-1]
            assert is_included(
                last_one.leaf, last_one.number, tree.size, tree.inclusion(last_one.number), tree.root()
            )
