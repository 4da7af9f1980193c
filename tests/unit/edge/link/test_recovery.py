import pytest

from edge.link.recovery import CONNECT_LADDER, SCAN_LADDER, SILENCE_LADDER, Ladder, Remedy, Rung

LADDERS = pytest.mark.parametrize("rungs", [CONNECT_LADDER, SCAN_LADDER, SILENCE_LADDER])
MILDEST_FIRST = (Remedy.BACK_OFF, Remedy.DISCONNECT, Remedy.REMOVE_DEVICE, Remedy.POWER_CYCLE)


def remedies(rungs: tuple[Rung, ...], failures: int) -> list[Remedy]:
    ladder = Ladder(rungs)
    return [ladder.fail().remedy for _ in range(failures)]


@LADDERS
def test_every_ladder_begins_with_the_first_failure_and_tells_a_person_in_the_end(
    rungs: tuple[Rung, ...],
) -> None:
    assert rungs[0].failures == 1
    assert Remedy.TELL in {rung.remedy for rung in rungs}
    assert [rung.failures for rung in rungs] == sorted({rung.failures for rung in rungs})


@LADDERS
def test_the_last_resort_of_every_ladder_spares_nobody(rungs: tuple[Rung, ...]) -> None:
    assert rungs[-1].remedy is Remedy.POWER_CYCLE
    assert not rungs[-1].spares_streams


def test_a_wearable_that_will_not_connect_is_answered_more_and_more_firmly() -> None:
    answers = list(dict.fromkeys(remedies(CONNECT_LADDER, 8)))
    firm = [remedy for remedy in answers if remedy is not Remedy.TELL]
    assert firm == list(MILDEST_FIRST)


def test_a_person_is_told_before_the_adapter_is_touched() -> None:
    answers = remedies(CONNECT_LADDER, 8)
    assert answers.index(Remedy.TELL) < answers.index(Remedy.POWER_CYCLE)


def test_between_two_rows_the_first_holds() -> None:
    assert remedies(CONNECT_LADDER, 3) == [Remedy.BACK_OFF, Remedy.BACK_OFF, Remedy.DISCONNECT]


@LADDERS
def test_after_its_last_row_a_ladder_goes_round_again_for_ever(rungs: tuple[Rung, ...]) -> None:
    whole = rungs[-1].failures
    answers = remedies(rungs, 3 * whole)
    assert answers[:whole] == answers[whole : 2 * whole] == answers[2 * whole :]


def test_success_begins_at_the_foot_again() -> None:
    ladder = Ladder(CONNECT_LADDER)
    for _ in range(5):
        ladder.fail()
    ladder.succeed()
    assert ladder.fail().remedy is Remedy.BACK_OFF
    assert ladder.failures == 1
