from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.record_store import Record, RecordStore
from vitals.gatt.date_time import DateTime
from vitals.gatt.record_access_control_point import Operator, Records

BEGAN = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


def stamp(number: int) -> DateTime:
    return DateTime.of(BEGAN + timedelta(minutes=number))


def record(number: int) -> Record:
    return Record(number=number, at_s=60.0 * number, stamp=stamp(number), parts=())


def store_of(*numbers: int, capacity: int = 500) -> RecordStore:
    store = RecordStore(capacity=capacity)
    for number in numbers:
        store.add(record(number))
    return store


@pytest.mark.parametrize(
    ("operator", "bounds", "selected"),
    [
        (Operator.ALL_RECORDS, (), [1, 2, 3, 4]),
        (Operator.FIRST_RECORD, (), [1]),
        (Operator.LAST_RECORD, (), [4]),
        (Operator.LESS_THAN_OR_EQUAL_TO, (2,), [1, 2]),
        (Operator.GREATER_THAN_OR_EQUAL_TO, (3,), [3, 4]),
        (Operator.WITHIN_RANGE_OF, (2, 3), [2, 3]),
        (Operator.GREATER_THAN_OR_EQUAL_TO, (9,), []),
        (Operator.GREATER_THAN_OR_EQUAL_TO, (stamp(3),), [3, 4]),
        (Operator.WITHIN_RANGE_OF, (stamp(1), stamp(2)), [1, 2]),
    ],
)
def test_a_request_names_records(operator: Operator, bounds: tuple, selected: list[int]) -> None:
    store = store_of(2, 1, 4, 3)

    assert [one.number for one in store.select(Records(operator=operator, bounds=bounds))] == selected


def test_what_is_deleted_is_gone_and_the_rest_is_not() -> None:
    store = store_of(1, 2, 3)

    deleted = store.delete(Records(operator=Operator.LESS_THAN_OR_EQUAL_TO, bounds=(2,)))

    assert deleted == 2
    assert [one.number for one in store.select(Records.all())] == [3]


def test_the_oldest_gives_way_when_the_flash_is_full() -> None:
    store = store_of(1, 2, 3, capacity=2)

    assert [one.number for one in store.select(Records.all())] == [2, 3]


def test_records_are_counted_on_after_deletions() -> None:
    store = store_of(0, 1)
    store.delete(Records.all())

    assert store.next_number == 2


def test_it_knows_whether_somebody_has_yet_to_fetch_one() -> None:
    store = store_of(1, 2)
    store.mark_told(record(1))
    before = store.has_untold
    store.mark_told(record(2))

    assert (before, store.has_untold) == (True, False)
    store.add(record(3))
    assert store.has_untold
