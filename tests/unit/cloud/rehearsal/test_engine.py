"""What a rehearsal reads, tells, warns of, and leaves out."""

from dataclasses import replace

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.rules.rows import Rule, ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Priority
from cloud.rehearsal.engine import STRETCH_MS, rehearse
from cloud.rehearsal.history import Span
from cloud.rehearsal.outcome import Caution, LeftOut, Outcome, WhyLeftOut
from tests.fakes.alert_material import PATCH, PATIENT, STRAP, T0, end, gap, onset, report
from tests.fakes.past import FakeHistory
from vitals.records import Gap, GapReason, LinkState

DAY = Span(from_ms=T0 - T0 % STRETCH_MS, to_ms=T0 - T0 % STRETCH_MS + 4 * STRETCH_MS)
TACHYCARDIA = RULES["tachycardia"]
assert isinstance(TACHYCARDIA, ThresholdRule)


def only(*rows: Rule) -> CarePlan:
    return CarePlan(rules=RuleSet(rows))


def heart(*parts: tuple[int, int, float], device: str = STRAP, quality: float = 0.9) -> FakeHistory:
    """A heart rate every ten seconds: `(from, to, value)` in seconds of the day."""
    times = [second for first, last, _ in parts for second in range(first, last, 10)]
    values = [value for first, last, value in parts for _ in range(first, last, 10)]
    history = FakeHistory()
    at_ms = [DAY.from_ms + 1000 * second for second in times]
    history.put(("heart_rate", device, at_ms, values, [quality] * len(times)))
    return history


def over(history: FakeHistory, *rows: Rule, span: Span = DAY) -> Outcome:
    return rehearse(history, only(*rows), span, patient_id=PATIENT)


def second(t_ms: int | None) -> float | None:
    return None if t_ms is None else (t_ms - DAY.from_ms) / 1000


def test_an_alert_tells_when_its_cause_began_and_ended_and_how_far_it_went() -> None:
    found = over(heart((0, 500, 80), (500, 800, 140), (800, 810, 151), (810, 1000, 80)), TACHYCARDIA)
    (alert,) = found.alerts
    assert (alert.condition, alert.priority, alert.devices) == ("tachycardia", Priority.MEDIUM, (STRAP,))
    assert [second(t) for t in (alert.began_ms, alert.raised_ms, alert.ended_ms)] == [500, 560, 840]
    assert (alert.worst, alert.unit) == (151, "/min")


def test_stretches_in_which_nothing_comes_near_a_limit_are_not_read() -> None:
    history = heart((0, 20_000, 80), (30_000, 30_100, 140), (30_100, 80_000, 80))
    assert len(over(history, TACHYCARDIA).alerts) == 1
    assert [(kind, span.from_ms) for kind, span in history.read] == [("heart_rate", DAY.from_ms + STRETCH_MS)]


def test_what_goes_on_from_one_stretch_into_the_next_is_one_alert() -> None:
    begin, stop = STRETCH_MS // 1000 - 30, 2 * STRETCH_MS // 1000 + 100
    found = over(heart((0, begin, 80), (begin, stop, 140), (stop, 70_000, 80)), TACHYCARDIA)
    assert [(second(one.began_ms), second(one.ended_ms)) for one in found.alerts] == [(begin, stop + 30)]


def test_what_has_not_ended_by_the_end_of_the_span_has_no_end() -> None:
    (alert,) = over(heart((0, 500, 80), (500, 86_000, 140)), TACHYCARDIA).alerts
    assert alert.ended_ms is None


def test_the_burden_of_a_condition_is_its_alerts_their_time_and_their_share_of_what_was_measured() -> None:
    found = over(heart((0, 3000, 80), (3000, 3660, 140), (3660, 7200, 80)), TACHYCARDIA)
    (burden,) = found.burden
    assert (burden.condition, burden.alerts, burden.alarm_ms) == ("tachycardia", 1, 630_000)
    assert burden.share == pytest.approx(630 / 7200, rel=0.01)
    assert found.alerts_per_day() == {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 0}


def test_what_two_devices_see_at_once_counts_once_as_time_in_alarm() -> None:
    one = heart((0, 600, 140), (600, 1200, 80)).series["heart_rate"]
    both = FakeHistory()
    both.put(*(("heart_rate", each, one.t_ms.tolist(), one.value.tolist(), None) for each in (STRAP, PATCH)))
    (burden,) = over(both, TACHYCARDIA).burden
    assert (burden.alerts, burden.alarm_ms) == (2, 570_000)


def test_a_limit_that_would_alarm_for_more_than_half_of_the_history_is_warned_of() -> None:
    low = replace(TACHYCARDIA, limit=75.0, clear_at=70.0)
    (warned,) = over(heart((0, 4000, 80), (4000, 7000, 60)), low).warnings
    assert (warned.caution, warned.condition) == (Caution.ALARMS_MOST_OF_THE_TIME, "tachycardia")
    assert "%" in warned.because


def test_a_limit_that_was_never_reached_is_warned_of_and_one_of_what_was_never_measured_is_left_out() -> None:
    found = over(heart((0, 4000, 80)), TACHYCARDIA, RULES["oxygen-very-low"])
    assert [(one.caution, one.condition) for one in found.warnings] == [(Caution.NEVER, "tachycardia")]
    assert found.left_out == [LeftOut(why=WhyLeftOut.NOT_MEASURED, what="oxygen_saturation")]


def test_values_of_bad_quality_raise_nothing_and_are_counted() -> None:
    found = over(heart((0, 1000, 150), quality=0.3), TACHYCARDIA)
    assert not found.alerts
    assert LeftOut(why=WhyLeftOut.UNSURE, what="heart_rate", count=100) in found.left_out


def test_declared_gaps_of_what_is_read_are_counted() -> None:
    history = heart((0, 1000, 80))
    missing = Gap(
        device=STRAP,
        kind="heart_rate",
        from_ms=DAY.from_ms + 1,
        to_ms=DAY.from_ms + 2,
        reason=GapReason.LINK_LOST,
    )
    history.missing += [missing, gap(0, 60)]
    found = over(history, TACHYCARDIA)
    assert LeftOut(why=WhyLeftOut.GAPS, what="heart_rate", count=1) in found.left_out
    assert "ecg" not in {left.what for left in found.left_out}


def test_stretches_of_which_only_sums_are_left_are_named() -> None:
    history = heart((0, 500, 140), (500, 70_000, 80))
    history.let_go_before_ms = DAY.from_ms + STRETCH_MS
    found = over(history, TACHYCARDIA)
    (lost,) = found.left_out
    assert (lost.why, lost.what) == (WhyLeftOut.ONLY_SUMS, "heart_rate")
    assert lost.span == Span(from_ms=DAY.from_ms, to_ms=DAY.from_ms + STRETCH_MS)


def test_once_the_time_is_up_it_tells_up_to_where_it_came() -> None:
    asked = iter([False, False, True])
    found = rehearse(
        heart((0, 500, 140), (500, 60_000, 80), (60_000, 60_500, 140)),
        only(TACHYCARDIA),
        DAY,
        patient_id=PATIENT,
        is_time_up=lambda: next(asked),
    )
    assert found.until_ms == DAY.from_ms + 2 * STRETCH_MS
    assert len(found.alerts) == 1
    rest = Span(from_ms=found.until_ms, to_ms=DAY.to_ms)
    assert found.left_out[0] == LeftOut(why=WhyLeftOut.OUT_OF_TIME, what="", span=rest)


def test_what_rests_on_the_time_of_receipt_is_left_out_by_name() -> None:
    found = rehearse(FakeHistory(), STANDARD_PLAN, DAY, patient_id=PATIENT)
    left = {one.what for one in found.left_out if one.why is WhyLeftOut.NOT_KEPT}
    assert {"gateway-silent", "device-silent"} <= left
    assert not found.alerts


def told(history: FakeHistory, *keys: str) -> Outcome:
    span = Span(from_ms=T0, to_ms=T0 + 7_200_000)
    return over(history, *(RULES[key] for key in keys), span=span)


def test_what_gateways_concluded_is_raised_and_ended_as_they_said() -> None:
    history = FakeHistory(happened=[onset(100), end(400), onset(900, event_id="episode-2")])
    first, second_one = told(history, "atrial-fibrillation").alerts
    assert (first.began_ms, first.ended_ms) == (T0 + 100_000, T0 + 400_000)
    assert second_one.ended_ms is None


def test_a_fall_that_nobody_acknowledges_ends_when_its_cause_does() -> None:
    fall = onset(100, condition="fall"), end(130, condition="fall")
    (alert,) = told(FakeHistory(happened=[*fall]), "fall").alerts
    assert alert.ended_ms == T0 + 130_000


def test_what_a_device_said_of_itself_is_raised_once_it_has_lasted_whoever_speaks_next() -> None:
    gone = [report(second, link=LinkState.DISCONNECTED) for second in (100, 3000)]
    history = FakeHistory(reported=[report(0), *gone, report(3600)])
    (alert,) = told(history, "device-out-of-reach").alerts
    assert [alert.began_ms, alert.raised_ms, alert.ended_ms] == [T0 + 100_000, T0 + 160_000, T0 + 3_600_000]


def test_what_a_device_said_last_is_raised_though_nothing_comes_after_it() -> None:
    history = FakeHistory(reported=[report(0), report(100, on_body=False)])
    (alert,) = told(history, "sensor-off").alerts
    assert alert.raised_ms == T0 + 160_000


def test_a_loss_is_raised_once_however_many_stretches_it_overlaps() -> None:
    history = FakeHistory(missing=[gap(-30_000, 4000)])
    (alert,) = told(history, "gap").alerts
    assert alert.ended_ms == T0 + 4_000_000
