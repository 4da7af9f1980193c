import csv
import io
from zoneinfo import ZoneInfo

import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.export.csv_cells import lines, moments, name_in_a_file

BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))


def read_back(*rows: tuple[object, ...]) -> list[list[str]]:
    text = b"".join(lines(("a", "b"), rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_is_taken_for_a_formula(evil: str) -> None:
    ((cell, _),) = read_back((evil, None))
    assert cell == f"'{evil}"


def test_a_number_below_nothing_stays_a_number() -> None:
    assert read_back((-1.5, -2)) == [["-1.5", "-2"]]


def test_whatever_a_text_holds_it_stays_in_its_cell() -> None:
    awkward = 'a "quoted", and\nbroken line; ünï'
    assert read_back((awkward, "x\0y")) == [[awkward, "xy"]]


def test_a_moment_is_told_where_the_patient_lives_and_in_utc() -> None:
    assert moments(BERLIN, 1_767_225_600_000) == (
        "2026-01-01T01:00:00.000+01:00",
        "2026-01-01T00:00:00.000Z",
    )
    assert moments(BERLIN, None) == ("", "")
    assert moments(BERLIN, 1 << 60) == ("", f"{1 << 60} ms after 1970")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Wei Zhang", "Wei-Zhang"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ünï", "n"),
        ("\r\n", "unnamed"),
        ("a" * 99, "a" * 60),
    ],
)
def test_a_name_becomes_a_file_name_that_leads_nowhere(name: str, expected: str) -> None:
    assert name_in_a_file(name) == expected
