import pytest

from cloud.alerts.wording.quantities import Reader
from cloud.ports import Point
from cloud.web.measured import measured
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud

READER = Reader()


def point(value: float, *, t_ms: int = 1_000, quality: float | None = None) -> Point:
    return Point(t_ms=t_ms, value=value, quality=quality, device="c0-01")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("oxygen_saturation", 96.6, "97 %"),
        ("body_temperature", 38.44, "38.4 °C"),
        ("body_weight", 71.535, "71.5 kg"),
        ("glucose", 103.7, "104 mg/dL"),
    ],
)
def test_a_value_is_said_with_its_unit_and_no_more_digits_than_it_has(
    kind: str, value: float, said: str
) -> None:
    (line,) = measured({kind: point(value)}, READER)
    assert f"{line.values[0]} {line.unit}" == said


def test_glucose_is_said_in_the_readers_unit() -> None:
    (line,) = measured({"glucose": point(103.7)}, Reader(glucose_unit="mmol/L"))
    assert (line.values, line.unit) == (("5.8",), "mmol/L")


def test_two_pressures_of_one_cuff_are_one_line_and_of_two_times_none() -> None:
    both = {"systolic_pressure": point(128), "diastolic_pressure": point(82)}
    (line,) = measured(both, READER)
    assert (line.label, line.values) == ("Blood pressure", ("128", "82"))
    assert measured(both | {"diastolic_pressure": point(82, t_ms=9_000)}, READER) == ()
    assert measured({"systolic_pressure": point(128)}, READER) == ()


def test_what_no_living_wearer_shows_and_what_has_a_tile_of_its_own_is_no_line() -> None:
    assert (
        measured({"oxygen_saturation": point(140), "heart_rate": point(70), "ecg_quality": point(1)}, READER)
        == ()
    )


@pytest.mark.parametrize(("quality", "is_unsure"), [(None, False), (0.5, False), (0.4, True), (0.0, True)])
def test_a_value_that_is_not_judged_is_called_unsure(quality: float | None, is_unsure: bool) -> None:  # noqa: FBT001 - pytest names it
    (line,) = measured({"oxygen_saturation": point(88, quality=quality)}, READER)
    assert line.is_unsure is is_unsure


async def test_a_patients_page_shows_what_was_measured_last(cloud: FakeCloud, client_for: ClientFor) -> None:
    page = (await client_for(CARER).get("/patients/p-wei")).text
    assert "Measured last" not in page
    now_ms = cloud.clock.wall_ms()
    cloud.series.points["p-wei", "oxygen_saturation"] = [point(91.0, t_ms=now_ms - 3_000, quality=0.3)]
    for path in ("/patients/p-wei", "/patients/p-wei/now"):
        page = (await client_for(CARER).get(path)).text
        assert "Oxygen saturation" in page
        assert "<b>91</b>" in page
        assert "unsure" in page
