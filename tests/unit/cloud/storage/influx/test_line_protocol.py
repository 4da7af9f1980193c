import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ports import ClockDoubt, RecordClock
from cloud.storage.influx.line_protocol import lines_of, place_of, run_tag
from tests.contracts.records import OTHER_STRAP, event, identified, run, strip
from vitals.errors import StorageError
from vitals.records import ObservationRun


def texts(*records):
    return [line.text for line in lines_of(records)]


def test_a_point_is_a_line_of_tags_floats_and_milliseconds() -> None:
    rated = ObservationRun(
        device="c0-00-00-00-00-01", kind="heart_rate", t_ms=[1_700_000_000_123], value=[60.25], quality=[0.5]
    )
    (line,) = texts(identified(rated, 1))
    assert line == (
        "observation,clock=believed,device=c0-00-00-00-00-01,kind=heart_rate,patient=wei "
        "value=60.25,quality=0.5 1700000000123"
    )


def test_what_the_devices_own_clock_said_goes_with_the_point() -> None:
    dated = ObservationRun(device="cuff", kind="systolic_pressure", t_ms=[9], value=[120.0], device_ms=[-5])
    (line,) = texts(identified(dated, 1))
    assert line.endswith(" value=120.0,quality=-1.0,device_ms=-5i 9")


def test_whole_numbers_are_floats_too() -> None:
    (line,) = texts(identified(run((1, 60)), 1))
    assert " value=60.0,quality=-1.0 1" in line


def test_what_nobody_wore_has_no_patient() -> None:
    (line,) = texts(identified(run((1, 60)), 1, patient_id=None))
    assert "patient" not in line


def test_a_doubted_time_is_a_series_of_its_own() -> None:
    (line,) = texts(identified(run((1, 60)), 1, clock_doubt=ClockDoubt.AHEAD))
    assert line.startswith("observation,clock=ahead,")


def test_two_devices_at_one_millisecond_are_two_points() -> None:
    lines = texts(identified(run((1, 60)), 1), identified(run((1, 60), device=OTHER_STRAP), 2))
    assert len({line.split(" ")[0] for line in lines}) == 2


def test_no_line_knows_its_gateway_epoch_or_number() -> None:
    first = texts(identified(run((1, 60)), 1))
    again = texts(identified(run((1, 60)), 9_999, gateway="home-2", epoch="zzzz9999-observations"))
    assert first == again


def test_of_two_values_for_one_point_the_later_is_written() -> None:
    lines = texts(identified(run((1, 60), (2, 61)), 1), identified(run((1, 62)), 2))
    assert [re.findall(r"value=(\S+),.* (\d+)$", line) for line in lines] == [
        [("62.0", "1")],
        [("61.0", "2")],
    ]


def test_a_line_remembers_the_record_it_came_from() -> None:
    item = identified(run((1, 60)), 7)
    (line,) = lines_of([item])
    assert line.item is item


def test_events_and_strips_are_no_points() -> None:
    assert texts(identified(event(1), 1), identified(strip(1_000), 2)) == []


def test_separators_in_a_name_are_escaped() -> None:
    (line,) = texts(identified(run((1, 60)), 1, patient_id="a b,c=d"))
    assert r"patient=a\ b\,c\=d value" in line


@pytest.mark.parametrize("name", ["ends\\", "in\\side", "two\nlines", "carriage\rreturn", "\0"])
def test_a_name_without_a_place_in_a_line_is_refused_with_advice(name: str) -> None:
    with pytest.raises(StorageError, match="no backslash or line break"):
        texts(identified(run((1, 60)), 1, patient_id=name))


@pytest.mark.parametrize("boot_id", ["ends\\", "two\nlines", "\0", ""])
def test_whatever_a_gateway_calls_its_boot_its_points_are_lines(boot_id: str) -> None:
    clock = RecordClock(boot_id=boot_id, offset_ms=5, shift_ms=None)
    (line,) = texts(identified(run((1, 60)), 1, clock=clock, clock_doubt=ClockDoubt.UNSYNCED))
    assert "\n" not in line
    assert "\\," not in line.replace("\\ ", "")
    assert place_of(line).clock == run_tag(boot_id, 5)


def test_boots_of_different_names_are_different_clocks() -> None:
    names = ["a\nb", "a%0Ab", "a b", "a+b", "a\\b", "a", ""]
    assert len({run_tag(name, 0) for name in names}) == len(names)


def test_an_empty_device_is_refused() -> None:
    with pytest.raises(StorageError, match="not empty"):
        texts(identified(run((1, 60), device=""), 1))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused_and_not_dropped(value: float) -> None:
    with pytest.raises(StorageError, match="quarantine its record"):
        texts(identified(run((1, 60), (2, value)), 1))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_value_is_written_exactly(value: float) -> None:
    (line,) = texts(identified(run((1, value)), 1))
    (written,) = re.findall(r" value=([0-9.e+-]+),", line)
    assert float(written) == value
    assert "i" not in written


@pytest.mark.parametrize("patient", [None, "wei", "o'neil, a=b", "a b,c=d", "ünï"])
@pytest.mark.parametrize("doubt", [None, ClockDoubt.AHEAD])
def test_where_a_line_belongs_is_read_from_it(patient: str | None, doubt: ClockDoubt | None) -> None:
    (line,) = texts(identified(run((7, 60)), 1, patient_id=patient, clock_doubt=doubt))
    place = place_of(line)
    assert (place.patient_id, place.kind, place.t_ms) == (patient or "", "heart_rate", 7)
    assert place.clock == (doubt or "believed")
