"""Rules as they would be with changes that nobody has made yet."""

from dataclasses import replace

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import ThresholdRule
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.rehearsal.proposals import Proposal, ProposalRefusedError, with_proposals

USUAL = RULES["tachycardia"]
assert isinstance(USUAL, ThresholdRule)


def test_a_proposal_stands_in_for_the_row_in_force_and_touches_no_other() -> None:
    in_force = RuleSet([replace(USUAL, limit=120.0, clear_at=110.0, hold_s=300), RULES["bradycardia"]])
    found = with_proposals(in_force, [Proposal(rule="tachycardia", changes={"limit": 140.0})])
    row = found["tachycardia"]
    assert isinstance(row, ThresholdRule)
    assert (row.limit, row.hold_s) == (140.0, USUAL.hold_s)
    assert found.rows.keys() == in_force.rows.keys()
    assert found["bradycardia"] == RULES["bradycardia"]


def test_without_proposals_rules_are_as_they_are() -> None:
    assert with_proposals(STANDARD, []).rows == STANDARD.rows


def test_what_is_switched_off_is_gone_and_a_limit_of_their_own_is_added() -> None:
    values = {"kind": "heart_rate", "limit": 100.0, "clear_at": 95.0, "hold_s": 600, "clear_s": 60}
    found = with_proposals(
        STANDARD,
        [
            Proposal(rule="bradycardia", changes={"is_off": True}),
            Proposal(rule="own-above-heart-rate", changes=values),
        ],
    )
    assert "own-above-heart-rate" in found.rows
    assert "bradycardia" not in found.rows


@pytest.mark.parametrize(
    "wrong",
    [
        Proposal(rule="no-such-rule", changes={"limit": 3.0}),
        Proposal(rule="tachycardia", changes={"limit": "high"}),
        Proposal(rule="tachycardia", changes={"limit": 110.0, "clear_at": 120.0}),
    ],
)
def test_what_cannot_be_judged_by_is_refused_and_says_why(wrong: Proposal) -> None:
    with pytest.raises(ProposalRefusedError) as refused:
        with_proposals(STANDARD, [wrong])
    assert refused.value.faults
