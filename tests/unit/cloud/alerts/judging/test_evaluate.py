"""What is judged, what is only counted, and that order and repetition change nothing."""

import itertools

import msgspec
import pytest

from cloud.alerts.judging.evaluate import evaluate, set_aside, tick
from cloud.alerts.judging.history import points_of
from cloud.alerts.judging.state import PatientState
from cloud.alerts.judging.surroundings import Surroundings
from cloud.ports import Alert, AlertState, Family, PatientSlice, Priority
from tests.fakes.alert_material import (
    PATCH,
    STRAP,
    T0,
    at,
    end,
    fresh_state,
    gap,
    heart_rate,
    onset,
    report,
    slice_of,
    steady,
    values,
)
from vitals.records import AnyRecord, GapReason


def after(*slices: PatientSlice, state: PatientState | None = None) -> tuple[PatientState, dict[str, Alert]]:
    """Return the state and the newest form of every alert after the slices."""
    state, alerts = state or fresh_state(), dict[str, Alert]()
    for one in slices:
        state, changed = evaluate(state, one, one.received_ms)
        alerts |= {alert.id: alert for alert in changed}
    return state, alerts


def only(*records: AnyRecord, received_s: float = 600) -> Alert:
    _, alerts = after(slice_of(*records, received_s=received_s))
    (alert,) = alerts.values()
    return alert


def test_a_fast_heart_is_raised_with_its_times() -> None:
    alert = only(steady(142, 0, 60), received_s=61)
    assert (alert.condition, alert.family, alert.priority) == (
        "tachycardia",
        Family.PHYSIOLOGICAL,
        Priority.MEDIUM,
    )
    assert (alert.began_ms, alert.noticed_ms, alert.raised_ms) == (T0, at(60), at(61))
    assert not alert.delayed


def test_the_time_counts_over_slices_as_over_one() -> None:
    parts = [
        slice_of(steady(142, second, second + 4, step_s=1), received_s=second + 5)
        for second in range(0, 65, 5)
    ]
    _, alerts = after(*parts)
    assert [(one.began_ms, one.state) for one in alerts.values()] == [(T0, AlertState.ACTIVE)]


def test_raised_is_when_it_became_active_here_however_long_the_slice_waited() -> None:
    _, (alert,) = evaluate(fresh_state(), slice_of(steady(142, 0, 60), received_s=61), at(500))
    assert alert.raised_ms == at(500)
    assert not alert.delayed


@pytest.mark.parametrize(("received_s", "delayed"), [(180, False), (180.001, True)])
def test_data_over_two_minutes_old_when_received_is_labelled(received_s: float, *, delayed: bool) -> None:
    assert only(steady(142, 0, 60), received_s=received_s).delayed is delayed


@pytest.mark.parametrize("value", [0, 19, 301])
def test_an_implausible_value_never_fires_and_is_counted(value: float) -> None:
    state, alerts = after(slice_of(steady(value, 0, 120), received_s=121))
    assert alerts == {}
    assert state.skipped == {"implausible": 25}


@pytest.mark.parametrize(("quality", "raised"), [(0.49, False), (0.5, True), (None, True)])
def test_a_value_of_low_quality_does_not_fire_and_is_counted(quality: float | None, *, raised: bool) -> None:
    run = heart_rate(*((second, 142) for second in range(0, 61, 5)), quality=quality)
    state, alerts = after(slice_of(run, received_s=61))
    assert bool(alerts) is raised
    assert state.skipped == ({} if raised else {"low-quality": 13})


def test_an_unusable_value_in_between_does_not_start_the_time_anew() -> None:
    run = heart_rate(*((second, 0 if second == 30 else 142) for second in range(0, 61, 5)))
    assert only(run).began_ms == T0


def test_acknowledging_stands_while_readings_go_on_and_the_end_still_resolves() -> None:
    state, alerts = after(slice_of(steady(142, 0, 60), received_s=61))
    state = acknowledged(state)
    state, changed = evaluate(state, slice_of(steady(150, 65, 300), received_s=301), at(301))
    assert changed == []
    _, (ended,) = evaluate(state, slice_of(steady(80, 305, 340), received_s=341), at(341))
    assert (ended.id, ended.state) == (next(iter(alerts)), AlertState.RESOLVED)
    assert ended.acknowledged_by == "u-carer"


@pytest.mark.parametrize(("unseen_s", "told_anew"), [(3_599, False), (3_600, True)])
def test_what_was_taken_on_last_night_takes_nothing_from_what_begins_tonight(
    unseen_s: int, *, told_anew: bool
) -> None:
    state, alerts = after(slice_of(steady(35, 0, 30), received_s=31))
    begins_s = 30 + unseen_s
    tonight = slice_of(steady(35, begins_s, begins_s + 30), received_s=begins_s + 31)
    _, alerts = after(tonight, state=acknowledged(state))
    found = [(one.condition, one.state) for one in alerts.values()]
    anew = [("bradycardia", AlertState.RESOLVED), ("bradycardia", AlertState.ACTIVE)]
    assert found == (anew if told_anew else [])


def acknowledged(state: PatientState) -> PatientState:
    (episode,) = state.episodes
    assert episode.alert is not None
    taken = msgspec.structs.replace(
        episode, alert=replaced(episode.alert, state=AlertState.ACKNOWLEDGED, acknowledged_by="u-carer")
    )
    return msgspec.structs.replace(state, episodes=(taken,))


def replaced(alert: Alert, **changes: object) -> Alert:
    return Alert(**{name: getattr(alert, name) for name in Alert.__dataclass_fields__} | changes)


def test_a_second_episode_is_a_second_alert() -> None:
    runs = (steady(142, 0, 60), steady(80, 65, 100), steady(142, 105, 165))
    _, alerts = after(slice_of(*runs, received_s=166))
    assert [one.state for one in alerts.values()] == [AlertState.RESOLVED, AlertState.ACTIVE]


def test_two_devices_are_timed_each_by_itself() -> None:
    runs = (steady(142, 0, 30), steady(142, 35, 65, device=PATCH))
    assert after(slice_of(*runs, received_s=66))[1] == {}


def test_samples_out_of_order_within_a_run_are_put_in_order() -> None:
    run = steady(142, 0, 60)
    shuffled = msgspec.structs.replace(run, t_ms=run.t_ms[::-1])
    assert only(shuffled).began_ms == T0


class TestHealthEvents:
    def test_an_onset_raises_at_once_with_its_effective_time(self) -> None:
        alert = only(onset(0, noticed_ms=at(41)), received_s=42)
        assert (alert.condition, alert.priority) == ("atrial-fibrillation", Priority.MEDIUM)
        assert (alert.began_ms, alert.noticed_ms, alert.delayed) == (T0, at(41), False)

    @pytest.mark.parametrize(("received_s", "delayed"), [(161, False), (161.001, True)])
    def test_lateness_counts_from_the_conclusion(self, received_s: float, *, delayed: bool) -> None:
        assert only(onset(0, noticed_ms=at(41)), received_s=received_s).delayed is delayed

    def test_its_end_resolves_it_at_the_effective_time(self) -> None:
        alert = only(onset(0), end(100))
        assert (alert.state, alert.resolved_ms) == (AlertState.RESOLVED, at(100))

    def test_an_end_that_comes_first_resolves_the_onset_when_it_comes(self) -> None:
        alert = only(end(100), onset(0))
        assert (alert.state, alert.began_ms, alert.resolved_ms) == (AlertState.RESOLVED, T0, at(100))

    def test_the_id_is_the_episodes_whatever_the_order(self) -> None:
        assert only(end(100), onset(0)).id == only(onset(0), end(100)).id == only(onset(0)).id

    def test_repeating_it_after_the_end_raises_nothing(self) -> None:
        state, _ = after(slice_of(onset(0), end(100), received_s=101))
        assert evaluate(state, slice_of(onset(0), end(100), received_s=200), at(200))[1] == []

    def test_a_new_onset_ends_an_episode_whose_end_was_lost(self) -> None:
        _, alerts = after(slice_of(onset(0), onset(500, event_id="episode-2"), received_s=501))
        assert [(one.state, one.resolved_ms) for one in alerts.values()] == [
            (AlertState.RESOLVED, at(500)),
            (AlertState.ACTIVE, None),
        ]

    def test_a_fall_stays_until_somebody_has_looked_though_the_wearer_is_up(self) -> None:
        alert = only(onset(0, condition="fall"), end(30, condition="fall"))
        assert (alert.priority, alert.state) == (Priority.HIGH, AlertState.LATCHED)

    def test_a_long_lie_is_told_beside_the_fall_and_ends_as_the_wearer_rises(self) -> None:
        told = (
            onset(0, condition="fall"),
            onset(0, condition="long-lie", event_id="episode-2"),
            end(300, condition="long-lie", event_id="episode-2"),
            end(300, condition="fall"),
        )
        _, alerts = after(slice_of(*told, received_s=301))
        assert {(one.condition, one.priority, one.state) for one in alerts.values()} == {
            ("fall", Priority.HIGH, AlertState.LATCHED),
            ("long-lie", Priority.HIGH, AlertState.RESOLVED),
        }

    def test_another_fall_while_the_first_waits_to_be_seen_waits_beside_it(self) -> None:
        again = onset(600, condition="fall", event_id="episode-2")
        _, alerts = after(
            slice_of(onset(0, condition="fall"), end(30, condition="fall"), again, received_s=601)
        )
        assert [one.state for one in alerts.values()] == [AlertState.LATCHED, AlertState.ACTIVE]

    @pytest.mark.parametrize("condition", ["glucose-below-range", "glucose-above-range"])
    def test_glucose_that_is_no_number_is_told_with_the_glucose_before_it(self, condition: str) -> None:
        low = onset(600, condition=condition, evidence=None)
        before = (values("glucose", (300, 60.0)), steady(75, 300, 310))
        _, alerts = after(slice_of(*before, low, received_s=601))
        (alert,) = alerts.values()
        assert (alert.condition, alert.state) == (condition, AlertState.ACTIVE)
        assert alert.explanation["history"] == [[at(300), 60.0]]

    def test_a_finding_without_a_rule_asks_somebody_to_look_once(self) -> None:
        strange = onset(0, condition="torsades")
        state, alerts = after(
            slice_of(strange, received_s=1), slice_of(onset(5, condition="torsades"), received_s=6)
        )
        assert [one.condition for one in alerts.values()] == ["unknown-event"]
        assert state.skipped == {"already-said": 1}

    def test_a_clock_that_is_wrong_still_raises_and_claims_no_lateness(self) -> None:
        _, alerts = after(slice_of(onset(0, t_ms=1_000, noticed_ms=2_000), received_s=1))
        found = {one.condition: one for one in alerts.values()}
        assert found.keys() == {"clock-wrong", "atrial-fibrillation"}
        assert (found["atrial-fibrillation"].noticed_ms, found["atrial-fibrillation"].delayed) == (
            None,
            False,
        )


def test_a_clock_years_ahead_does_not_silence_what_comes_after() -> None:
    ahead = heart_rate((10 * 365 * 86_400, 142))
    state, alerts = after(slice_of(ahead, received_s=0), slice_of(steady(142, 5, 65), received_s=66))
    assert {(one.condition, one.state) for one in alerts.values()} == {
        ("clock-wrong", AlertState.RESOLVED),
        ("tachycardia", AlertState.ACTIVE),
    }
    assert state.skipped == {"clock-doubted": 1}


def test_gaps_of_one_reason_are_stated_once_until_somebody_has_seen_them() -> None:
    state, alerts = after(
        slice_of(gap(0, 400), gap(500, 900), gap(0, 400, GapReason.GATEWAY_DOWN), received_s=901)
    )
    assert [one.condition for one in alerts.values()] == ["gap", "gap"]
    assert state.skipped == {"already-said": 1}


def test_a_slice_set_aside_is_said_once_and_its_devices_named() -> None:
    poison = slice_of(heart_rate((0, 70)), received_s=1)
    state, (alert,) = set_aside(fresh_state(), poison, at(1))
    assert (alert.condition, alert.family, alert.state) == (
        "evaluation-failed",
        Family.TECHNICAL,
        AlertState.LATCHED,
    )
    assert alert.explanation["devices"] == [STRAP]
    assert set_aside(state, poison, at(2))[1] == []


def test_a_reading_of_a_kind_no_rule_reads_changes_nothing_but_when_it_was_heard() -> None:
    run = msgspec.structs.replace(heart_rate((0, 9)), kind="respiratory_rate")
    state, alerts = after(slice_of(run, received_s=1))
    assert alerts == {}
    assert state.devices[STRAP].data_received_ms == at(1)


PIECES = (
    slice_of(onset(0), received_s=1, name="onset"),
    slice_of(end(100), received_s=101, name="end"),
    slice_of(report(0, on_body=False), report(70, on_body=True), received_s=71, name="off"),
    slice_of(gap(0, 400), received_s=401, name="gap"),
)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(PIECES)), ids=lambda order: "-".join(one.message_id for one in order)
)
def test_in_any_order_the_same_episodes_come_out(order: tuple[PatientSlice, ...]) -> None:
    _, alerts = after(*order)
    _, straight = after(*PIECES)
    assert {(one.id, one.state, one.began_ms, one.resolved_ms) for one in alerts.values()} == {
        (one.id, one.state, one.began_ms, one.resolved_ms) for one in straight.values()
    }


def test_the_same_slices_again_in_any_order_change_no_alert() -> None:
    pieces = (
        *PIECES,
        slice_of(steady(142, 0, 60), received_s=61),
        slice_of(steady(80, 65, 100), received_s=101),
    )
    state, _ = after(*pieces)
    for piece in (*pieces, *pieces[::-1]):
        again, changed = evaluate(state, piece, at(2000))
        assert changed in ([], [])
        assert again.episodes == state.episodes
        state = again


def test_an_older_run_after_a_newer_one_is_counted_and_moves_nothing() -> None:
    state, _ = after(slice_of(steady(80, 100, 160), received_s=161))
    later, changed = evaluate(state, slice_of(steady(142, 0, 60), received_s=162), at(162))
    assert changed == []
    assert later.episodes == ()
    assert later.skipped == {"not-newer": 13}


def test_a_sample_or_report_of_the_very_same_time_is_no_news() -> None:
    state, _ = after(slice_of(heart_rate((0, 80), (0, 142)), report(0), report(0, battery=9), received_s=1))
    assert state.skipped == {"not-newer": 2}
    assert state.episodes == ()


def test_history_is_ten_minutes_of_at_most_60_points() -> None:
    state, _ = after(slice_of(steady(80, 0, 1800, step_s=1), received_s=1801))
    points = points_of(state.lately["heart_rate"])
    assert len(points) == 60
    assert points[0][0] > at(1200)
    assert points[-1][0] == at(1800)


def test_a_day_of_one_heart_leaves_a_small_state() -> None:
    from cloud.alerts.judging.state import encode_state  # noqa: PLC0415 - the only test that needs it

    state = fresh_state()
    for hour in range(24):
        run = steady(80 + hour, hour * 3600, hour * 3600 + 3599, step_s=5)
        events = [onset(hour * 3600, event_id=f"episode-{hour}-{n}") for n in range(20)]
        state, _ = evaluate(
            state, slice_of(run, *events, received_s=(hour + 1) * 3600), at((hour + 1) * 3600)
        )
    assert len(encode_state(state)) < 20_000


def test_time_alone_changes_nothing_where_nothing_waits() -> None:
    state, _ = after(slice_of(steady(142, 0, 55), received_s=56))
    around = Surroundings(devices=frozenset({STRAP}), gateways=(), watching_since_ms=T0)
    assert tick(state, at(200), around) == (state, [])
