import numpy as np
import pytest

from models.falls.judging import Judged, alarms_of
from models.falls.operating_point import operating_point
from models.falls.report import report_of


def judged(rows):
    """Rows of (record, hours, alarms, highest probability)."""
    records = np.array([row[0] for row in rows])
    parts = [record.split("_") for record in records]
    count = len(rows)
    return Judged(
        records=records,
        people=np.array([part[1] for part in parts]),
        activities=np.array([part[0] for part in parts]),
        is_fall=np.array([part[0].startswith("F") for part in parts]),
        hours=np.array([row[1] for row in rows], dtype=float),
        blows=np.full(count, 2),
        judged_blows=np.full(count, 2),
        probability=np.array([row[3] for row in rows], dtype=float),
        alarms=np.array([row[2] for row in rows]),
        rule_alarms=np.zeros(count, dtype=int),
    )


ROWS = [
    ("F01_A_R01", 0.01, 1, 0.99),
    ("F01_A_R02", 0.01, 2, 0.98),
    ("F02_B_R01", 0.01, 0, 0.30),
    ("F02_B_R02", 0.01, 1, 0.97),
    ("D01_A_R01", 2.0, 0, 0.01),
    ("D04_A_R01", 1.0, 1, 0.90),
    ("D04_B_R01", 1.0, 2, 0.95),
]


def test_the_figures_are_those_of_the_rows():
    report = report_of(judged(ROWS))
    assert report["event_se"] == 0.75
    assert report["false_alarms_per_hour"] == 0.75
    assert report["false_alarms"] == 3
    assert report["classes"]["fall"] == {"se": 0.75, "sp": 0.33333, "ppv": 0.6, "f1": 0.66667, "support": 4}
    assert report["missed"] == ["F02_B_R01"]
    assert report["false_alarms_in"] == ["D04_A_R01", "D04_B_R01"]
    assert report["coverage"] == 1.0


def test_people_who_never_fell_do_not_pull_the_interval_down():
    found = [(record, hours, 1, given) for record, hours, _, given in ROWS if record.startswith("F")]
    report = report_of(judged([*found, *(("D01_E_R01", 1.0, 0, 0.01), ("D01_G_R01", 1.0, 0, 0.01))]))
    assert report["intervals"]["event_se"] == [1.0, 1.0]


def test_people_and_activities_have_a_row_each():
    rows = {(row["by"], row["record"]): row for row in report_of(judged(ROWS))["by_record"]}
    assert rows["person", "A"]["event_se"] == 1.0
    assert rows["person", "B"]["event_se"] == 0.5
    assert rows["activity", "D04"] == {
        "record": "D04",
        "by": "activity",
        "hours": 2.0,
        "false_alarms": 3,
        "recordings_without_alarm": 0.0,
    }
    assert rows["activity", "F02"] == {"record": "F02", "by": "activity", "falls": 2, "event_se": 0.5}


def test_no_alarm_in_three_hours_bounds_the_rate_by_one_an_hour():
    report = report_of(judged([("F01_A_R01", 0.01, 1, 0.9), ("D01_A_R01", 3.0, 0, 0.1)]))
    assert report["false_alarms_per_hour"] == 0.0
    assert report["false_alarms_per_hour_below"] == pytest.approx(1.0, abs=0.01)


def test_a_week_of_wear_is_reckoned_from_a_stated_number_of_activities():
    wear = report_of(judged([("F01_A_R01", 0.01, 1, 0.9), *[("D01_A_R01", 0.1, 0, 0.1)] * 420]))["wear"]
    assert wear["false_alarms_per_week"] == 0.0
    assert wear["false_alarms_per_week_below"] == pytest.approx(3.0, abs=0.01)
    assert "60 activities" in wear["assumption"]


def test_a_folder_without_falls_or_without_anything_else_is_reported_all_the_same():
    only_falls = report_of(judged([row for row in ROWS if row[0].startswith("F")]))
    assert only_falls["event_se"] == 0.75
    assert np.isnan([only_falls["false_alarms_per_hour"], only_falls["auroc"]]).all()
    no_falls = report_of(judged([row for row in ROWS if row[0].startswith("D")]))
    assert no_falls["false_alarms_per_hour"] == 0.75
    assert np.isnan([no_falls["event_se"], no_falls["auroc"], *no_falls["intervals"]["event_se"]]).all()


def test_the_intervals_hold_the_figures():
    report = report_of(judged(ROWS))
    for figure, (low, high) in report["intervals"].items():
        assert low <= report[figure] <= high


def test_blows_of_one_tumble_are_one_alarm():
    assert alarms_of(np.array([100, 300, 590, 2000])) == 2
    assert alarms_of(np.array([], dtype=np.int64)) == 0


def test_the_threshold_lies_in_the_middle_of_the_room():
    is_fall = np.repeat([True, False], 100)
    assert operating_point(is_fall, np.repeat([0.9, 0.1], 100)) == 0.5
    assert operating_point(is_fall, np.repeat([0.99, 0.5], 100)) == pytest.approx(0.91, abs=0.02)


def test_without_room_the_falls_are_what_counts():
    is_fall = np.repeat([True, False], 100)
    assert operating_point(is_fall, np.repeat([0.6, 0.8], 100)) == 0.6
