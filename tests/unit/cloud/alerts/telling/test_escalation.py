"""Who is told, when, again, and who next: the ladder as people live it."""

from dataclasses import replace

import pytest

from cloud.ports import (
    AlertState,
    Channel,
    EscalationPolicy,
    EscalationStep,
    Occasion,
    Person,
    PolicyChange,
    Priority,
    Rota,
    RotaSlot,
    Whom,
)
from tests.fakes.alert_material import PATIENT, alert, at
from tests.fakes.telling_bench import ADA, BO, LIN, SAM, WEI, TellingBench

HIGH = alert(priority=Priority.HIGH, raised_s=100)
MEDIUM = alert(priority=Priority.MEDIUM, raised_s=100)
LOW = alert(priority=Priority.LOW, raised_s=100)


def to_both(person: str, occasion: Occasion, step: int) -> set[tuple[str, Channel, Occasion, int]]:
    return {(person, channel, occasion, step) for channel in (Channel.EMAIL, Channel.WEB_PUSH)}


def test_whoever_has_the_duty_is_told_by_every_way_and_nobody_else_yet() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(HIGH)
    assert set(bench.told) == to_both(LIN.id, Occasion.ONSET, 0)
    assert bench.later(119) == []


def test_after_two_minutes_without_a_word_everyone_is_told_and_again_every_five() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(HIGH)
    everyone = to_both(LIN.id, Occasion.ESCALATION, 1) | to_both(BO.id, Occasion.ESCALATION, 1)
    assert set(bench.later(120)) == everyone
    assert bench.later(299) == []
    assert {step for *_, step in bench.later(1)} == {2}
    assert {step for *_, step in bench.later(300)} == {3}


def test_of_medium_priority_everyone_is_told_after_ten_minutes() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(MEDIUM)
    assert set(bench.told) == to_both(LIN.id, Occasion.ONSET, 0)
    assert bench.later(599) == []
    assert {who for who, *_ in bench.later(2)} == {LIN.id, BO.id}


def test_of_low_priority_only_the_pages_tell_and_once() -> None:
    bench = TellingBench()
    bench.raised(LOW)
    assert {one.person.id for one in bench.pages.delivered} == {LIN.id, BO.id, WEI.id}
    shown = len(bench.pages.delivered)
    bench.later(7_200)
    assert bench.told == []
    assert len(bench.pages.delivered) == shown


def test_without_a_duty_everyone_is_told_at_once() -> None:
    bench = TellingBench()
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}


def test_to_take_it_on_stops_the_escalation_and_tells_the_others_who() -> None:
    bench = TellingBench()
    bench.raised(HIGH)
    bench.later(30)
    before = len(bench.told)
    bench.acknowledge(HIGH, LIN)
    assert set(bench.told[before:]) == to_both(BO.id, Occasion.ACKNOWLEDGED, 0)
    assert bench.slow.offered[-1].alert.acknowledged_by == LIN.id
    assert bench.later(600) == []


def test_who_took_it_on_is_asked_again_if_it_goes_on_and_never_because_of_a_reading() -> None:
    bench = TellingBench()
    bench.raised(HIGH)
    bench.acknowledge(HIGH, LIN)
    taken = bench.store.alerts["a1"]
    before = len(bench.told)
    for _ in range(10):
        bench.clock.advance(60)
        bench.raised(replace(taken, explanation={"summary": "still"}))
    assert bench.told[before:] == []
    assert set(bench.later(300)) == to_both(LIN.id, Occasion.REMINDER, 0)
    assert set(bench.later(900)) == to_both(LIN.id, Occasion.REMINDER, 1)


def test_who_took_it_on_and_may_not_see_the_patient_any_more_is_stood_in_for() -> None:
    bench = TellingBench()
    bench.raised(HIGH)
    bench.acknowledge(HIGH, LIN)
    bench.directory.ungrant(LIN.id, PATIENT)
    assert set(bench.later(901)) == to_both(BO.id, Occasion.REMINDER, 0)


def test_the_end_is_told_to_those_who_were_told_and_to_nobody_else() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(HIGH)
    before = len(bench.told)
    bench.raised(replace(HIGH, state=AlertState.RESOLVED))
    assert set(bench.told[before:]) == to_both(LIN.id, Occasion.ENDED, 0)
    assert bench.store.due_ms == {}
    assert bench.later(3_600) == []


def test_what_is_over_and_was_seen_by_nobody_goes_on_being_told() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(HIGH)
    bench.raised(replace(HIGH, state=AlertState.LATCHED))
    assert {who for who, *_ in bench.later(120)} == {LIN.id, BO.id}


def test_what_was_over_before_anybody_was_told_is_told_as_new() -> None:
    bench = TellingBench()
    bench.raised(replace(HIGH, state=AlertState.LATCHED))
    assert {(occasion, step) for _, _, occasion, step in bench.told} == {(Occasion.ONSET, 0)}


def test_a_step_none_of_whose_ways_works_goes_on_to_the_next_at_once() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    for channel in (Channel.EMAIL, Channel.WEB_PUSH):
        bench.contacts.remove(f"{channel} of {BO.id}", "moved", 0)
    bench.reach(BO, Channel.WEBHOOK)
    bench.slow.broken = {Channel.EMAIL, Channel.WEB_PUSH}
    bench.raised(HIGH)
    assert (BO.id, Channel.WEBHOOK, Occasion.ESCALATION, 1) in bench.told
    assert bench.clock.wall_ms() == at(100)


def test_one_way_that_works_is_enough_and_the_other_is_not_tried_over_and_over() -> None:
    bench = TellingBench()
    bench.slow.broken = {Channel.EMAIL}
    bench.take_duty(LIN)
    bench.raised(HIGH)
    assert bench.later(100) == []


def test_when_every_way_fails_all_are_tried_again_and_administrators_hear_that_it_is_so() -> None:
    bench = TellingBench()
    bench.slow.broken = set(Channel)
    bench.raised(HIGH)
    assert ("every-way-failed", "") in bench.held
    assert [one.reason for one in bench.pipeline.unreached.values()] == ["every-way-failed"]
    notice = next(one for one in bench.slow.offered if one.person == ADA)
    assert (notice.occasion, notice.alert.condition) == (Occasion.UNTOLD, "alert-reaches-nobody")
    assert "achycardia" not in repr(notice)
    tried = len(bench.told)
    assert len(bench.later(60)) >= 6
    bench.slow.broken = set()
    assert len(bench.later(60)) >= 3
    assert bench.pipeline.unreached == {}
    assert len(bench.told) > tried


def test_open_pages_do_not_count_where_somebody_has_another_way_and_do_where_nobody_has() -> None:
    bench = TellingBench()
    bench.slow.broken = set(Channel)
    bench.raised(HIGH)
    assert bench.pages.delivered != []
    assert bench.pipeline.unreached != {}
    alone = TellingBench()
    alone.contacts.contacts.clear()
    alone.raised(MEDIUM)
    assert alone.pipeline.unreached == {}


def test_when_nobody_may_see_the_patient_administrators_are_told_so_and_who_is_let_in_at_once() -> None:
    bench = TellingBench()
    bench.directory.relations.grants.clear()
    del bench.directory.people[WEI.id]
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {ADA.id}
    assert ("nobody", "") in bench.held
    bench.directory.grant(BO.id, PATIENT, 0, None)
    bench.store.rouse()
    bench.settle()
    assert to_both(BO.id, Occasion.ONSET, 0) <= set(bench.told)
    assert bench.pipeline.unreached == {}


def test_the_duty_that_passes_on_takes_the_untaken_alert_with_it() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(MEDIUM)
    bench.take_duty(BO)
    bench.settle()
    assert to_both(BO.id, Occasion.ONSET, 0) <= set(bench.told)


def test_a_hole_in_the_rota_tells_everyone_and_says_so() -> None:
    bench = TellingBench()
    monday = RotaSlot(person_id=LIN.id, weekday=1, from_minute=0, until_minute=1_440)
    bench.duties.set_rota(Rota(patient_id=PATIENT, slots=(monday,), author_id=LIN.id, made_ms=0))
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id}
    assert ("nobody-on-duty", "") in bench.held


def test_who_has_the_duty_and_may_not_see_the_patient_is_as_nobody() -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.directory.ungrant(LIN.id, PATIENT)
    bench.raised(HIGH)
    assert {who for who, *_ in bench.told} == {BO.id}


def test_a_policy_of_the_patients_own_is_kept_to_and_can_wait() -> None:
    bench = TellingBench()
    own = EscalationPolicy(
        steps=(
            EscalationStep(after_s=30, whom=Whom.NAMED, person_ids=(BO.id,), channels=(Channel.EMAIL,)),
            EscalationStep(after_s=90, whom=Whom.NAMED, person_ids=(LIN.id,), channels=(Channel.WEB_PUSH,)),
        )
    )
    bench.policies.add(
        PolicyChange(
            patient_id=PATIENT, policies={Priority.HIGH: own}, author_id=LIN.id, reason="asked", made_ms=0
        )
    )
    bench.raised(HIGH)
    assert bench.later(29) == []
    assert bench.later(1) == [(BO.id, Channel.EMAIL, Occasion.ONSET, 0)]
    assert bench.later(59) == []
    assert bench.later(1) == [(LIN.id, Channel.WEB_PUSH, Occasion.ESCALATION, 1)]
    assert bench.later(3_600) == []


def test_a_step_that_names_nobody_who_may_see_the_patient_goes_on_at_once() -> None:
    bench = TellingBench()
    own = EscalationPolicy(
        steps=(
            EscalationStep(after_s=0, whom=Whom.NAMED, person_ids=("u-sam",)),
            EscalationStep(after_s=600, whom=Whom.EVERYONE),
        )
    )
    bench.policies.add(
        PolicyChange(
            patient_id=PATIENT, policies={Priority.HIGH: own}, author_id=LIN.id, reason="asked", made_ms=0
        )
    )
    bench.raised(HIGH)
    assert {(who, step) for who, _, _, step in bench.told} == {(LIN.id, 1), (BO.id, 1)}


@pytest.mark.parametrize("jump_s", [-86_400, -300, 300, 86_400])
def test_a_clock_that_jumps_brings_one_step_at_a_time_and_loses_none(jump_s: float) -> None:
    bench = TellingBench()
    bench.take_duty(LIN)
    bench.raised(HIGH)
    bench.clock.wall += round(jump_s * 1_000)
    at_once = bench.later(1)
    assert {step for *_, step in at_once} <= {1}
    assert {step for *_, step in [*at_once, *bench.later(120)]} == {1}
    assert {step for *_, step in bench.later(301)} == {2}


def test_what_is_under_way_is_not_offered_twice_and_what_was_lost_with_the_process_is() -> None:
    bench = TellingBench()
    bench.slow.hanging = True
    bench.raised(HIGH)
    first = {one.key for one in bench.slow.offered}
    bench.later(30)
    assert len(bench.slow.offered) == len(first) == 4
    bench.restart()
    bench.settle()
    assert {one.key for one in bench.slow.offered[4:]} == first
    bench.slow.hanging = False
    bench.settle()
    assert len(bench.slow.offered) == 8


def test_that_somebody_took_it_on_is_told_at_once_while_a_channel_hangs() -> None:
    bench = TellingBench()
    bench.raised(HIGH)
    bench.slow.hanging = True
    bench.later(121)
    before = len(bench.told)
    bench.acknowledge(HIGH, LIN)
    assert set(bench.told[before:]) == to_both(BO.id, Occasion.ACKNOWLEDGED, 0)
    bench.slow.hanging = False
    assert bench.later(600) == []


def test_whom_a_message_is_on_its_way_to_hears_of_who_took_it_on_as_well_and_once() -> None:
    bench = TellingBench()
    bench.slow.hanging = True
    bench.raised(HIGH)
    bench.acknowledge(HIGH, LIN)
    bench.slow.hanging = False
    bench.settle()
    taken = [one for one in bench.told if one[2] is Occasion.ACKNOWLEDGED]
    assert sorted(taken) == sorted(to_both(BO.id, Occasion.ACKNOWLEDGED, 0))


class TestWhomThePolicyLeavesOut:
    @pytest.mark.parametrize(
        "step",
        [
            EscalationStep(after_s=0, whom=Whom.NAMED, person_ids=("u-gone",)),
            EscalationStep(after_s=0, whom=Whom.ADMINISTRATORS),
            EscalationStep(after_s=0, whom=Whom.EVERYONE, channels=(Channel.APPRISE,)),
        ],
        ids=["nobody named is there", "administrators see nothing", "nobody has the channel"],
    )
    def test_everyone_is_told_when_a_policy_reaches_nobody(self, step: EscalationStep) -> None:
        bench = TellingBench()
        bench.policies.add(_policy(step))
        bench.raised(HIGH)
        assert {who for who, *_ in bench.told} == {LIN.id, BO.id}
        assert bench.held == [("past-policy", "")]
        assert bench.pipeline.unreached == {}

    def test_everyone_is_told_when_all_that_it_names_fails_and_nobody_hears_that_nobody_is(self) -> None:
        bench = TellingBench()
        bench.policies.add(
            _policy(
                EscalationStep(after_s=0, whom=Whom.NAMED, person_ids=(LIN.id,), channels=(Channel.EMAIL,))
            )
        )
        bench.slow.broken = {Channel.EMAIL}
        bench.raised(HIGH)
        assert {who for who, *_ in bench.told} == {LIN.id, BO.id}
        assert (LIN.id, Channel.WEB_PUSH) in {(who, channel) for who, channel, *_ in bench.told}

    def test_what_can_wait_goes_to_nobody_else(self) -> None:
        bench = TellingBench()
        step = EscalationStep(after_s=0, whom=Whom.NAMED, person_ids=("u-gone",))
        bench.policies.add(_policy(step, Priority.LOW))
        bench.raised(alert(priority=Priority.LOW))
        assert {who for who, *_ in bench.told} == {ADA.id}

    def test_muted_ways_are_used_when_there_are_no_others_and_nobody_is_alarmed_that_nobody_is_told(
        self,
    ) -> None:
        bench = TellingBench()
        for person in (LIN, BO, WEI):
            bench.prefer(person, muted_channels=tuple(Channel))
        bench.raised(alert())
        assert {who for who, *_ in bench.told} == {LIN.id, BO.id}
        assert bench.pipeline.unreached == {}


class TestPagesAlone:
    def test_high_priority_that_only_pages_show_is_said_to_administrators_and_turns_health_red(self) -> None:
        bench = TellingBench()
        for person in (LIN, BO):
            for channel in (Channel.EMAIL, Channel.WEB_PUSH):
                bench.contacts.remove(f"{channel} of {person.id}", "moved", 0)
        bench.raised(HIGH)
        assert bench.told == [(ADA.id, Channel.EMAIL, Occasion.UNTOLD, 0)]
        assert [one.reason for one in bench.pipeline.unreached.values()] == ["pages-alone"]
        bench.reach(LIN, Channel.EMAIL)
        bench.store.rouse()
        bench.settle()
        assert (LIN.id, Channel.EMAIL, Occasion.ONSET, 0) in bench.told
        assert bench.pipeline.unreached == {}

    def test_what_is_milder_may_be_shown_on_pages_alone(self) -> None:
        bench = TellingBench()
        bench.contacts.contacts.clear()
        bench.raised(alert())
        assert bench.pipeline.unreached == {}


class TestTakenOnByWhoIsGone:
    def test_when_nobody_is_left_to_ask_that_is_said(self) -> None:
        bench = TellingBench()
        bench.raised(HIGH)
        bench.acknowledge(HIGH, LIN)
        bench.directory.relations.grants.clear()
        del bench.directory.people[WEI.id]
        assert [(who, occasion) for who, _, occasion, _ in bench.later(910)] == [(ADA.id, Occasion.UNTOLD)]
        assert [one.reason for one in bench.pipeline.unreached.values()] == ["nobody"]
        bench.directory.grant(BO.id, PATIENT, 0, None)
        bench.store.rouse()
        bench.settle()
        assert (BO.id, Channel.EMAIL, Occasion.REMINDER, 0) in bench.told
        assert bench.pipeline.unreached == {}

    def test_when_every_way_to_everybody_fails_that_is_said(self) -> None:
        bench = TellingBench()
        bench.raised(HIGH)
        bench.acknowledge(HIGH, LIN)
        bench.slow.broken = set(Channel)
        bench.later(960)
        assert [one.reason for one in bench.pipeline.unreached.values()] == ["every-way-failed"]
        bench.slow.broken = set()
        bench.later(330)
        assert bench.pipeline.unreached == {}


def _policy(step: EscalationStep, priority: Priority = Priority.HIGH) -> PolicyChange:
    policy = EscalationPolicy(steps=(step,), repeat_s=300)
    return PolicyChange(
        patient_id=PATIENT, policies={priority: policy}, author_id=SAM.id, reason="a test", made_ms=0
    )


OPENED = alert(condition="record-opened", priority=Priority.HIGH, raised_s=100)


def keep_from_all_but(bench: TellingBench, person: Person) -> None:
    """Have Wei reachable, and every alert of theirs told to one person alone."""
    bench.reach(WEI, Channel.EMAIL)
    step = EscalationStep(after_s=0, whom=Whom.NAMED, person_ids=(person.id,))
    policies = dict.fromkeys(Priority, EscalationPolicy(steps=(step,), repeat_s=3_600))
    bench.policies.add(
        PolicyChange(patient_id=PATIENT, policies=policies, author_id=person.id, reason="so", made_ms=0)
    )


def test_that_a_record_was_opened_is_told_to_everyone_whomever_the_policy_names() -> None:
    bench = TellingBench()
    keep_from_all_but(bench, LIN)
    bench.take_duty(LIN)
    bench.prefer(WEI, muted_channels=(Channel.EMAIL,), least_priority=Priority.HIGH)
    bench.raised(OPENED)
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id, WEI.id}
    assert {who for who, *_ in bench.later(300)} == {LIN.id, BO.id, WEI.id}


def test_that_a_record_was_opened_is_told_though_somebody_took_it_on_at_once() -> None:
    bench = TellingBench()
    keep_from_all_but(bench, LIN)
    bench.raised(OPENED, at_once=False)
    bench.acknowledge(OPENED, LIN)
    assert WEI.id in {who for who, *_ in bench.told}
    assert bench.slow.offered[-1].alert.acknowledged_by == LIN.id


@pytest.mark.parametrize("condition", ["erasure-asked", "erasure-withheld"])
def test_what_becomes_of_a_record_is_told_to_everyone_at_once_and_again_after_a_day(condition: str) -> None:
    bench = TellingBench()
    keep_from_all_but(bench, LIN)
    bench.take_duty(LIN)
    bench.raised(alert(condition=condition, priority=Priority.MEDIUM, raised_s=100))
    assert {who for who, *_ in bench.told} == {LIN.id, BO.id, WEI.id}
    assert bench.later(3_600) == []
    assert {who for who, *_ in bench.later(86_400)} == {LIN.id, BO.id, WEI.id}
