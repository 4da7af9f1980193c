"""Every alert carries the last ten minutes that are known, and says what of them is left out."""

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import decode_state, encode_state
from tests.fakes.alert_material import at, fresh_state, heart_rate, report, slice_of, steady


def test_values_that_were_not_judged_are_counted_by_reason() -> None:
    state = fresh_state()
    for second, quality, value in ((10, 0.1, 80.0), (20, 0.1, 80.0), (30, None, 5.0)):
        run = heart_rate((second, value), quality=quality)
        state, _ = evaluate(state, slice_of(run, received_s=second), at(second))
    state = decode_state(encode_state(state))
    _, [raised] = evaluate(state, slice_of(steady(140, 60, 130), received_s=131), at(131))
    assert raised.explanation["left_out"] == {"low-quality": 2, "implausible": 1}
    assert raised.explanation["history_kind"] == "heart_rate"


def test_what_was_left_out_longer_ago_is_not_told() -> None:
    state, _ = evaluate(fresh_state(), slice_of(heart_rate((10, 5.0)), received_s=10), at(10))
    run = steady(140, 700, 770)
    _, [raised] = evaluate(state, slice_of(run, received_s=771), at(771))
    assert raised.explanation["left_out"] == {}


def test_what_is_remembered_of_it_stays_small_however_much_is_left_out() -> None:
    state = fresh_state()
    for second in range(0, 3_600, 30):
        run = heart_rate(*((second + n / 10, 5.0) for n in range(50)))
        state, _ = evaluate(state, slice_of(run, received_s=second), at(second))
    assert len(state.left_out["heart_rate"]) <= 11
    assert sum(count for _, _, count in state.left_out["heart_rate"]) >= 950


def test_a_device_that_is_not_well_is_told_with_what_it_said_last() -> None:
    state, _ = evaluate(fresh_state(), slice_of(steady(75, 0, 60), received_s=61), at(61))
    state, _ = evaluate(state, slice_of(report(62, on_body=False), received_s=62), at(62))
    _, [off] = evaluate(state, slice_of(report(125, on_body=False), received_s=125), at(125))
    assert off.condition == "sensor-off"
    assert off.explanation["history_kind"] == "heart_rate"
    assert off.explanation["history"][-1] == [at(60), 75.0]  # type: ignore[index]
    assert off.explanation["contributors"] == []


def test_a_device_that_never_said_anything_has_nothing_to_show() -> None:
    state, _ = evaluate(fresh_state(), slice_of(report(0, on_body=False), received_s=0), at(0))
    _, [off] = evaluate(state, slice_of(report(65, on_body=False), received_s=65), at(65))
    assert (off.explanation["history_kind"], off.explanation["history"]) == (None, [])
