"""One computer never goes back to a start it has left; two take turns."""

import pytest

from cloud.gateways.twins import TwinWatch

MINUTE_MS = 60_000


def told(starts: str, every_ms: int = MINUTE_MS) -> list[tuple[str, int]]:
    """Return when twins were told of, as a gateway speaks by each of these starts in turn."""
    seen: list[tuple[str, int]] = []
    watch = TwinWatch(on_twins=lambda gateway, at_ms: seen.append((gateway, at_ms)))
    for number, start in enumerate(starts):
        watch.heard("hallway", start, number * every_ms)
    return seen


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        ("aaaaaa", "it goes on"),
        ("aabbcc", "it started anew, twice"),
        ("abab"[:3], "a message was under way while it started anew"),
        ("aabacc", "likewise, and it started once more"),
    ],
)
def test_one_computer_is_no_twin(starts: str, why: str) -> None:
    assert told(starts) == [], why


@pytest.mark.parametrize("starts", ["abab", "aabbaabb", "abcab", "abba" + "b" * 5 + "a"])
def test_two_that_take_turns_are_noticed(starts: str) -> None:
    assert told(starts)[0][0] == "hallway"


def test_they_are_told_of_again_while_they_last() -> None:
    assert len(told("ab" * 6)) >= 4


def test_returns_hours_apart_are_no_turns() -> None:
    assert told("abab", every_ms=60 * MINUTE_MS) == []


def test_gateways_are_not_taken_for_each_other() -> None:
    seen: list[str] = []
    watch = TwinWatch(on_twins=lambda gateway, _: seen.append(gateway))
    for start in "abab":
        watch.heard(f"gateway-{start}", start, 0)
    assert seen == []


def test_what_is_remembered_of_gateways_is_bounded() -> None:
    watch = TwinWatch(on_twins=lambda *_: None)
    for number in range(10_050):
        watch.heard(f"gateway-{number}", "a", 0)
    assert len(watch._seen) <= 10_000
