"""Values, units and durations as people write them."""

import pytest

from cloud.alerts.wording.language import language
from cloud.alerts.wording.quantities import Reader, lasting, number, quantity, unit_words
from vitals.glucose import mmol_per_l

MMOL = Reader(glucose_unit="mmol/L")


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (-5, "a moment", "片刻"),
        (0, "a moment", "片刻"),
        (1, "a second", "1秒"),
        (59, "59 seconds", "59秒"),
        (60, "a minute", "1分钟"),
        (119, "a minute", "1分钟"),
        (120, "2 minutes", "2分钟"),
        (3_600, "an hour", "1小时"),
        (5_400, "90 minutes", "90分钟"),
        (7_199, "119 minutes", "119分钟"),
        (7_200, "2 hours", "2小时"),
        (86_400, "a day", "1天"),
        (108_000, "30 hours", "30小时"),
        (172_800, "2 days", "2天"),
    ],
)
def test_a_duration_is_said_in_the_largest_unit_that_says_enough(
    seconds: int, english: str, chinese: str
) -> None:
    assert (lasting(seconds, language("en")), lasting(seconds, language("zh"))) == (english, chinese)


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "?"), (131.0, "131"), (38.4, "38.4"), (0.4901, "0.4901"), (1 / 3, "0.3333")]
)
def test_a_number_has_no_more_digits_than_mean_something(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("mg_per_dl", "shown"), [(54, "3.0"), (70, "3.9"), (180, "10.0"), (250, "13.9"), (40, "2.2")]
)
def test_the_limits_of_the_cgm_consensus_are_those_it_gives_in_mmol_per_l(mg_per_dl: int, shown: str) -> None:
    assert quantity(mg_per_dl, "mg/dL", MMOL) == shown


def test_glucose_counts_by_the_mass_of_its_molecule() -> None:
    assert mmol_per_l(18.0156) == pytest.approx(1.0)


def test_a_change_of_glucose_is_converted_like_glucose() -> None:
    assert (quantity(-3, "mg/dL/min", MMOL), unit_words("mg/dL/min", MMOL)) == ("-0.17", "mmol/L per minute")


def test_nothing_else_is_converted_and_what_is_not_known_stays_so() -> None:
    assert (quantity(36.6, "Cel", MMOL), unit_words("Cel", MMOL)) == ("36.6", "°C")
    assert (quantity(None, "mg/dL", MMOL), unit_words("mg/dL", MMOL)) == ("?", "mmol/L")


def test_a_unit_nobody_has_words_for_is_shown_as_it_is() -> None:
    assert unit_words("furlong", Reader(language="zh")) == "furlong"
