"""Whose turn it is follows from names alone; a roll-out goes on when its stage is well, else stops."""

from dataclasses import replace
from typing import Any

import pytest

from cloud.ports import GatewayProgress, Progress, Rollout, RolloutPlan, RolloutState, Stage
from cloud.rollouts.stages import Move, judged, members, place_of
from tests.fakes.releases import signed

HOMES = tuple(f"home-{number}" for number in range(200))
BEGAN_MS = 1_000_000
HOUR_MS = 3_600_000


def rollout(**changes: Any) -> Rollout:
    one = Rollout(
        id="rollout-1",
        line="configuration",
        version=1,
        target="all",
        signed=signed(),
        plan=RolloutPlan(first="home-7"),
        state=RolloutState.RUNNING,
        stage=Stage.ONE,
        stage_since_ms=BEGAN_MS,
        begun_ms=BEGAN_MS,
        begun_by="u-admin",
        expires_ms=1 << 44,
    )
    return replace(one, **changes)


def got(progress: Progress, *gateways: str, at_ms: int = BEGAN_MS) -> dict[str, GatewayProgress]:
    return {
        each: GatewayProgress(rollout_id="rollout-1", gateway=each, progress=progress, changed_ms=at_ms)
        for each in gateways
    }


def move(one: Rollout, progress: dict[str, GatewayProgress], now_ms: int, there: Any = HOMES) -> Move:
    return judged(one, progress, there, HOMES, now_ms).move


def test_one_is_first_then_a_share_of_which_it_is_one_then_all() -> None:
    first, share, everybody = (members(rollout(stage=stage), HOMES) for stage in Stage)
    assert first == {"home-7"}
    assert first < share < everybody == set(HOMES)
    assert 8 <= len(share) <= 36, "about ten per cent of two hundred"


def test_a_share_that_grows_keeps_those_it_had() -> None:
    small, large = (
        members(rollout(stage=Stage.SHARE, plan=RolloutPlan(first="home-7", share_percent=share)), HOMES)
        for share in (10, 30)
    )
    assert small < large


def test_another_roll_out_begins_with_others() -> None:
    places = [[place_of(name, home) for home in HOMES] for name in ("rollout-1", "rollout-2")]
    assert places[0] != places[1]
    assert all(0 <= place < 100 for place in places[0])


def test_a_release_for_one_gateway_is_given_to_no_other() -> None:
    assert members(rollout(target="home-3", stage=Stage.ALL), HOMES) == {"home-3"}


def test_the_first_stage_waits_for_the_one_and_then_for_its_time() -> None:
    one, done = rollout(), got(Progress.APPLIED, "home-7", at_ms=BEGAN_MS + 5_000)
    assert move(one, {}, BEGAN_MS + 9 * HOUR_MS) is Move.WAIT
    assert move(one, got(Progress.ASKED, "home-7"), BEGAN_MS + HOUR_MS) is Move.WAIT
    assert move(one, done, BEGAN_MS + HOUR_MS) is Move.WAIT
    assert move(one, done, BEGAN_MS + HOUR_MS + 5_000) is Move.ADVANCE


@pytest.mark.parametrize("failure", [Progress.REFUSED, Progress.ROLLED_BACK, Progress.SILENT])
def test_one_failure_ends_the_first_stage(failure: Progress) -> None:
    turn = judged(rollout(), got(failure, "home-7"), HOMES, HOMES, BEGAN_MS)
    assert (turn.move, turn.because) == (Move.STOP, "failed at home-7")


def test_later_a_roll_out_bears_fewer_failures_than_its_plan_says() -> None:
    one = rollout(stage=Stage.ALL)
    assert move(one, got(Progress.ROLLED_BACK, "home-1"), BEGAN_MS) is Move.WAIT
    assert move(one, got(Progress.ROLLED_BACK, "home-1", "home-2"), BEGAN_MS) is Move.STOP


@pytest.mark.parametrize("state", [RolloutState.PAUSED, RolloutState.FINISHED])
def test_failures_stop_what_is_paused_or_given_to_latecomers_too(state: RolloutState) -> None:
    one = rollout(stage=Stage.ALL, state=state)
    assert move(one, got(Progress.ROLLED_BACK, "home-1", "home-2"), BEGAN_MS) is Move.STOP


def test_a_release_for_one_gateway_stops_at_its_failure() -> None:
    one = rollout(target="home-3", stage=Stage.ALL)
    assert move(one, got(Progress.ROLLED_BACK, "home-3"), BEGAN_MS) is Move.STOP


def test_a_gateway_that_is_away_keeps_no_stage_waiting_but_one_that_went_silent_does() -> None:
    one = rollout(stage=Stage.ALL)
    there = HOMES[:-2]
    done = got(Progress.APPLIED, *there)
    assert move(one, done, BEGAN_MS + HOUR_MS, there) is Move.FINISH
    asked = done | got(Progress.ASKED, HOMES[-1])
    assert move(one, asked, BEGAN_MS + HOUR_MS, there) is Move.WAIT


def test_by_hand_a_roll_out_goes_on_by_hand_alone() -> None:
    plan = RolloutPlan(first="home-7", automatic=False)
    assert move(rollout(plan=plan), got(Progress.APPLIED, "home-7"), 1 << 43) is Move.WAIT


def test_what_has_expired_is_stopped() -> None:
    turn = judged(rollout(expires_ms=BEGAN_MS), {}, HOMES, HOMES, BEGAN_MS)
    assert (turn.move, turn.because) == (Move.STOP, "it has expired: sign it anew")
