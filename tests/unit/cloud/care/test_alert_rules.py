"""What clinicians change is checked against all that stands, rehearsed, and only then written down."""

from dataclasses import replace
from typing import Any

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.care.alert_rules import AlertRules, RuleRefusedError, Standing, TooManyAlarmsError
from cloud.ports import OvertakenError, RuleChange
from tests.fakes.clock import FakeClock
from tests.fakes.rehearsal import QUIET, TOO_MUCH, FakeRehearsal
from tests.fakes.rule_book import FakeRuleBook, change_of

OWN = {"kind": "glucose", "limit": 180, "clear_at": 170, "hold_s": 7_200, "clear_s": 900}


class Ward:
    def __init__(self) -> None:
        self.book, self.rehearsal, self.clock = FakeRuleBook(), FakeRehearsal(), FakeClock()
        self.rules = AlertRules(book=self.book, rehearsal=self.rehearsal, clock=self.clock)

    def wanted(self, rule: str = "tachycardia", **changes: Any) -> RuleChange:
        now_ms = self.clock.wall_ms()
        return replace(change_of(rule, 0, **changes), from_ms=now_ms, made_ms=now_ms)

    def row(self, key: str = "tachycardia") -> Standing:
        (found,) = (one for one in self.rules.of("p-wei") if one.row.key == key)
        return found


@pytest.fixture
def ward() -> Ward:
    return Ward()


def test_a_change_is_written_down_with_its_number_and_what_it_would_have_done(ward: Ward) -> None:
    made = ward.rules.change(ward.wanted(limit=150))
    assert (made.change.number, made.report) == (1, QUIET)
    assert ward.rules.changes_of("p-wei") == [made.change]
    assert ward.rules.changes_of("p-ama") == ()


def test_the_row_alone_is_rehearsed_as_it_would_be(ward: Ward) -> None:
    ward.rules.change(ward.wanted(limit=150))
    ((patient_id, rules),) = ward.rehearsal.asked
    assert patient_id == "p-wei"
    assert rules.rows == {"tachycardia": ward.row().row}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("tachycardia", {}),
        ("tachycardia", {"is_off": True}),
        ("tachycardia", {"priority": "low"}),
        ("fall", {"priority": "medium"}),
    ],
)
def test_what_sets_no_limit_is_not_rehearsed(ward: Ward, rule: str, changes: dict[str, Any]) -> None:
    ward.rehearsal.report = TOO_MUCH
    assert ward.rules.change(ward.wanted(rule, **changes)).report is None
    assert ward.rehearsal.asked == []


def test_what_cannot_be_judged_by_is_refused_with_every_fault_and_not_written_down(ward: Ward) -> None:
    with pytest.raises(RuleRefusedError) as caught:
        ward.rules.change(replace(ward.wanted(limit="high", hold_s=-1), reason=""))
    assert len(caught.value.faults) == 3
    assert (ward.book.changes, ward.rehearsal.asked) == ([], [])


def test_what_would_alarm_most_of_the_time_is_written_down_once_that_is_confirmed(ward: Ward) -> None:
    ward.rehearsal.report = TOO_MUCH
    with pytest.raises(TooManyAlarmsError, match=r"62 %.*Nothing was changed"):
        ward.rules.change(ward.wanted(limit=60))
    assert ward.book.changes == []
    made = ward.rules.change(ward.wanted(limit=60), is_confirmed=True)
    assert made.report == TOO_MUCH
    assert ward.book.changes == [made.change]


def test_what_is_only_tried_is_checked_and_rehearsed_and_not_written_down(ward: Ward) -> None:
    ward.rehearsal.report = TOO_MUCH
    made = ward.rules.change(ward.wanted(limit=60), is_only_tried=True)
    assert (made.change.number, made.report) == (0, TOO_MUCH)
    assert ward.book.changes == []
    with pytest.raises(RuleRefusedError):
        ward.rules.change(ward.wanted(limit=5), is_only_tried=True)


def test_a_change_is_checked_anew_when_another_was_made_meanwhile(ward: Ward) -> None:
    ward.book.meanwhile = [change_of("bradycardia", limit=59)]
    with pytest.raises(RuleRefusedError, match="no heart rate is well"):
        ward.rules.change(ward.wanted(limit=60))
    ward.book.meanwhile = [change_of("fall", priority="medium")]
    assert ward.rules.change(ward.wanted(limit=120)).change.number == 3
    assert len(ward.rehearsal.asked) == 2


def test_where_others_never_rest_somebody_is_told_to_try_again(ward: Ward) -> None:
    ward.book.meanwhile = [change_of("fall", priority="medium")] * 50
    with pytest.raises(OvertakenError, match="try again"):
        ward.rules.change(ward.wanted(limit=120))


def test_every_row_is_shown_as_it_stands(ward: Ward) -> None:
    assert [one.row for one in ward.rules.of("p-wei")] == list(RULES.values())
    assert all(one.shipped == one.row and one.change is None for one in ward.rules.of("p-wei"))
    limit = ward.rules.change(ward.wanted(limit=150)).change
    off = ward.rules.change(ward.wanted("pause", is_off=True)).change
    own = ward.rules.change(ward.wanted("own-above-glucose-180", **OWN)).change
    assert (ward.row().change, ward.row().shipped, ward.row().is_off) == (limit, RULES["tachycardia"], False)
    assert ward.row().row != ward.row().shipped
    assert (ward.row("pause").change, ward.row("pause").row, ward.row("pause").is_off) == (
        off,
        RULES["pause"],
        True,
    )
    assert (ward.row("own-above-glucose-180").change, ward.row("own-above-glucose-180").shipped) == (
        own,
        None,
    )


def test_a_change_this_program_cannot_make_is_shown_with_why(ward: Ward) -> None:
    ward.book.add(change_of("tachycardia", hold_minutes=2))
    assert ward.row().row == RULES["tachycardia"]
    assert "has no 'hold_minutes'" in ward.row().problems[0]


def test_a_limit_taken_back_is_no_longer_shown(ward: Ward) -> None:
    ward.rules.change(ward.wanted("own-above-glucose-180", **OWN))
    ward.rules.change(ward.wanted("own-above-glucose-180"))
    assert len(ward.rules.of("p-wei")) == len(RULES)
    assert len(ward.rules.changes_of("p-wei")) == 2
