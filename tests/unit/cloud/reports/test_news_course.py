from cloud.early_warning.history import HOUR_MS
from cloud.ports import Facts
from cloud.reports.news_course import EMERGENCY, URGENT, news_course
from vitals.scores.tables import Consciousness

BEGIN_MS = 480_000 * HOUR_MS
WELL = {
    "respiratory_rate": 16.0,
    "oxygen_saturation": 97.0,
    "systolic_pressure": 120.0,
    "heart_rate": 70.0,
    "body_temperature": 37.0,
}
TOLD = Facts(age_years=80, consciousness=Consciousness.ALERT, on_oxygen=False)


def means(**hours: dict[int, float]) -> dict[str, dict[int, float]]:
    return {
        key: {BEGIN_MS + hour * HOUR_MS: value for hour, value in of.items()} for key, of in hours.items()
    }


def test_with_everything_known_the_score_is_one_number() -> None:
    found = news_course(means(**{key: {0: value} for key, value in WELL.items()}), lambda _: TOLD, BEGIN_MS)
    (hour,) = found.hours
    assert (hour.t_ms, hour.lowest, hour.highest, hour.has_three) == (BEGIN_MS + HOUR_MS, 0, 0, False)
    assert found.missing == ()
    assert not found.assumes_adult


def test_what_was_never_known_widens_the_score_and_is_named() -> None:
    found = news_course(means(heart_rate={0: 70.0}), lambda _: Facts(), BEGIN_MS)
    (hour,) = found.hours
    assert (hour.lowest, hour.highest) == (0, 17)  # 20, less the 3 that a pulse can give
    assert "consciousness" in found.missing
    assert "heart_rate" not in found.missing
    assert found.assumes_adult


def test_the_worst_hour_is_the_first_with_the_highest_certain_score() -> None:
    fast = news_course(means(heart_rate={0: 70.0, 1: 135.0, 2: 140.0}), lambda _: TOLD, BEGIN_MS)
    assert fast.worst is not None
    assert (fast.worst.t_ms, fast.worst.lowest) == (BEGIN_MS + 2 * HOUR_MS, 3)
    assert fast.worst.has_three


def test_a_value_stands_for_twelve_hours_and_no_longer() -> None:
    hours = dict.fromkeys(range(15), 70.0)
    found = news_course(means(heart_rate=hours, respiratory_rate={0: 26.0}), lambda _: TOLD, BEGIN_MS)
    assert [hour.lowest for hour in found.hours] == [3] * 13 + [0, 0]


def test_hours_before_the_period_count_for_it_and_are_not_told() -> None:
    found = news_course(means(heart_rate={5: 70.0}, respiratory_rate={-2: 26.0}), lambda _: TOLD, BEGIN_MS)
    assert [hour.lowest for hour in found.hours] == [3]


def test_hours_are_counted_from_the_scores_at_which_somebody_should_look() -> None:
    ill = {**WELL, "respiratory_rate": 26.0, "heart_rate": 135.0, "oxygen_saturation": 94.0}
    found = news_course(means(**{key: {0: value} for key, value in ill.items()}), lambda _: TOLD, BEGIN_MS)
    assert (found.from_score(URGENT), found.from_score(EMERGENCY)) == (1, 1)


def test_a_child_is_not_scored() -> None:
    found = news_course(means(heart_rate={0: 70.0}), lambda _: Facts(age_years=9), BEGIN_MS)
    assert found.is_refused
    assert found.worst is None
