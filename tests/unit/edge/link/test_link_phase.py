from random import Random

import pytest

from edge.backoff import Backoff
from edge.link.link_phase import SERVED, TRANSITIONS, UNSERVED, LinkEvent, LinkPhase, next_phase

LINKED = set(LinkPhase) - UNSERVED


def test_from_every_phase_a_way_leads_back_to_seeking() -> None:
    reach = {LinkPhase.SOUGHT}
    for _ in LinkPhase:
        reach |= {phase for (phase, _), after in TRANSITIONS.items() if after in reach}
    assert reach == set(LinkPhase)


def test_every_phase_can_be_come_to_from_seeking() -> None:
    reached = {LinkPhase.SOUGHT}
    for _ in LinkPhase:
        reached |= {after for (phase, _), after in TRANSITIONS.items() if phase in reached}
    assert reached == set(LinkPhase)


@pytest.mark.parametrize("phase", sorted(LINKED))
def test_a_link_may_fail_in_every_phase_it_has(phase: LinkPhase) -> None:
    assert next_phase(phase, LinkEvent.FAILED) is LinkPhase.RESTING


def test_a_wearable_is_sought_or_well_or_neither_and_never_both() -> None:
    assert set(LinkPhase) > UNSERVED | SERVED
    assert not UNSERVED & SERVED


@pytest.mark.parametrize("phase", [LinkPhase.STALE, LinkPhase.UNBONDING])
def test_what_was_cleared_is_sought_without_a_rest(phase: LinkPhase) -> None:
    assert next_phase(phase, LinkEvent.CLEARED) is LinkPhase.SOUGHT


def test_every_event_is_of_use() -> None:
    assert {event for _, event in TRANSITIONS} == set(LinkEvent)


def test_what_is_not_in_the_table_is_a_mistake_in_the_program() -> None:
    with pytest.raises(KeyError):
        next_phase(LinkPhase.SOUGHT, LinkEvent.LOST)


def test_pauses_double_up_to_the_longest_and_are_never_quite_the_same() -> None:
    backoff = Backoff(first_s=1.0, longest_s=60.0, random=Random(4))
    pauses_s = [backoff.next_s() for _ in range(40)]
    for pause_s, whole_s in zip(pauses_s, [1, 2, 4, 8, 16, 32, *[60] * 34], strict=True):
        assert whole_s / 2 <= pause_s <= whole_s
    assert len(set(pauses_s)) == 40


def test_after_success_the_shortest_pause_comes_first_again() -> None:
    backoff = Backoff(first_s=1.0, longest_s=60.0, random=Random(4))
    for _ in range(5):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 1.0
