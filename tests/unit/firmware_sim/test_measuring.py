import pytest

from firmware_sim.body import Body
from firmware_sim.device_clock import DeviceClock
from firmware_sim.firmware import Firmware, Taken
from firmware_sim.measuring import LeadRow, MeasurementRow
from firmware_sim.samplers import Stretch
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models import WEARABLE_MODELS, model_named
from vitals.errors import ConfigurationError


@pytest.mark.parametrize(
    ("from_s", "to_s", "due"),
    [(0.0, 0.5, []), (0.0, 1.0, [1.0]), (0.5, 3.0, [1.0, 2.0, 3.0]), (3.0, 3.5, [])],
)
def test_a_row_is_due_once_each_time(from_s: float, to_s: float, due: list[float]) -> None:
    assert list(MeasurementRow(parts=()).due(from_s, to_s)) == due


def test_the_way_to_a_measurement_is_told_second_by_second() -> None:
    lead = LeadRow(uuid="", lasts_s=3.0, measure=lambda _moment, left_s: left_s)
    row = MeasurementRow(parts=(), first_s=10.0, every_s=60.0, lead=lead)

    steps = [0.5 * step for step in range(200)]
    told = [one for start in steps for one in row.leading(start, start + 0.5)]

    assert told == [(7.0, 3.0), (8.0, 2.0), (9.0, 1.0), (67.0, 3.0), (68.0, 2.0), (69.0, 1.0)]


def firmware_of(model: WearableModel, *, drift_ppm: float = 0.0) -> Firmware:
    clock = DeviceClock(lambda at_s: 1000.0 * at_s, drift_ppm=drift_ppm)
    body = Body(["generated-resting"], seed=1)
    return Firmware(model, body=body, clock=clock, serial="1", ecg_rate_hz=130)


def lived(firmware: Firmware, seconds: float) -> list[Taken | Stretch]:
    return [made for _ in range(round(2 * seconds)) for made in firmware.step()]


@pytest.mark.parametrize("model", WEARABLE_MODELS.values(), ids=WEARABLE_MODELS)
def test_each_measures_as_often_as_its_row_says(model: WearableModel) -> None:
    taken = [made for made in lived(firmware_of(model), 660.0) if isinstance(made, Taken)]

    for row in model.measurements:
        uuids = [part.uuid for part in row.parts]
        count = sum([part.uuid for part in made.record.parts] == uuids for made in taken)
        assert count == 1 + (660.0 - row.first_s) // row.every_s


def test_a_fast_crystal_measures_early_and_samples_in_step_with_its_own_clock() -> None:
    firmware = firmware_of(model_named("strap"), drift_ppm=1000.0)

    made = lived(firmware, 1000.0)

    stretches = [one for one in made if isinstance(one, Stretch)]
    assert firmware.lived_s == pytest.approx(1000.0 / 1.001)
    assert firmware.clock.ticks_us(firmware.lived_s) == 1_000_000_000
    assert [one.start for one in stretches] == [65 * count for count in range(2000)]


def test_while_it_is_down_nothing_is_measured_and_then_it_counts_anew() -> None:
    firmware = firmware_of(model_named("strap"))
    lived(firmware, 10.0)
    firmware.is_down = True
    down = lived(firmware, 5.0)
    firmware.boot()
    (stretch, *_) = lived(firmware, 0.5)

    assert down == []
    assert stretch.start == 15 * 130
    assert firmware.clock.ticks_us(firmware.lived_s) == 500_000


def test_the_battery_lasts_as_long_as_its_row_says() -> None:
    model = model_named("strap")
    firmware = firmware_of(model)
    percents = [firmware.moment(at_s).battery_percent for at_s in (0.0, 1799.0, 1801.0, 1e9)]

    assert percents == [87, 87, 86, 0]


def test_a_name_is_found_in_full_and_in_short_and_another_is_answered_with_those_that_are() -> None:
    assert model_named("strap") is model_named("chest-strap")
    with pytest.raises(ConfigurationError, match=r"choose one of chest-strap \(strap\)"):
        model_named("hat")
