import pytest

from edge.page.words import ago, amount, counted, lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_durations_are_short(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_a_moment_ago_is_now() -> None:
    assert (ago(0), ago(4.9), ago(5), ago(61)) == ("now", "now", "5 s ago", "1 min ago")


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (14_300_000, "14 MB"), (1_240_000_000, "1.2 GB")],
)
def test_sizes_are_short(size: float, words: str) -> None:
    assert amount(size) == words


def test_one_is_not_many() -> None:
    assert (counted(0, "record"), counted(1, "record"), counted(1_200, "record")) == (
        "0 records",
        "1 record",
        "1,200 records",
    )
