"""The load of other patients is spread over each second, patient after patient."""

import time
from itertools import islice

from carewire.bench.background import _turns


def test_everybody_has_a_turn_a_second_and_nobody_before_it_is_due() -> None:
    began_s = time.monotonic()
    turns = [(turn, time.monotonic() - began_s) for turn in islice(_turns(20, began_s), 25)]
    assert [turn for turn, _ in turns] == [(n % 20, n // 20) for n in range(25)]
    assert all(at_s >= number / 20 for number, (_, at_s) in enumerate(turns))


def test_who_is_late_catches_up() -> None:
    began_s = time.monotonic() - 1.0
    turns = list(islice(_turns(10, began_s), 10))
    assert len(turns) == 10
    assert time.monotonic() - began_s < 1.5
