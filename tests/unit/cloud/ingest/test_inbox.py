import threading

from cloud.ingest.inbox import Inbox
from tests.contracts.batches import delivery


def test_what_does_not_fit_in_number_is_refused() -> None:
    inbox = Inbox(max_messages=2)
    assert [inbox.offer(delivery(b"x")) for _ in range(3)] == [True, True, False]
    assert len(inbox) == 2


def test_what_does_not_fit_in_bytes_is_refused_until_there_is_room() -> None:
    inbox = Inbox(max_bytes=10)
    assert [inbox.offer(delivery(bytes(6))), inbox.offer(delivery(bytes(6)))] == [True, False]
    inbox.take(max_messages=1, max_bytes=100, wait_s=0)
    assert inbox.offer(delivery(bytes(6)))


def test_the_oldest_are_taken_up_to_a_number() -> None:
    inbox = Inbox()
    for octet in b"abc":
        inbox.offer(delivery(bytes([octet])))
    assert [one.payload for one in inbox.take(max_messages=2, max_bytes=100, wait_s=0)] == [b"a", b"b"]
    assert [one.payload for one in inbox.take(max_messages=2, max_bytes=100, wait_s=0)] == [b"c"]


def test_the_oldest_are_taken_up_to_a_size_and_at_least_one() -> None:
    inbox = Inbox()
    for size in (50, 5, 5):
        inbox.offer(delivery(bytes(size)))
    assert [len(one.payload) for one in inbox.take(max_messages=9, max_bytes=10, wait_s=0)] == [50]
    assert [len(one.payload) for one in inbox.take(max_messages=9, max_bytes=10, wait_s=0)] == [5, 5]


def test_nothing_comes_of_an_empty_inbox_after_the_wait() -> None:
    assert Inbox().take(max_messages=1, max_bytes=1, wait_s=0.01) == []


def test_an_arrival_wakes_whoever_waits() -> None:
    inbox = Inbox()
    found: list[int] = []
    waiting = threading.Thread(
        target=lambda: found.append(len(inbox.take(max_messages=1, max_bytes=1, wait_s=10)))
    )
    waiting.start()
    inbox.offer(delivery(b"x"))
    waiting.join(5)
    assert found == [1]
