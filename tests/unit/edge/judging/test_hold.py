import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.judging.hold import Hold, Said, Vote

F, N, A = Vote.FOR, Vote.NEITHER, Vote.AGAINST


def play(*votes: Vote, hop_ms: int = 1_000) -> list[int]:
    """Return at which votes an episode of 3 of 4 begins or, by 2 of 2, ends."""
    hold, turned = Hold(onset=(3, 4), end=(2, 2)), []
    for number, vote in enumerate(votes):
        if hold.step(Said(from_ms=number * hop_ms, to_ms=number * hop_ms + 500, vote=vote)):
            hold.turn()
            turned.append(number)
    return turned


@pytest.mark.parametrize(
    ("votes", "turned"),
    [
        ((F, F, F), [2]),
        ((F, F, A, F), [3]),
        ((F, A, F, A, F), []),
        ((F, F, N, N, F), []),
        ((F, F, F, A, A), [2, 4]),
        ((F, F, F, A, N, A), [2]),
        ((F, F, F, N, N, N, N), [2]),
        ((A,) * 9, []),
    ],
)
def test_k_of_the_last_n_turn_it_and_the_last_must_agree(votes: tuple[Vote, ...], turned: list[int]) -> None:
    assert play(*votes) == turned


def test_what_is_long_ago_counts_no_more() -> None:
    assert play(F, F, F, hop_ms=100_000) == []


@given(votes=st.lists(st.sampled_from(Vote), max_size=60))
def test_no_episode_begins_without_three_votes_for_it_nor_ends_without_two_against(votes: list[Vote]) -> None:
    turned = play(*votes)
    begun, ended = turned[::2], turned[1::2]
    assert all(votes[max(0, at - 3) : at + 1].count(F) >= 3 for at in begun)
    assert all(votes[at - 1 : at + 1] == [A, A] for at in ended)
