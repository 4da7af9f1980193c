"""Which way records go, told by what happens to the broker: one table, and the clock."""

from itertools import product

import pytest

from edge.sending.way import TRANSITIONS, Happening, Patience, Standing, Way, WaySelector

PATIENCE = Patience(waiting_s=20.0, trial_s=20.0, first_rest_s=30.0, longest_rest_s=120.0)


def selector() -> WaySelector:
    return WaySelector(now_s=0.0, random=lambda: 0.5, patience=PATIENCE)


def shunned(now_s: float = 20.0) -> WaySelector:
    """A selector that has waited in vain until `now_s`."""
    made = selector()
    made.look(now_s)
    assert made.way is Way.HTTP
    return made


def fail_a_trial(selector: WaySelector, at_s: float) -> None:
    selector.came_up(at_s)
    selector.sent(at_s)
    selector.look(at_s + PATIENCE.trial_s)


def test_every_standing_can_be_left_and_what_is_not_in_the_table_changes_nothing() -> None:
    assert {before for before, _ in TRANSITIONS} == set(Standing)
    assert set(TRANSITIONS.values()) == set(Standing)
    assert {happening for _, happening in TRANSITIONS} == set(Happening)
    assert all(TRANSITIONS[key] is not key[0] for key in TRANSITIONS)
    assert len(TRANSITIONS) < len(list(product(Standing, Happening)))


def test_the_broker_goes_first_and_is_trusted_once_it_brings_an_acknowledgement() -> None:
    chosen = selector()
    assert chosen.way is None
    chosen.came_up(1.0)
    assert (chosen.way, chosen.standing) == (Way.MQTT, Standing.TRIAL)
    chosen.sent(2.0)
    chosen.acked(3.0)
    assert (chosen.way, chosen.standing, chosen.next_s()) == (Way.MQTT, Standing.TRUSTED, None)


def test_a_broker_that_is_never_reached_is_waited_for_and_then_gone_around() -> None:
    chosen = selector()
    assert chosen.next_s() == 20.0
    chosen.look(19.9)
    assert chosen.way is None
    chosen.look(20.0)
    assert (chosen.way, chosen.next_s()) == (Way.HTTP, None)


def test_a_trusted_connection_that_ends_is_waited_for_before_another_way_is_taken() -> None:
    chosen = selector()
    chosen.came_up(0.0)
    chosen.acked(1.0)
    chosen.went_down(100.0)
    assert (chosen.way, chosen.next_s()) == (None, 120.0)
    chosen.came_up(101.0)
    assert chosen.way is Way.MQTT
    chosen.acked(102.0)
    chosen.went_down(200.0)
    chosen.look(220.0)
    assert chosen.way is Way.HTTP


def test_having_nothing_to_send_is_no_failure() -> None:
    chosen = selector()
    chosen.came_up(1.0)
    chosen.look(10_000.0)
    assert (chosen.way, chosen.next_s()) == (Way.MQTT, None)


def test_a_broker_that_takes_batches_and_brings_no_acknowledgement_fails_its_trial() -> None:
    chosen = selector()
    chosen.came_up(1.0)
    chosen.sent(5.0)
    chosen.sent(24.0)
    assert chosen.next_s() == 25.0
    chosen.look(25.0)
    assert chosen.way is Way.HTTP


@pytest.mark.parametrize("fault", ["went_down", "refused", "mute"])
def test_whatever_goes_wrong_in_its_trial_the_other_way_is_taken_at_once(fault: str) -> None:
    chosen = selector()
    chosen.came_up(1.0)
    getattr(chosen, fault)(2.0)
    assert chosen.way is Way.HTTP


def test_a_connection_that_died_half_open_is_made_again_before_another_way_is_taken() -> None:
    chosen = selector()
    chosen.came_up(1.0)
    chosen.acked(2.0)
    chosen.mute(50.0)
    assert (chosen.way, chosen.standing) == (None, Standing.WAITING)
    chosen.came_up(51.0)
    chosen.mute(70.0)
    assert chosen.way is Way.HTTP


def test_one_refusal_by_a_trusted_broker_is_forgiven_and_a_second_is_not() -> None:
    chosen = selector()
    chosen.came_up(1.0)
    chosen.acked(2.0)
    chosen.refused(3.0)
    assert (chosen.way, chosen.standing) == (Way.MQTT, Standing.TRIAL)
    chosen.acked(4.0)
    chosen.refused(5.0)
    chosen.refused(6.0)
    assert chosen.way is Way.HTTP


def test_a_broker_that_comes_back_is_tried_at_once_if_it_did_not_fail_before() -> None:
    chosen = shunned()
    chosen.came_up(500.0)
    assert chosen.way is Way.MQTT


def test_a_broker_that_failed_its_trial_rests_longer_each_time_and_not_for_ever() -> None:
    chosen = selector()
    fail_a_trial(chosen, 0.0)
    now_s, rests = PATIENCE.trial_s, []
    for _ in range(5):
        again_s = chosen.next_s()
        assert again_s is not None
        rests.append(again_s - now_s)
        chosen.look(again_s - 0.1)
        assert chosen.way is Way.HTTP
        fail_a_trial(chosen, again_s)
        now_s = again_s + PATIENCE.trial_s
    assert rests == [30.0, 60.0, 120.0, 120.0, 120.0]


def test_trust_makes_the_next_rest_short_again() -> None:
    chosen = selector()
    for at_s in (0.0, 100.0, 300.0):
        fail_a_trial(chosen, at_s)
    chosen.look(1_000.0)
    chosen.acked(1_001.0)
    assert chosen.standing is Standing.TRUSTED
    chosen.mute(1_002.0)
    fail_a_trial(chosen, 1_003.0)
    assert chosen.next_s() == 1_003.0 + PATIENCE.trial_s + PATIENCE.first_rest_s


def test_two_gateways_do_not_come_back_in_the_same_moment() -> None:
    rests = []
    for random in (0.0, 1.0):
        chosen = WaySelector(now_s=0.0, random=lambda random=random: random, patience=PATIENCE)
        fail_a_trial(chosen, 0.0)
        rests.append(chosen.next_s())
    assert rests == [20.0 + 22.5, 20.0 + 37.5]


def test_where_http_fails_too_the_broker_is_tried_again_soon() -> None:
    chosen = selector()
    for at_s in (0.0, 100.0, 300.0):
        fail_a_trial(chosen, at_s)
    assert chosen.next_s() == 440.0
    chosen.http_failed(330.0)
    assert chosen.next_s() == 360.0


def test_a_late_acknowledgement_brought_by_the_broker_ends_its_rest() -> None:
    chosen = selector()
    fail_a_trial(chosen, 0.0)
    assert chosen.way is Way.HTTP
    chosen.acked(25.0)
    assert (chosen.way, chosen.standing) == (Way.MQTT, Standing.TRIAL)
