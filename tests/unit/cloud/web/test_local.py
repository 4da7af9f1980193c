from zoneinfo import ZoneInfo

import pytest

from cloud.api.reader import PageReader
from cloud.early_warning.local_time import LocalTime
from cloud.web.local import local_of

AT_MS = 1_769_698_800_000  # 2026-01-29 15:00 UTC
BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("language", "accepts", "expected"),
    [
        ("en", (), "Jan 29, 2026, 4:00\N{NARROW NO-BREAK SPACE}PM"),
        ("en", ("en-GB", "en"), "29 Jan 2026, 16:00"),
        ("zh", ("zh-CN",), "2026年1月29日 16:00"),
        ("zh", ("en-GB",), "2026年1月29日 16:00"),
    ],
)
def test_a_moment_is_written_as_the_readers_region_does(
    language: str, accepts: tuple[str, ...], expected: str
) -> None:
    reader = PageReader(language=language, accepts=accepts, local=BERLIN, is_zone_named=False)
    assert local_of(reader).moment(AT_MS) == expected


def test_where_nobody_knows_the_readers_clock_the_service_says_which_one_it_tells() -> None:
    reader = PageReader(accepts=("en-GB",), local=BERLIN, is_zone_named=True)
    assert local_of(reader).moment(AT_MS) == "29 Jan 2026, 16:00 CET"


def test_a_day_begins_by_the_readers_clock() -> None:
    late_ms = AT_MS + 8 * 3_600_000
    assert local_of(PageReader(accepts=("en-GB",), local=BERLIN)).day(late_ms) == "30 Jan 2026"
    assert local_of(PageReader(accepts=("en-GB",), local=BERLIN)).weekday(late_ms) == "Fri 30"
    assert local_of(PageReader(accepts=("en-GB",))).day(late_ms) == "29 Jan 2026"
    assert local_of(PageReader(accepts=("en-GB",))).weekday(late_ms) == "Thu 29"


@pytest.mark.parametrize(
    "tag", ["xx-YY", "", "*", "en-XYZ", "zh-Hant-TW-x-private", "../../etc", "en_GB;q=1", "en-" * 200]
)
def test_an_unknown_region_is_written_as_the_language_is(tag: str) -> None:
    assert local_of(PageReader(accepts=(tag,))).tag == "en"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.214, "0.21"),
        (9.5, "9.5"),
        (9.0, "9"),
        (36.84, "36.8"),
        (71.96, "72"),
        (0.0, "0"),
        (0.00002, "0.00002"),
        (141.6, "142"),
        (-0.004, "-0.004"),
        (12_345.6, "12,346"),
    ],
)
def test_a_number_has_no_more_digits_than_mean_something(value: float, expected: str) -> None:
    assert local_of(PageReader()).number(value) == expected


def test_a_share_is_a_whole_percentage() -> None:
    assert local_of(PageReader()).percent(0.968) == "97%"
