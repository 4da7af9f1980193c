"""Silence on our side is known for what it is: deafness after a while, many gateways that fell at once."""

from collections.abc import Mapping

import pytest

from cloud.alerts.judging.together import DEAF_AFTER_MS, FEWEST, LATELY_MS, QUIET_MS, Hearing, Together

MINUTE_MS = 60_000


class TestHearing:
    def test_a_connection_made_anew_is_no_deafness_and_restarts_no_counting(self) -> None:
        hearing = Hearing(since_ms=0)
        hearing.note(1_000, is_taking_in=False)
        assert hearing.deaf_since_ms(1_000 + DEAF_AFTER_MS - 1) is None
        hearing.note(1_000 + DEAF_AFTER_MS - 1, is_taking_in=True)
        assert hearing.since_ms == 0

    def test_what_lasts_is_and_once_it_is_over_silence_counts_from_then(self) -> None:
        hearing = Hearing(since_ms=0)
        for now_ms in (1_000, 60_000):
            hearing.note(now_ms, is_taking_in=False)
        assert hearing.deaf_since_ms(60_000) == 1_000
        hearing.note(90_000, is_taking_in=True)
        assert hearing.deaf_since_ms(90_000) is None
        assert hearing.since_ms == 90_000

    def test_a_clock_set_back_makes_nobody_deaf_for_longer(self) -> None:
        hearing = Hearing(since_ms=0)
        hearing.note(3_600_000, is_taking_in=False)
        hearing.note(5_000, is_taking_in=False)
        assert hearing.deaf_since_ms(5_000 + DEAF_AFTER_MS) == 5_000


class Street:
    """Gateways that were heard a moment ago, until they fall."""

    def __init__(self, count: int) -> None:
        self.names = [f"home-{number}" for number in range(count)]
        self.fell_ms: dict[str, int] = {}
        self.offline: set[str] = set()
        self.together = Together()

    def fall(self, count: int, at_ms: int) -> None:
        self.fell_ms |= dict.fromkeys(self.names[:count], at_ms)

    def heard(self, now_ms: int) -> Mapping[str, int]:
        return {name: self.fell_ms.get(name, now_ms - 1_000) for name in self.names}

    def look(self, now_ms: int) -> int:
        self.together.look(self.heard(now_ms), lambda name: False if name in self.offline else None, now_ms)
        return len(self.together.fallen)


@pytest.mark.parametrize(
    ("of", "fell", "together"),
    [(40, 38, 38), (40, 20, 20), (40, 19, 0), (3, 3, 3), (2, 2, 0), (4, 2, 0), (1, 1, 0)],
)
def test_so_many_and_so_much_of_all_fell_together(of: int, fell: int, together: int) -> None:
    street = Street(of)
    street.fall(fell, at_ms=MINUTE_MS)
    assert street.look(MINUTE_MS + QUIET_MS - 1) == 0
    assert street.look(MINUTE_MS + QUIET_MS) == together


def test_what_the_broker_says_is_gone_is_seen_to_fall_before_anybody_is_told_of_it() -> None:
    street = Street(10)
    street.fall(10, at_ms=MINUTE_MS)
    street.offline = set(street.names)
    assert street.look(MINUTE_MS + 30_000) == 10


def test_gateways_lost_one_by_one_over_months_never_fall_together() -> None:
    street = Street(20)
    for number in range(15):
        street.fell_ms[street.names[number]] = number * 2 * LATELY_MS
    assert street.look(40 * LATELY_MS) == 0


def test_they_stay_fallen_until_each_is_heard_however_long_it_takes() -> None:
    street = Street(FEWEST)
    street.fall(FEWEST, at_ms=0)
    street.look(QUIET_MS)
    assert street.look(10 * LATELY_MS) == FEWEST
    del street.fell_ms["home-0"]
    assert street.look(10 * LATELY_MS + 5_000) == FEWEST - 1
    assert street.together.back_ms == {"home-0": 10 * LATELY_MS + 5_000}


def test_once_most_are_heard_whoever_is_left_is_silent_by_itself_from_then_on() -> None:
    street = Street(10)
    street.fall(10, at_ms=0)
    assert street.look(QUIET_MS) == 10
    for name in street.names[:5]:
        del street.fell_ms[name]
    assert street.look(500_000) == 5
    del street.fell_ms[street.names[5]]
    assert street.look(505_000) == 0
    assert {street.together.back_ms[name] for name in street.names[5:]} == {505_000}
    assert street.look(4 * LATELY_MS) == 0
