import itertools

from hypothesis import given
from hypothesis import strategies as st

from cloud.storage.journal.ranges import holds, ranges_of, size, subtract, union

numbers = st.sets(st.integers(1, 60))


def spread(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(numbers)
def test_ranges_hold_exactly_the_numbers_given(given_numbers: set[int]) -> None:
    ranges = ranges_of(given_numbers)
    assert spread(ranges) == given_numbers
    assert size(ranges) == len(given_numbers)
    assert all(holds(ranges, number) == (number in given_numbers) for number in range(62))


@given(numbers)
def test_ranges_are_sorted_and_never_touch(given_numbers: set[int]) -> None:
    ranges = ranges_of(given_numbers)
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(ranges))


@given(numbers, numbers)
def test_union_and_subtract_are_those_of_sets(one: set[int], other: set[int]) -> None:
    assert spread(union((*ranges_of(one), *ranges_of(other)))) == one | other
    assert spread(subtract(ranges_of(one), ranges_of(other))) == one - other
