"""A plan is decided by its seed, strikes every sort of part alike, and leaves no quiet between some blows."""

from collections import Counter
from random import Random

import pytest

from carewire.chaos.plan import plan, sort_of

GATEWAYS = ("attic", "cellar", "garden")


@pytest.mark.parametrize("kills", [1, 2, 3, 40])
def test_it_kills_as_often_as_asked_and_every_sort_alike(kills: int) -> None:
    struck = Counter(sort_of(strike.part) for strike in plan(Random(7), kills, GATEWAYS) if strike.is_fatal)
    assert struck.total() == kills
    assert max(struck.values()) - min(struck.values()) <= 1


def test_one_seed_is_one_plan_and_another_is_another() -> None:
    assert plan(Random(7), 40, GATEWAYS) == plan(Random(7), 40, GATEWAYS)
    assert plan(Random(7), 40, GATEWAYS) != plan(Random(8), 40, GATEWAYS)


def test_some_follow_at_once_some_stay_down_and_some_are_frozen() -> None:
    strikes = plan(Random(7), 40, GATEWAYS)
    assert any(strike.after_s < 0.6 for strike in strikes)
    assert any(strike.is_fatal and strike.for_s for strike in strikes)
    assert any(strike.is_fatal and not strike.for_s for strike in strikes)
    assert sum(not strike.is_fatal for strike in strikes) == 10
    assert {strike.part for strike in strikes} == {"broker", "ingest", *GATEWAYS}
