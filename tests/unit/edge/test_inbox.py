import asyncio
from collections import Counter

from edge.adapters.inbox import Inbox, Item, LinkChange, Notification
from tests.fakes.strap import stamp_at
from vitals.gatt import uuids
from vitals.records import LinkState


def ecg(number: int) -> Notification:
    return Notification(
        device="strap", uuid=uuids.SIGNAL_DATA, value=bytes([number]), received=stamp_at(number)
    )


def pulse(number: int) -> Notification:
    return Notification(
        device="strap", uuid=uuids.HEART_RATE_MEASUREMENT, value=bytes([number]), received=stamp_at(number)
    )


def gone(number: int) -> LinkChange:
    return LinkChange(device="strap", link=LinkState.DISCONNECTED, received=stamp_at(number))


def test_items_are_taken_in_the_order_they_came() -> None:
    inbox = Inbox(counters=Counter())
    items: list[Item] = [gone(0), ecg(1), pulse(2), ecg(3)]
    for item in items:
        inbox.put(item)
    assert inbox.take_all() == items
    assert inbox.take_all() == []


def test_when_it_is_full_the_oldest_ecg_gives_way_and_is_counted() -> None:
    counters: Counter[str] = Counter()
    inbox = Inbox(counters=counters, capacity=3)
    for item in (pulse(0), ecg(1), ecg(2), ecg(3), pulse(4)):
        inbox.put(item)
    assert inbox.take_all() == [pulse(0), ecg(3), pulse(4)]
    assert counters["inbox.dropped"] == 2


def test_without_ecg_the_oldest_gives_way_but_never_a_change_of_link() -> None:
    inbox = Inbox(counters=Counter(), capacity=2)
    for item in (gone(0), pulse(1), pulse(2), gone(3), gone(4)):
        inbox.put(item)
    assert inbox.take_all() == [gone(0), gone(3), gone(4)]


async def test_waiting_ends_with_the_first_item() -> None:
    inbox = Inbox(counters=Counter())
    waiting = asyncio.create_task(inbox.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.put(ecg(1))
    await asyncio.wait_for(waiting, 1.0)


def test_one_wearable_gone_wild_pushes_out_nobody_but_itself() -> None:
    inbox = Inbox(counters=Counter(), capacity=4)
    others = [
        Notification(device=f"calm-{number}", uuid=uuids.BATTERY_LEVEL, value=b"", received=stamp_at(0))
        for number in range(2)
    ]
    for item in (*others, *map(ecg, range(100))):
        inbox.put(item)
    assert inbox.take_all() == [*others, ecg(98), ecg(99)]


def test_who_has_how_much_waiting_is_known() -> None:
    inbox = Inbox(counters=Counter())
    for item in (gone(0), ecg(1), pulse(2)):
        inbox.put(item)
    assert inbox.waiting_by_device() == {"strap": 2}
    inbox.take_all()
    assert inbox.waiting_by_device() == {}


def test_what_was_taken_makes_room_again() -> None:
    counters: Counter[str] = Counter()
    inbox = Inbox(counters=counters, capacity=2)
    for number in range(10):
        inbox.put(ecg(number))
        inbox.take_all()
    assert counters["inbox.dropped"] == 0
