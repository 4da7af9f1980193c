import pytest

from cloud.api.problems import ProblemError
from cloud.api.times import Period, PeriodQuery, iso, iso_or_none, period

NOW_MS = 1_700_000_000_000


def asked(from_: str | None = None, to: str | None = None) -> PeriodQuery:
    return PeriodQuery.model_validate({"from": from_, "to": to})


def parsed(from_: str | None = None, to: str | None = None) -> Period:
    return period(asked(from_, to), now_ms=NOW_MS, default_ms=60_000, longest_ms=3_600_000)


def test_times_go_out_as_utc_with_milliseconds() -> None:
    assert iso(NOW_MS + 7) == "2023-11-14T22:13:20.007Z"
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso_or_none(None) is None


@pytest.mark.parametrize(
    "start",
    ["1699999990000", "2023-11-14T22:13:10Z", "2023-11-14T23:13:10+01:00", "2023-11-14T22:13:10.000Z"],
)
def test_times_come_in_as_iso_or_milliseconds(start: str) -> None:
    assert parsed(start) == Period(NOW_MS - 10_000, NOW_MS + 1)


def test_without_times_the_period_ends_now_and_now_is_in_it() -> None:
    assert parsed() == Period(NOW_MS + 1 - 60_000, NOW_MS + 1)


def test_a_period_of_just_the_longest_is_taken() -> None:
    assert parsed(str(NOW_MS - 3_600_000), str(NOW_MS)).to_ms == NOW_MS


@pytest.mark.parametrize(
    ("from_", "to", "says"),
    [
        ("yesterday", None, "no time"),
        ("2023-11-14T22:13:10", None, "zone"),
        ("2023-11-14", None, "zone"),
        (str(NOW_MS), str(NOW_MS), "before"),
        (str(NOW_MS), str(NOW_MS - 1), "before"),
        (str(NOW_MS - 3_600_001), str(NOW_MS), "longer"),
        ("-5", None, "no time"),
        ("1700000000000000", None, "1970 to 3000"),
        ("0001-01-01T00:00:00+00:00", None, "1970 to 3000"),
        ("9999-12-31T23:59:59-23:59", None, "1970 to 3000"),
        ("\u0661\u0662", None, "no time"),
    ],
)
def test_a_period_that_cannot_be_answered_is_refused_in_words(from_: str, to: str | None, says: str) -> None:
    with pytest.raises(ProblemError, match=says):
        parsed(from_, to)
