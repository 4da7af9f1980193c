import pytest

from edge.link.doubles import NUMBERED, Doubles
from vitals.gatt import uuids


@pytest.mark.parametrize("uuid", sorted(NUMBERED))
def test_a_numbered_value_handed_over_twice_is_a_double(uuid: str) -> None:
    doubles = Doubles()
    assert not doubles.is_double(uuid, b"\x01\x02", 10.0)
    assert doubles.is_double(uuid, b"\x01\x02", 10.0)
    assert doubles.is_double(uuid, b"\x01\x02", 10.1)


def test_two_heart_rates_alike_are_two() -> None:
    doubles = Doubles()
    values = [doubles.is_double(uuids.HEART_RATE_MEASUREMENT, b"\x00\x3c", 10.0) for _ in range(3)]
    assert values == [False, False, False]


def test_a_value_that_differs_or_comes_after_another_is_none() -> None:
    doubles = Doubles()
    values = [doubles.is_double(uuids.SIGNAL_DATA, value, 10.0) for value in (b"\x01", b"\x02", b"\x01")]
    assert values == [False, False, False]


def test_the_same_number_long_after_is_a_number_that_went_round() -> None:
    doubles = Doubles()
    doubles.is_double(uuids.SIGNAL_DATA, b"\x01", 10.0)
    assert not doubles.is_double(uuids.SIGNAL_DATA, b"\x01", 11.5)


def test_characteristics_are_told_apart() -> None:
    doubles = Doubles()
    doubles.is_double(uuids.GLUCOSE_MEASUREMENT, b"\x01", 10.0)
    assert not doubles.is_double(uuids.GLUCOSE_MEASUREMENT_CONTEXT, b"\x01", 10.0)
