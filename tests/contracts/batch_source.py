"""What every BatchSource keeps: a test module derives a class and gives it a `door`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cloud.ports import BatchSource, Delivery
from tests.contracts.batches import batch
from tests.contracts.records import NOW_MS, run
from tests.fakes.gateway import eventually

_MANY = 1_000


class Door(Protocol):
    """Both sides of a source: gateways publish on one, ingest opens the other, again and again."""

    def publish(self, gateway: str, payload: bytes) -> None:
        """Return when it is safe that it will be brought."""
        ...

    def opened(self) -> AbstractContextManager[BatchSource]:
        """Let ingest live for a while; when it ends, what it did not acknowledge is as before."""
        ...


def payloads(count: int, *, first: int = 1) -> list[bytes]:
    return [batch(run((NOW_MS + n, 60.0)), first_seq=n) for n in range(first, first + count)]


def take(source: BatchSource, count: int) -> list[Delivery]:
    """Take until there are so many."""
    taken: list[Delivery] = []

    def are_enough() -> bool:
        taken.extend(source.take(max_messages=_MANY, max_bytes=10**9, wait_s=0.1))
        return len(taken) >= count

    eventually(are_enough)
    return taken


def of(gateway: str, deliveries: Sequence[Delivery]) -> list[bytes]:
    return [one.payload for one in deliveries if one.gateway == gateway]


class BatchSourceContract:
    """Whole, by gateway in order, until they are acknowledged."""

    def test_what_gateways_publish_comes_whole_under_their_names_and_each_ones_in_order(
        self, door: Door
    ) -> None:
        mine, theirs = payloads(5), payloads(5, first=100)
        with door.opened() as source:
            for one, other in zip(mine, theirs, strict=True):
                door.publish("home-1", one)
                door.publish("home-2", other)
            taken = take(source, 10)
        assert (of("home-1", taken), of("home-2", taken)) == (mine, theirs)
        assert all(one.received_ms > 0 for one in taken)

    def test_it_gives_no_more_than_is_asked_for_and_the_rest_next(self, door: Door) -> None:
        sent = payloads(6)
        with door.opened() as source:
            for one in sent:
                door.publish("home-1", one)
            taken: list[bytes] = []
            while len(taken) < len(sent):
                some = source.take(max_messages=4, max_bytes=2 * len(sent[0]), wait_s=10)
                assert 1 <= len(some) <= 2
                taken += [one.payload for one in some]
        assert taken == sent

    def test_one_larger_than_is_asked_for_comes_all_the_same(self, door: Door) -> None:
        (sent,) = payloads(1)
        with door.opened() as source:
            door.publish("home-1", sent)
            (taken,) = source.take(max_messages=4, max_bytes=1, wait_s=10)
        assert taken.payload == sent

    def test_where_nothing_waits_nothing_comes(self, door: Door) -> None:
        with door.opened() as source:
            assert list(source.take(max_messages=4, max_bytes=1, wait_s=0.05)) == []

    def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(self, door: Door) -> None:
        sent = payloads(4)
        with door.opened() as source:
            for one in sent:
                door.publish("home-1", one)
            for delivery in take(source, 4)[:2]:
                delivery.acknowledge()
        with door.opened() as source:
            again = take(source, 2)
            assert [one.payload for one in again] == sent[2:]
            for delivery in again:
                delivery.acknowledge()
        with door.opened() as source:
            assert list(source.take(max_messages=_MANY, max_bytes=10**9, wait_s=0.5)) == []
