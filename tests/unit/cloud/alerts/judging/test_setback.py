"""A gateway whose clock goes back makes nobody unwatched; what is only late stays late."""

from collections.abc import Iterable

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.setback import SETBACK_MS
from cloud.alerts.judging.state import PatientState
from cloud.ports import AlertState
from tests.fakes.alert_material import STRAP, at, fresh_state, heart_rate, report, slice_of, steady
from vitals.records import AnyRecord

BACK_S = 3_600
Told = list[tuple[str, AlertState]]


def lived(state: PatientState, slices: Iterable[tuple[float, AnyRecord]]) -> tuple[PatientState, Told]:
    """Return the state and what was told after records, each with when the server got it."""
    told: Told = []
    for received_s, record in slices:
        fresh = slice_of(record, received_s=received_s)
        state, changed = evaluate(state, fresh, fresh.received_ms)
        told += [(one.condition, one.state) for one in changed]
    return state, told


def measured() -> PatientState:
    """A heart that was well for a minute by a clock that was right."""
    state, _ = lived(fresh_state(), [(BACK_S + 60, steady(70, BACK_S, BACK_S + 60))])
    return state


def live(value: float, from_s: int, to_s: int, *, behind_s: int) -> list[tuple[float, AnyRecord]]:
    """A value every five seconds, sent at once, by a clock so far behind the server's."""
    return [
        (second, heart_rate((second - behind_s, value)))
        for second in range(BACK_S + from_s, BACK_S + to_s, 5)
    ]


def test_a_slow_heart_is_told_within_two_minutes_though_the_clock_was_set_back_an_hour() -> None:
    state, told = lived(measured(), live(35, 65, 180, behind_s=BACK_S))
    assert told == [("bradycardia", AlertState.ACTIVE)]
    assert state.devices[STRAP].newest_ms["heart_rate"] == at(175)
    assert state.skipped == {"not-newer": SETBACK_MS // 5_000}


def test_the_last_minutes_and_the_word_of_the_device_go_on_by_the_new_time() -> None:
    state, _ = lived(measured(), live(70, 65, 180, behind_s=BACK_S))
    assert [points[-1][0] for points in state.newest.values()] == [at(155)]
    _, told = lived(state, [(BACK_S + 180, report(180, battery=9))])
    assert told == [("battery-low", AlertState.ACTIVE)]


def test_an_alert_that_stands_ends_by_the_new_time() -> None:
    ill, told = lived(measured(), live(35, 65, 120, behind_s=0))
    assert told == [("bradycardia", AlertState.ACTIVE)]
    _, told = lived(ill, live(70, 120, 240, behind_s=BACK_S))
    assert told == [("bradycardia", AlertState.RESOLVED)]


def test_what_was_kept_back_and_comes_faster_than_it_was_measured_is_no_news() -> None:
    late = [(BACK_S + 61 + second / 10, heart_rate((second, 35))) for second in range(0, 3_000, 5)]
    state, told = lived(measured(), late)
    assert told == []
    assert state.skipped == {"not-newer": 600}


def test_what_is_older_between_values_that_are_news_is_no_news() -> None:
    old, new = live(35, 65, 300, behind_s=BACK_S), live(70, 65, 300, behind_s=0)
    state, told = lived(measured(), [one for both in zip(old, new, strict=True) for one in both])
    assert told == []
    assert state.devices[STRAP].behind in {None, (at(295), at(BACK_S + 295))}


def test_less_than_a_minute_of_older_values_is_no_news() -> None:
    _, told = lived(measured(), live(35, 65, 65 + SETBACK_MS // 1000, behind_s=BACK_S))
    assert told == []
