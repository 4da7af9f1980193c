"""The judge of a simulated day finds what is lost and what has no cause, and nothing else."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carewire.day.scripts import SCRIPT_BY_NAME, Artefact, Concluded, Script
from carewire.day.truth import Breach, Cause, Truth, reckon
from carewire.day.wearer import Wearer
from cloud.ports import Alert, AlertState, Family, HandOff, Priority
from firmware_sim.causes import Cause as Felt
from firmware_sim.causes import Episode, Span
from firmware_sim.vital_signs import Quantity

START_MS = 1_772_409_600_000


def wearer(script: Script, hours: float = 2.0) -> Wearer:
    return Wearer(number=0, script=script, seed=3, start_ms=START_MS, day_s=hours * 3600)


def truth_of(script: Script, hours: float = 2.0) -> Truth:
    return Truth(wearers={"day-00": wearer(script, hours)})


def racing(from_s: float, to_s: float, level: float = 90.0) -> Script:
    burst = Episode(cause=Felt.RAPID_CONDUCTION, level=level, from_s=from_s, to_s=to_s, ramp_s=1.0)
    return Script(name="racing", episodes=(burst,))


def alert(condition: str, began_s: float, **more: Any) -> Alert:
    given: dict[str, Any] = {
        "id": f"{condition}-{began_s:.0f}",
        "patient_id": "day-00",
        "condition": condition,
        "family": Family.PHYSIOLOGICAL,
        "priority": Priority.MEDIUM,
        "state": AlertState.ACTIVE,
        "began_ms": START_MS + round(began_s * 1000),
        "raised_ms": START_MS + round(began_s * 1000) + 60_000,
        "noticed_ms": None,
        "explanation": {},
    }
    return Alert(**given | more)


def told(one: Alert, channel: str = "in-app", error: str | None = None) -> dict[str, list[HandOff]]:
    return {one.id: [HandOff(alert_id=one.id, channel=channel, person_id="carer", at_ms=0, error=error)]}


def test_what_stays_beyond_a_limit_for_long_enough_is_a_breach_and_what_does_not_is_none() -> None:
    (long,) = truth_of(racing(1000, 1200)).breaches
    assert (long.condition, long.patient_id) == ("tachycardia", "day-00")
    assert long.span.from_s == pytest.approx(1000, abs=15)
    assert long.span.to_s == pytest.approx(1200, abs=15)
    assert truth_of(racing(1000, 1040)).breaches == ()


def test_what_nobody_could_judge_is_no_breach() -> None:
    unsure = replace(racing(1000, 1200), unclear=(Span(from_s=900, to_s=1300),))
    assert [breach.condition for breach in truth_of(unsure).breaches] == ["signal-poor"]


def test_a_breach_is_lost_unless_an_alert_of_it_was_told_or_held_for_a_reason() -> None:
    truth = truth_of(racing(1000, 1200))
    (breach,) = truth.breaches
    of_it = alert("tachycardia", breach.span.from_s)
    assert reckon(truth, [], {}).lost == [breach]
    assert reckon(truth, [of_it], {}).lost == [breach]
    assert reckon(truth, [of_it], told(of_it, error="refused")).lost == [breach]
    assert reckon(truth, [of_it], told(of_it)).told == 1
    assert reckon(truth, [of_it], told(of_it, "held:inhibited", "explained")).held == 1


@pytest.mark.parametrize("other", [alert("bradycardia", 1005), alert("tachycardia", 3000)])
def test_an_alert_of_something_else_or_some_other_time_tells_of_no_breach_and_has_no_cause(
    other: Alert,
) -> None:
    found = reckon(truth_of(racing(1000, 1200)), [other], told(other))
    assert len(found.lost) == 1
    assert found.causeless == [other]


def test_an_alert_that_goes_on_tells_of_a_breach_that_comes_again_meanwhile() -> None:
    first, second = (
        Breach(patient_id="day-00", condition="tachycardia", span=Span(from_s=from_s, to_s=from_s + 90))
        for from_s in (1000.0, 1110.0)
    )
    truth = truth_of(racing(1000, 1090))
    truth.breaches = (first, second)
    one = alert("tachycardia", 1000, resolved_ms=START_MS + 1_300_000)
    assert reckon(truth, [one], told(one)).lost == []


def test_each_cause_is_told_from_the_others() -> None:
    hard = Episode(cause=Felt.EXERTION, level=0.9, from_s=3000, to_s=4200)
    script = Script(
        name="everything",
        baselines={Quantity.HEART_RATE: 70.0},
        episodes=(*racing(1000, 1200).episodes, hard),
        artefacts=(Artefact(span=Span(from_s=6000, to_s=6100), heart_rate_bpm=160.0),),
        concluded=(Concluded(condition="fall", span=Span(from_s=2000, to_s=2300)),),
        off=(Span(from_s=5000, to_s=5100),),
        battery_low_from_s=400.0,
    )
    truth = truth_of(script)
    at_work = next(each.span.from_s for each in truth.breaches if each.span.from_s > 2900)
    causes = [
        (alert("tachycardia", 1010), Cause.ILLNESS),
        (alert("fall", 2000), Cause.ILLNESS),
        (alert("tachycardia", at_work), Cause.EXERTION),
        (alert("tachycardia", 6000), Cause.ARTEFACT),
        (alert("sensor-off", 5000), Cause.DEVICE),
        (alert("sensor-off", 100), Cause.NONE),
        (alert("battery-low", 400), Cause.DEVICE),
        (alert("battery-low", 100), Cause.NONE),
        (alert("gap", 100), Cause.NOT_JUDGED_HERE),
    ]
    assert [truth.cause_of(one) for one, _ in causes] == [cause for _, cause in causes]


def test_the_same_seed_lives_the_same_day_and_another_one_another() -> None:
    values = [
        Wearer(number=0, script=SCRIPT_BY_NAME["well"], seed=seed, start_ms=0, day_s=600).measured[0].value
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_nothing_is_measured_while_a_wearable_is_off_and_it_says_so() -> None:
    one = wearer(Script(name="off", off=(Span(from_s=600, to_s=1200),)))
    assert not one.records(700, 720)
    (said,) = [each for each in one.records(600, 605) if getattr(each, "on_body", None) is False]
    assert said is not None
