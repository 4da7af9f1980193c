"""Levels of pressure: entered high, left low, and full whenever the disk says so."""

import pytest

from edge.outbox.pressure import LEVELS, PressureGauge
from edge.ports import Pressure


def levels(*shares: float) -> list[Pressure]:
    gauge = PressureGauge(max_bytes=1_000)
    told = []
    for share in shares:
        gauge.held(round(1_000 * share))
        told.append(gauge.pressure)
    return told


def test_every_level_is_left_below_where_it_is_entered() -> None:
    assert all(row.leaves < row.enters for row in LEVELS)
    assert [row.pressure for row in LEVELS] == [Pressure.FULL, Pressure.HIGH]


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((0.0, 0.79, 0.80), [Pressure.NONE, Pressure.NONE, Pressure.HIGH]),
        ((0.80, 0.71, 0.69), [Pressure.HIGH, Pressure.HIGH, Pressure.NONE]),
        ((0.95, 0.91, 0.89, 0.75, 0.1), [Pressure.FULL, Pressure.FULL, *[Pressure.HIGH] * 2, Pressure.NONE]),
        ((1.2, 0.0), [Pressure.FULL, Pressure.NONE]),
        ((0.75, 0.94), [Pressure.NONE, Pressure.HIGH]),
    ],
)
def test_a_level_is_entered_high_and_left_low(shares: tuple[float, ...], told: list[Pressure]) -> None:
    assert levels(*shares) == told


def test_a_disk_that_refuses_is_full_until_it_takes_something() -> None:
    gauge = PressureGauge(max_bytes=1_000)
    gauge.refused()
    assert gauge.pressure is Pressure.FULL
    gauge.held(10)
    assert gauge.pressure is Pressure.NONE
