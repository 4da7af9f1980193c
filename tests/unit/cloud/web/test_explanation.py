from typing import Any

import pytest

from cloud.alerts.wording.quantities import Reader
from cloud.ports import Role
from cloud.web.explanation import explained
from tests.fakes.alerts import an_alert


def test_everything_a_model_said_is_told() -> None:
    why = explained(an_alert(), Reader(role=Role.CAREGIVER))
    assert why.judgement is not None
    assert (why.judgement.name, why.judgement.version, why.judgement.probability) == ("rhythm", "3", 0.97)
    assert why.drawn.median
    assert (why.drawn.beat_ms, why.drawn.beat, why.drawn.prototypes, why.drawn.strip) == (48, "", (), "")
    [reason] = why.contributors
    assert reason.usual == (0.02, 0.08)
    assert reason.bar is not None
    assert len(why.history.points) == 120


def test_the_beat_lies_over_the_wearers_own_at_one_scale_with_the_labelled_ones_beside_it() -> None:
    drawn = explained(an_alert("ventricular-tachycardia"), Reader(role=Role.CLINICIAN)).drawn
    assert drawn.median.startswith("M0.0 ")
    assert drawn.beat.startswith("M0.0 ")
    assert drawn.beat != drawn.median
    assert drawn.beat_ms == 900
    assert [(one.label, one.distance) for one in drawn.prototypes] == [
        ("Beat from a ventricle", 0.42),
        ("Beat from a ventricle", 0.61),
        ("Usual beat", 2.4),
    ]
    assert all(one.path for one in drawn.prototypes)


def test_what_a_rule_found_is_shown_as_its_strip_and_no_model_is_named() -> None:
    why = explained(an_alert("asystole"), Reader(role=Role.CAREGIVER))
    assert why.judgement is None
    assert (bool(why.drawn.strip), why.drawn.strip_s) == (True, 6.6)
    assert [reason.name for reason in why.contributors] == ["Longest time between beats"]


def test_a_limit_is_told_with_value_and_unit() -> None:
    why = explained(an_alert("tachycardia"), Reader(role=Role.CLINICIAN))
    assert (why.value, why.limit, why.unit) == (136.0, 131.0, "/min")
    assert why.judgement is None


def test_the_minutes_before_say_what_was_measured_and_have_the_limit_of_nothing_else() -> None:
    low = {"kind": "oxygen_saturation", "unit": "%", "limit": 83.0}
    of_oxygen = an_alert("oxygen-very-low", explanation=an_alert().explanation | low)
    history = explained(of_oxygen, Reader(role=Role.CLINICIAN)).history
    assert (history.name, history.unit, history.limit) == ("Heart rate", "/min", None)
    shown = of_oxygen.explanation | {"history_kind": "oxygen_saturation"}
    history = explained(an_alert("oxygen-very-low", explanation=shown), Reader(role=Role.CLINICIAN)).history
    assert (history.name, history.unit, history.limit) == ("Oxygen level", "%", 83.0)


@pytest.mark.parametrize(
    ("condition", "read_as", "limit"),
    [
        ("glucose-falling-fast", "Change", None),
        ("glucose-soon-very-low", "Expected", 55.0),
        ("glucose-low", "Measured", 55.0),
    ],
)
def test_a_change_and_a_forecast_are_not_shown_as_something_measured(
    condition: str, read_as: str, limit: float | None
) -> None:
    given = {"value": 40.0, "limit": 55.0, "unit": "mg/dL", "kind": "glucose", "history_kind": "glucose"}
    why = explained(
        an_alert(condition, explanation=given | {"history": [(1, 60.0)]}), Reader(role=Role.CAREGIVER)
    )
    assert (why.read_as.message, why.history.limit) == (read_as, limit)


def test_glucose_is_explained_in_the_readers_unit() -> None:
    given = {"value": 45.0, "limit": 54.0, "unit": "mg/dL", "kind": "glucose", "history_kind": "glucose"}
    reasons = [
        {"name": "Blood sugar", "value": 45.0, "unit": "mg/dL", "usual_low": 90.0, "usual_high": 144.0}
    ]
    alert = an_alert("glucose-low", explanation=given | {"history": [(1, 72.0)], "contributors": reasons})
    why = explained(alert, Reader(glucose_unit="mmol/L"))
    assert [round(each or 0, 1) for each in (why.value, why.limit, why.history.limit)] == [2.5, 3.0, 3.0]
    assert (why.unit, why.history.unit, round(why.history.points[0][1], 1)) == ("mmol/L", "mmol/L", 4.0)
    [reason] = why.contributors
    assert (round(reason.value, 1), reason.unit) == (2.5, "mmol/L")
    assert reason.usual is not None
    assert [round(side, 1) for side in reason.usual] == [5.0, 8.0]


def test_minutes_that_an_older_program_kept_are_the_hearts() -> None:
    old = {
        key: value
        for key, value in an_alert("tachycardia").explanation.items()
        if key not in {"kind", "history_kind"}
    }
    history = explained(an_alert("tachycardia", explanation=old), Reader(role=Role.CLINICIAN)).history
    assert (history.name, history.limit, len(history.points)) == ("Heart rate", 131.0, 120)


def test_what_is_usual_and_what_was_left_out_is_said() -> None:
    more = {
        "baseline": {"kind": "heart_rate", "median": 70, "low": 62, "high": 78, "hour": 3, "days": 9},
        "left_out": {"low-quality": 12, "implausible": 1},
    }
    alert = an_alert("tachycardia", explanation=an_alert("tachycardia").explanation | more)
    why = explained(alert, Reader(role=Role.CLINICIAN))
    assert why.usual == "Usual heart rate at this time of day: 62 to 78 /min, by 9 days."
    assert why.left_out == (
        "12 values are left out: the signal was unclear.",
        "One value is left out: no living body shows such a value.",
    )


def test_advice_is_by_role_and_an_administrator_reads_the_caregivers() -> None:
    alert = an_alert("tachycardia")
    told = {role: explained(alert, Reader(role=role)).advice for role in Role}
    assert len({told[Role.PATIENT], told[Role.CAREGIVER], told[Role.CLINICIAN]}) == 3
    assert told[Role.ADMINISTRATOR] == told[Role.CAREGIVER]


@pytest.mark.parametrize(
    "changes",
    [
        {"contributors": "many", "model": [], "advice": 3, "history": None, "median_beat": "x"},
        {"contributors": [1, {"name": "x"}, {"value": 2}], "history": [[1], "no", [1, "x"], None]},
        {"median_beat": {"uv": [1, "x"], "rate_hz": 100}, "value": True, "limit": "131"},
        {"median_beat": {"uv": [1, 2], "rate_hz": 0}, "model": {"name": "m"}},
        {"beat": [1, 2], "strip": {"uv": [], "rate_hz": 50}, "prototypes": "V"},
        {"prototypes": [1, {"distance": 2}, {"label": "V", "distance": "far", "beat": 3}]},
    ],
)
def test_what_has_an_unexpected_shape_is_left_out_and_breaks_nothing(changes: dict[str, Any]) -> None:
    alert = an_alert()
    why = explained(an_alert(explanation=alert.explanation | changes), Reader(role=Role.PATIENT))
    assert why.summary
    if "history" in changes:
        assert why.history.points == ()
    if "contributors" in changes:
        assert why.contributors == ()


def test_an_explanation_with_nothing_in_it_is_that_of_its_condition_alone() -> None:
    why = explained(an_alert(explanation={}), Reader(role=Role.PATIENT))
    assert why.summary.startswith("The heartbeat is uneven.")
    assert why.advice
    assert (why.value, why.contributors, why.history.points) == (None, (), ())


def test_a_value_far_outside_stays_on_its_bar() -> None:
    rows = [
        {"name": "far", "value": value, "unit": "ms", "usual_low": 0.0, "usual_high": 1.0}
        for value in (-1e9, 0.0, 1.0, 1e9)
    ]
    why = explained(an_alert(explanation={"contributors": rows}), Reader(role=Role.PATIENT))
    assert [each.bar[2] for each in why.contributors if each.bar] == [5.0, 40.0, 80.0, 115.0]
