"""What is held is looked at when that can come to anything, and never later than it may wait."""

import pytest

from cloud.alerts.telling.agenda import LONGEST_LOOK_MS, SHORTEST_LOOK_MS, Agenda
from cloud.alerts.telling.stages import Held, HoldReason
from cloud.ports import AlertState, Owing
from tests.fakes.alert_material import PATIENT, alert

FIRST = Owing("a1", PATIENT, AlertState.ACTIVE)
SECOND = Owing("a2", PATIENT, AlertState.ACTIVE)
OTHERS = Owing("b1", "p-ama", AlertState.ACTIVE)


def held(one: Owing = FIRST, *, until_ms: int | None = None) -> Held:
    return Held(
        alert=alert(one.alert_id, patient=one.patient_id, state=one.state),
        reason=HoldReason.NOBODY,
        because="nobody may see this patient",
        until_ms=until_ms,
    )


def test_what_is_new_is_due() -> None:
    assert Agenda().due([FIRST, OTHERS], 0) == [FIRST, OTHERS]


def test_what_is_held_is_due_again_after_a_while() -> None:
    agenda = Agenda()
    agenda.note([held()], 0)
    assert agenda.due([FIRST], SHORTEST_LOOK_MS - 1) == []
    assert agenda.due([FIRST], SHORTEST_LOOK_MS) == [FIRST]


def test_the_longer_it_is_held_the_longer_it_waits_within_a_minute() -> None:
    agenda, now_ms, looks = Agenda(), 0, []
    agenda.note([held()], now_ms)
    while now_ms < 10 * LONGEST_LOOK_MS:
        now_ms += 1_000
        if agenda.due([FIRST], now_ms):
            agenda.note([held()], now_ms)
            looks.append(now_ms)
    waits = [later - sooner for sooner, later in zip([0, *looks], looks, strict=False)]
    assert waits[:5] == [5_000, 5_000, 10_000, 20_000, 40_000]
    assert set(waits[5:]) == {LONGEST_LOOK_MS}


def test_what_waits_for_a_time_is_due_then_and_not_before() -> None:
    agenda = Agenda()
    agenda.note([held(until_ms=30_000)], 0)
    assert agenda.due([FIRST], 29_999) == []
    assert agenda.due([FIRST], 30_000) == [FIRST]


def test_what_waits_for_a_time_far_away_is_looked_at_in_between() -> None:
    agenda = Agenda()
    agenda.note([held(until_ms=10 * LONGEST_LOOK_MS)], 0)
    assert agenda.due([FIRST], LONGEST_LOOK_MS) == [FIRST]


@pytest.mark.parametrize("state", [AlertState.ACKNOWLEDGED, AlertState.RESOLVED])
def test_a_change_is_due_at_once(state: AlertState) -> None:
    agenda = Agenda()
    agenda.note([held()], 0)
    changed = FIRST._replace(state=state)
    assert agenda.due([changed], 1) == [changed]


def test_whatever_happens_to_a_patient_has_all_of_theirs_looked_at_and_nobody_elses() -> None:
    agenda = Agenda()
    agenda.note([held(FIRST), held(OTHERS)], 0)
    assert agenda.due([OTHERS, FIRST, SECOND], 1) == [FIRST, SECOND]


def test_what_was_not_held_stays_due() -> None:
    agenda = Agenda()
    agenda.due([FIRST], 0)
    assert agenda.due([FIRST], 1) == [FIRST]


def test_what_is_owed_again_after_it_was_not_is_due() -> None:
    agenda = Agenda()
    agenda.note([held()], 0)
    agenda.due([], 1)
    assert agenda.due([FIRST], 2) == [FIRST]


def test_a_clock_set_back_has_everything_looked_at() -> None:
    agenda = Agenda()
    agenda.note([held()], 3_600_000)
    assert agenda.due([FIRST], 5) == [FIRST]
    agenda.note([held()], 5)
    assert agenda.due([FIRST], 5 + SHORTEST_LOOK_MS) == [FIRST]
