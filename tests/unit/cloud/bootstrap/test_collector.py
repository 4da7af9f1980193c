import gc
import weakref
from collections.abc import Iterator

import pytest

from cloud.bootstrap.collector import settle_collector


class Node:
    """Something that can be part of a cycle."""

    other: "Node"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_what_is_there_at_the_start_is_not_looked_at_again() -> None:
    settle_collector()
    assert gc.get_freeze_count() > 10_000


def test_a_cycle_made_afterwards_is_still_found() -> None:
    settle_collector()
    node = Node()
    node.other = node
    gone = weakref.ref(node)
    del node
    kept = [[] for _ in range(2 * gc.get_threshold()[0])]
    assert gone() is None
    assert kept
