"""Two processes over one database: what one changes the other judges by, and no two changes cross unseen."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied
from cloud.alerts.rules.rows import ThresholdRule
from cloud.alerts.rules.validity import faults
from cloud.care.alert_rules import AlertRules, RuleRefusedError
from cloud.care.rules import RulesRemembered
from cloud.ports import RuleChange
from cloud.storage.relational.opening import Relational, open_relational
from tests.fakes.clock import FakeClock
from tests.fakes.rehearsal import FakeRehearsal

CLOCK = FakeClock()
NOW_MS = CLOCK.wall_ms()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[tuple[Relational, Relational]]:
    url = f"sqlite:///{tmp_path / 'carewire.db'}"
    with closing(open_relational(url)) as one, closing(open_relational(url)) as other:
        yield one, other


def rules_over(store: Relational) -> AlertRules:
    return AlertRules(book=store.rules, rehearsal=FakeRehearsal(), clock=CLOCK)


def wanted(rule: str, limit: float) -> RuleChange:
    return RuleChange(
        patient_id="p-wei",
        rule=rule,
        changes={"limit": limit},
        from_ms=NOW_MS,
        until_ms=None,
        author_id="u-doctor",
        reason="as agreed",
        made_ms=NOW_MS,
    )


def limit_of(rules: RulesRemembered, key: str = "tachycardia") -> float:
    row = rules.of(["p-wei"], NOW_MS)["p-wei"][key]
    assert isinstance(row, ThresholdRule)
    return row.limit


def test_what_one_process_changes_the_other_judges_by_when_it_looks_next(
    processes: tuple[Relational, Relational],
) -> None:
    api, judging = processes
    rules = RulesRemembered(book=judging.rules)
    assert limit_of(rules) == 131.0
    for limit in (140.0, 150.0):
        rules_over(api).change(wanted("tachycardia", limit))
        assert limit_of(rules) == limit


def test_changes_made_at_once_in_two_processes_never_leave_limits_that_cross(
    processes: tuple[Relational, Relational],
) -> None:
    refused: list[str] = []

    def set_often(store: Relational, rule: str, limits: tuple[float, ...]) -> None:
        for limit in limits:
            try:
                rules_over(store).change(wanted(rule, limit))
            except RuleRefusedError as error:
                refused.append(str(error))

    threads = [
        threading.Thread(target=set_often, args=(processes[0], "tachycardia", (60.0, 120.0) * 5)),
        threading.Thread(target=set_often, args=(processes[1], "bradycardia", (65.0, 45.0) * 5)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    made = processes[0].rules.of(["p-wei"])["p-wei"]
    assert len(made) + len(refused) == 20
    for count in range(1, len(made) + 1):
        assert faults(applied(RULES, made[:count], NOW_MS)) == ()
