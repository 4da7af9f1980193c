"""What was changed for one patient stands in front of what ships: the newest in force, while it is."""

from dataclasses import replace
from typing import Any

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied, turning_ms
from cloud.alerts.rules.own import OwnRule
from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import ScoreRule
from cloud.ports import Family, Priority, RuleChange
from tests.fakes.rule_book import change_of

OWN = "own-above-glucose-180"
OWN_VALUES: dict[str, Any] = {
    "kind": "glucose",
    "limit": 180,
    "clear_at": 170,
    "hold_s": 7_200,
    "clear_s": 900,
}


def rows(*changes: RuleChange, now_ms: int = 100) -> RuleSet:
    return applied(RULES, changes, now_ms)


def limits(rules: RuleSet, key: str = "tachycardia") -> tuple[float, float]:
    row = rules[key]
    assert isinstance(row, ThresholdRule)
    return row.limit, row.clear_at


def test_without_a_change_every_row_is_as_it_ships() -> None:
    assert rows().rows == RULES
    assert rows().until_ms is None


def test_a_change_sets_what_it_names_and_leaves_the_rest_as_it_ships() -> None:
    changed = rows(change_of("tachycardia", hold_s=120, priority="high"))["tachycardia"]
    assert changed == replace(RULES["tachycardia"], hold_s=120, priority=Priority.HIGH)  # type: ignore[call-arg] # a threshold's
    others = {key: row for key, row in rows().rows.items() if key != "tachycardia"}
    assert {
        key: row for key, row in rows(change_of("tachycardia", hold_s=9)).rows.items() if key in others
    } == others


def test_a_limit_that_moves_takes_along_where_it_is_over() -> None:
    assert limits(rows(change_of("tachycardia", limit=150))) == (150.0, 139.0)
    assert limits(rows(change_of("bradycardia", limit=50.5)), "bradycardia") == (50.5, 55.5)


def test_where_it_is_over_is_as_given_if_it_is_given() -> None:
    assert limits(rows(change_of("tachycardia", limit=150, clear_at=149))) == (150.0, 149.0)
    assert limits(rows(change_of("tachycardia", clear_at=100))) == (131.0, 100.0)


def test_a_row_that_is_switched_off_is_not_there_and_said_to_be_on_it_is() -> None:
    assert "tachycardia" not in rows(change_of("tachycardia", is_off=True)).rows
    assert rows(change_of("tachycardia", is_off=False)).rows == RULES


def test_of_several_changes_of_a_row_the_newest_stands_alone() -> None:
    both = rows(change_of("tachycardia", 1, hold_s=10), change_of("tachycardia", 2, limit=150))
    assert both["tachycardia"] == rows(change_of("tachycardia", limit=150))["tachycardia"]


def test_the_order_in_which_they_are_given_does_not_matter() -> None:
    one, two = change_of("tachycardia", 1, limit=140), change_of("tachycardia", 2, limit=150)
    assert rows(one, two).rows == rows(two, one).rows


def test_a_change_without_anything_is_the_row_as_it_ships() -> None:
    assert rows(change_of("tachycardia", 1, is_off=True), change_of("tachycardia", 2)).rows == RULES


def test_a_change_holds_from_its_start_until_just_before_its_end() -> None:
    change = change_of("tachycardia", limit=150, from_ms=100, until_ms=200)
    found = [limits(rows(change, now_ms=t))[0] for t in (99, 100, 199, 200)]
    assert found == [131.0, 150.0, 150.0, 131.0]


def test_when_the_newest_has_run_out_the_one_before_stands_again() -> None:
    lasting = change_of("tachycardia", 1, limit=140)
    for_a_while = change_of("tachycardia", 2, limit=160, until_ms=200)
    assert [limits(rows(lasting, for_a_while, now_ms=t))[0] for t in (150, 200)] == [160.0, 140.0]


def test_rows_say_until_when_they_are_in_force() -> None:
    one = change_of("tachycardia", 1, limit=150, from_ms=100, until_ms=300)
    two = change_of("bradycardia", 2, limit=50, from_ms=200)
    assert [rows(one, two, now_ms=t).until_ms for t in (99, 100, 200, 300)] == [100, 200, 300, None]
    assert turning_ms([], 0) is None


@pytest.mark.parametrize(
    "change",
    [
        change_of("no-such-row", limit=1),
        change_of("tachycardia", limit="fast"),
        change_of("tachycardia", no_such_field=1),
        change_of("asystole", is_off=True),
        change_of("fall", priority="low"),
        change_of("clock-wrong", priority="low"),
        change_of("own-above-nothing", kind="nothing", limit=1, clear_at=0, hold_s=0, clear_s=0),
    ],
)
def test_what_this_program_cannot_make_of_a_row_leaves_it_as_it_ships(change: RuleChange) -> None:
    assert rows(change).rows == RULES


def test_a_patient_can_have_a_limit_of_their_own_beside_those_that_ship() -> None:
    own = rows(change_of(OWN, **OWN_VALUES))[OWN]
    assert isinstance(own, OwnRule)
    assert (own.kind, own.direction, own.limit, own.clear_at) == ("glucose", Direction.ABOVE, 180.0, 170.0)
    assert (own.hold_s, own.priority, own.family) == (7_200, Priority.MEDIUM, Family.PHYSIOLOGICAL)
    assert own in rows(change_of(OWN, **OWN_VALUES)).limits["glucose"].rules


def test_an_own_limit_reads_as_far_apart_as_rows_that_ship_unless_told_otherwise() -> None:
    shipped = {row.longest_gap_s for row in RULES.values() if _reads(row, "glucose")}
    own = rows(change_of(OWN, **OWN_VALUES))[OWN]
    assert isinstance(own, OwnRule)
    assert own.longest_gap_s == max(shipped)
    slow = rows(change_of(OWN, **OWN_VALUES, longest_gap_s=3_600))[OWN]
    assert isinstance(slow, OwnRule)
    assert slow.longest_gap_s == 3_600


def test_an_own_limit_taken_back_is_gone() -> None:
    assert rows(change_of(OWN, 1, **OWN_VALUES), change_of(OWN, 2)).rows == RULES


def _reads(row: Rule, kind: str) -> bool:
    return isinstance(row, ThresholdRule) and row.kind == kind


def test_a_score_is_moved_by_whole_points() -> None:
    row = rows(change_of("news2-high", limit=6.0))["news2-high"]
    assert isinstance(row, ScoreRule)
    assert (row.limit, row.clear_at, type(row.limit), type(row.clear_at)) == (6, 4, int, int)
