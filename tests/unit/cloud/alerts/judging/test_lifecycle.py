"""The lifecycle by lists of (trigger, state), and what it can never do."""

import itertools

import pytest

from cloud.alerts.errors import IllegalTransitionError
from cloud.alerts.judging.lifecycle import INACTIVE, TRANSITIONS, Trigger, advance, alert_id
from cloud.ports import AlertState

PENDING, ACTIVE, ACKNOWLEDGED, LATCHED, RESOLVED = AlertState

LIVES: dict[str, list[tuple[Trigger, AlertState | None]]] = {
    "passes before its time": [
        (Trigger.BREACH, PENDING),
        (Trigger.BREACH, PENDING),
        (Trigger.RECOVER, INACTIVE),
    ],
    "ends by itself": [(Trigger.BREACH, PENDING), (Trigger.HELD, ACTIVE), (Trigger.RECOVER, RESOLVED)],
    "is taken on and ends": [
        (Trigger.BREACH, PENDING),
        (Trigger.HELD, ACTIVE),
        (Trigger.BREACH, ACTIVE),
        (Trigger.ACKNOWLEDGE, ACKNOWLEDGED),
        (Trigger.BREACH, ACKNOWLEDGED),
        (Trigger.ACKNOWLEDGE, ACKNOWLEDGED),
        (Trigger.RECOVER, RESOLVED),
    ],
    "is latched, ends and is seen": [
        (Trigger.BREACH, PENDING),
        (Trigger.HELD, ACTIVE),
        (Trigger.SUBSIDE, LATCHED),
        (Trigger.SUBSIDE, LATCHED),
        (Trigger.ACKNOWLEDGE, RESOLVED),
    ],
    "is latched, seen and ends": [
        (Trigger.BREACH, PENDING),
        (Trigger.HELD, ACTIVE),
        (Trigger.ACKNOWLEDGE, ACKNOWLEDGED),
        (Trigger.SUBSIDE, RESOLVED),
    ],
    "is commented on when over": [
        (Trigger.BREACH, PENDING),
        (Trigger.HELD, ACTIVE),
        (Trigger.RECOVER, RESOLVED),
        (Trigger.ACKNOWLEDGE, RESOLVED),
    ],
    "is switched off before its time": [(Trigger.BREACH, PENDING), (Trigger.WITHDRAW, INACTIVE)],
    "is switched off": [(Trigger.BREACH, PENDING), (Trigger.HELD, ACTIVE), (Trigger.WITHDRAW, RESOLVED)],
    "is taken on and switched off": [
        (Trigger.BREACH, PENDING),
        (Trigger.HELD, ACTIVE),
        (Trigger.ACKNOWLEDGE, ACKNOWLEDGED),
        (Trigger.WITHDRAW, RESOLVED),
    ],
    "is latched and switched off": [
        (Trigger.BREACH, PENDING),
        (Trigger.HELD, ACTIVE),
        (Trigger.SUBSIDE, LATCHED),
        (Trigger.WITHDRAW, RESOLVED),
    ],
}


@pytest.mark.parametrize("steps", list(LIVES.values()), ids=list(LIVES))
def test_a_life(steps: list[tuple[Trigger, AlertState | None]]) -> None:
    life: AlertState | None = INACTIVE
    for trigger, expected in steps:
        life = advance(life, trigger)
        assert life == expected


def test_every_row_is_walked_by_a_life() -> None:
    walked = set()
    for steps in LIVES.values():
        before: AlertState | None = INACTIVE
        for trigger, after in steps:
            walked.add((before, trigger))
            before = after
    assert walked == set(TRANSITIONS)


@pytest.mark.parametrize(
    ("life", "trigger"),
    [pair for pair in itertools.product([INACTIVE, *AlertState], Trigger) if pair not in TRANSITIONS],
)
def test_what_has_no_row_is_refused(life: AlertState | None, trigger: Trigger) -> None:
    with pytest.raises(IllegalTransitionError, match="read its state again"):
        advance(life, trigger)


def test_nothing_leads_back_from_acknowledged_but_its_end() -> None:
    after = {then for (life, _), then in TRANSITIONS.items() if life is ACKNOWLEDGED}
    assert after == {ACKNOWLEDGED, RESOLVED}


def test_what_is_latched_waits_for_the_word_of_a_person() -> None:
    out = {
        trigger for (life, trigger), then in TRANSITIONS.items() if life is LATCHED and then is not LATCHED
    }
    assert out == {Trigger.ACKNOWLEDGE, Trigger.WITHDRAW}


def test_nothing_leads_out_of_resolved() -> None:
    assert {then for (life, _), then in TRANSITIONS.items() if life is RESOLVED} == {RESOLVED}


def test_an_id_is_the_same_for_the_same_cause_and_differs_in_every_part() -> None:
    cause = ("p-wei", "tachycardia", "c0-01", 1_700_000_000_000)
    assert alert_id(*cause) == alert_id(*cause) == "32dc804a1b36c9b715729c141da4ca18"
    others = [
        ("p-ama", *cause[1:]),
        ("p-wei", "bradycardia", *cause[2:]),
        ("p-wei", "tachycardia", "c0-02", cause[3]),
        (*cause[:3], cause[3] + 1),
        (*cause[:3], None),
    ]
    assert len({alert_id(*cause), *(alert_id(*other) for other in others)}) == len(others) + 1
