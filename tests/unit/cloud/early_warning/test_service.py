from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from cloud.early_warning.assess import ModelSilence, RiskModel
from cloud.early_warning.history import History
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.service import EarlyWarnings
from cloud.ports import Facts
from tests.fakes.clock import FakeClock
from tests.fakes.readings import DAY_MS, HOUR_MS, NOON_MS, add, add_heart
from tests.fakes.series_reader import FakeSeriesReader
from vitals.errors import StorageError
from vitals.scores.deterioration import DeteriorationVerdict
from vitals.scores.early_warning import Level, Reason
from vitals.scores.news2 import CURRENT_FOR_MS, Spo2Scale
from vitals.scores.night_signal import NightAlert
from vitals.scores.tables import Consciousness


@pytest.fixture
def series():
    return FakeSeriesReader()


@pytest.fixture
def clock():
    return FakeClock(wall=float(NOON_MS))


def a_model(probability=0.1, distance=1.0):
    verdict = DeteriorationVerdict(probability=probability, parts={"heart_rate": 0.4}, distance=distance)
    return RiskModel(version=3, threshold=0.3, distance_limit=4.0, judge=lambda _inputs: verdict)


@pytest.fixture
def warnings(series, clock):
    history = History(series=series, rollups=series, local=LocalTime(zone=ZoneInfo("UTC")))
    return EarlyWarnings(
        history=history, clock=clock, model=ModelSilence.NOT_INSTALLED, later=lambda work: work()
    )


def add_chart(series, now_ms=NOON_MS, **changes):
    values = {
        "respiratory_rate": 16,
        "oxygen_saturation": 97,
        "systolic_pressure": 125,
        "diastolic_pressure": 78,
        "body_temperature": 36.9,
        "heart_rate": 70,
    }
    for kind, value in (values | changes).items():
        add(series, kind, (now_ms - 60_000, value))


def test_of_somebody_nothing_is_known_of_all_is_possible_and_nothing_certain(warnings):
    found = warnings.of("p-wei")
    assert (found.warning.level, found.warning.at_worst) == (Level.ROUTINE, Level.EMERGENCY)
    assert (found.news2.lowest, found.news2.highest) == (0, 20)
    assert (found.deviations, found.cold, found.night) == ((), (), None)
    assert found.model_silence is ModelSilence.NOT_INSTALLED


def test_what_is_stored_and_what_is_said_make_the_score_certain(warnings, series):
    add_chart(series)
    partly = warnings.of("p-wei")
    assert (partly.news2.lowest, partly.news2.highest) == (0, 5)
    facts = Facts(age_years=70, consciousness=Consciousness.ALERT, on_oxygen=True)
    whole = warnings.of("p-wei", facts)
    assert (whole.news2.lowest, whole.news2.highest) == (2, 2)
    assert not whole.news2.assumes_adult


def test_what_was_seen_half_a_day_ago_is_missing_again(warnings, series, clock):
    add_chart(series)
    seen_ms = clock.wall_ms() - CURRENT_FOR_MS
    facts = Facts(consciousness=Consciousness.CONFUSED, said_ms={"consciousness": seen_ms})
    assert (warnings.of("p-wei", facts).news2.lowest, warnings.of("p-wei", facts).news2.highest) == (3, 5)
    older = replace(facts, said_ms={"consciousness": seen_ms - 1})
    assert (warnings.of("p-wei", older).news2.lowest, warnings.of("p-wei", older).news2.highest) == (0, 5)


def test_the_scale_that_was_prescribed_counts(warnings, series):
    add_chart(series, oxygen_saturation=90)
    assert warnings.of("p-wei").news2.lowest == 3
    assert warnings.of("p-wei", Facts(spo2_scale=Spo2Scale.TWO)).news2.lowest == 0


@pytest.mark.parametrize("facts", [Facts(age_years=9), Facts(is_pregnant=True)])
def test_whom_the_chart_was_not_made_for_has_none_and_is_told_why(warnings, series, facts):
    add_chart(series, heart_rate=180)
    found = warnings.of("p-wei", facts)
    assert found.news2 is None
    assert "16 years" in found.news2_refusal
    assert (found.warning.level, found.warning.at_worst) == (Level.ROUTINE, Level.EMERGENCY)


def test_what_is_usual_takes_a_week_and_then_tells_what_is_not(warnings, series, clock):
    add_heart(series, NOON_MS, days=5)
    found = warnings.of("p-wei")
    assert (found.deviations, found.cold) == ((), ("heart_rate",))
    clock.advance(5 * 86_400)
    now_ms = clock.wall_ms()
    add_heart(series, now_ms - HOUR_MS, days=5)
    add(series, "heart_rate", (now_ms - 60_000, 110))
    found = warnings.of("p-wei")
    (deviation,) = found.deviations
    assert (deviation.value, deviation.usual.median, found.cold) == (110.0, 72.0, ())
    assert Reason.UNUSUAL_FOR_THEM in found.warning.reasons


def test_an_hour_as_usual_at_that_time_of_day_is_no_deviation(warnings, series):
    add_heart(series, NOON_MS, days=14)
    (deviation,) = warnings.of("p-wei").deviations
    assert abs(deviation.spreads) < 1


def test_two_high_nights_are_red_and_a_watch(warnings, series):
    add_heart(series, NOON_MS - 2 * DAY_MS, days=14)
    add_heart(series, NOON_MS, days=2, night=66.0)
    found = warnings.of("p-wei")
    assert (found.night.alert, found.night.mean, found.night.baseline) == (NightAlert.RED, 66, 58)
    assert found.warning.reasons == (Reason.NIGHTS_RED,)
    assert found.warning.level is Level.WATCH


def test_days_of_red_nights_are_not_learnt_as_usual(warnings, series, clock):
    add_heart(series, NOON_MS, days=10)
    warnings.of("p-wei")
    for _ in range(8):
        clock.advance(86_400)
        add_heart(series, clock.wall_ms(), days=1, night=80.0, day=95.0)
        found = warnings.of("p-wei")
    (deviation,) = found.deviations
    assert (deviation.usual.median, deviation.value) == (72.0, 95.0)


def test_a_last_night_without_a_heart_rate_is_no_night(warnings, series):
    add_heart(series, NOON_MS - 2 * DAY_MS, days=14)
    assert warnings.of("p-wei").night is None


def test_readings_that_come_late_are_learnt_all_the_same(warnings, series, clock):
    add_heart(series, NOON_MS - DAY_MS, days=9)
    assert warnings.of("p-wei").night is None
    add_heart(series, NOON_MS, days=1)
    clock.advance(3601)
    assert warnings.of("p-wei").night.mean == 58


def test_a_clock_that_goes_back_makes_it_learn_anew(warnings, series, clock):
    add_heart(series, NOON_MS, days=14)
    clock.advance(20 * 86_400)
    assert warnings.of("p-wei").night is None
    clock.jump_wall(-20 * 86_400)
    assert warnings.of("p-wei").night.mean == 58


def test_the_model_over_its_threshold_is_a_watch_and_names_what_raised_it(warnings, series):
    add_chart(series)
    warnings.model = a_model(probability=0.4)
    found = warnings.of("p-wei")
    assert (found.model.probability, found.model_silence) == (0.4, None)
    assert found.warning.reasons == (Reason.MODEL_OVER_THRESHOLD,)
    assert [each.key for each in found.warning.contributors] == ["heart_rate"]


@pytest.mark.parametrize(
    ("values", "distance", "silence"),
    [
        (1, 1.0, ModelSilence.TOO_LITTLE),
        (6, 4.1, ModelSilence.UNLIKE),
        (6, 4.0, None),
        (6, float("nan"), ModelSilence.UNLIKE),
    ],
)
def test_the_model_abstains_and_says_why(warnings, series, values, distance, silence):
    add_chart(series) if values > 1 else add(series, "heart_rate", (NOON_MS - 60_000, 70))
    warnings.model = a_model(probability=0.9, distance=distance)
    found = warnings.of("p-wei")
    assert found.model_silence is silence
    assert (found.model is None) == (silence is not None)
    assert (Reason.MODEL_OVER_THRESHOLD in found.warning.reasons) == (silence is None)


@pytest.mark.parametrize(
    ("silence", "troubles"), [(ModelSilence.NOT_INSTALLED, 0), (ModelSilence.REFUSED, 1)]
)
def test_a_model_that_is_refused_is_a_trouble_and_one_nobody_installed_is_none(warnings, silence, troubles):
    warnings.model = silence
    assert warnings.of("p-wei").model_silence is silence
    assert len(warnings.troubles()) == troubles


def test_a_recent_assessment_is_kept_a_minute(warnings, series, clock):
    first = warnings.recent("p-wei")
    add_chart(series, heart_rate=180)
    clock.advance(59)
    assert warnings.recent("p-wei") is first
    clock.advance(1)
    assert warnings.recent("p-wei").warning.level is Level.URGENT


def test_a_page_does_not_wait_while_weeks_are_summed_up(warnings, series):
    waiting = []
    warnings.later = waiting.append
    add_chart(series)
    assert warnings.recent("p-wei") is None
    assert warnings.recent("p-wei") is None
    (work,) = waiting
    work()
    assert warnings.recent("p-wei").news2.highest == 5


def test_a_store_that_fails_beside_a_page_is_tried_again(warnings, series, monkeypatch):
    add_chart(series)
    with monkeypatch.context() as broken:
        broken.setattr(FakeSeriesReader, "rollups", failing)
        assert warnings.recent("p-wei") is None
    assert warnings.recent("p-wei").news2.highest == 5


def failing(*_given):
    raise StorageError("the file is locked")


def test_nobody_is_told_anothers(warnings, series):
    add_chart(series, heart_rate=180)
    assert warnings.recent("p-wei").warning.level is Level.URGENT
    assert warnings.recent("p-ama").warning.level is Level.ROUTINE


def test_only_the_patients_asked_for_last_are_kept_in_memory(warnings):
    for number in range(80):
        warnings.recent(f"p-{number}")
    assert list(warnings._patients) == [f"p-{number}" for number in range(16, 80)]


def test_a_store_that_cannot_answer_is_said_and_nothing_is_taken_as_learnt(warnings, series, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(FakeSeriesReader, "rollups", failing)
        with pytest.raises(StorageError):
            warnings.of("p-wei")
    add_heart(series, NOON_MS, days=14)
    assert warnings.of("p-wei").night.mean == 58
