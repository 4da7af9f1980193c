"""The rows in force of each patient, remembered for as long as nobody changes any."""

import pytest
from structlog.testing import capture_logs

from cloud.alerts.rules.rows import ThresholdRule
from cloud.alerts.rules.ruleset import STANDARD
from cloud.care.rules import RulesRemembered
from tests.fakes.rule_book import FakeRuleBook, change_of


def limit(rules: RulesRemembered, now_ms: int, patient_id: str = "p-wei") -> float:
    row = rules.of([patient_id], now_ms)[patient_id]["tachycardia"]
    assert isinstance(row, ThresholdRule)
    return row.limit


@pytest.fixture
def book() -> FakeRuleBook:
    return FakeRuleBook()


@pytest.fixture
def rules(book: FakeRuleBook) -> RulesRemembered:
    return RulesRemembered(book=book)


def test_who_has_nothing_of_their_own_shares_what_ships(rules: RulesRemembered) -> None:
    assert rules.of(["p-wei", "p-ama"], 0) == {"p-wei": STANDARD, "p-ama": STANDARD}


def test_a_change_is_in_force_at_the_next_question_for_whom_it_was_made(
    rules: RulesRemembered, book: FakeRuleBook
) -> None:
    assert limit(rules, 10) == 131.0
    book.add(change_of("tachycardia", limit=150))
    assert (limit(rules, 10), limit(rules, 10, "p-ama")) == (150.0, 131.0)


def test_it_is_read_once_and_again_when_anything_was_changed(
    rules: RulesRemembered, book: FakeRuleBook
) -> None:
    for now_ms in range(5):
        rules.of(["p-wei"], now_ms)
    rules.of(["p-wei", "p-ama"], 5)
    assert book.asked == [{"p-wei"}, {"p-ama"}]
    book.add(change_of("tachycardia", limit=150))
    rules.of(["p-wei", "p-ama"], 6)
    rules.of(["p-wei", "p-ama"], 7)
    assert book.asked[2:] == [{"p-wei", "p-ama"}]


def test_rows_turn_when_a_change_begins_and_ends_though_nobody_changes_anything(
    rules: RulesRemembered, book: FakeRuleBook
) -> None:
    book.add(change_of("tachycardia", limit=150, from_ms=100, until_ms=200))
    assert [limit(rules, now_ms) for now_ms in (99, 100, 199, 200)] == [131.0, 150.0, 150.0, 131.0]
    assert len(book.asked) == 1


def test_a_clock_that_is_set_back_brings_back_what_was_in_force(
    rules: RulesRemembered, book: FakeRuleBook
) -> None:
    book.add(change_of("tachycardia", limit=150, from_ms=100))
    assert [limit(rules, now_ms) for now_ms in (150, 50)] == [150.0, 131.0]


def test_the_same_rows_are_given_again_while_they_are_in_force(
    rules: RulesRemembered, book: FakeRuleBook
) -> None:
    book.add(change_of("tachycardia", limit=150))
    assert rules.of(["p-wei"], 10)["p-wei"] is rules.of(["p-wei"], 20)["p-wei"]


def test_a_change_that_cannot_be_made_leaves_the_row_as_it_ships_and_is_told(
    rules: RulesRemembered, book: FakeRuleBook
) -> None:
    book.add(change_of("tachycardia", hold_minutes=2))
    with capture_logs() as told:
        assert limit(rules, 10) == 131.0
    assert [(one["event"], one["log_level"], one["rule"]) for one in told] == [
        ("care.rule_change_unusable", "error", "tachycardia")
    ]
