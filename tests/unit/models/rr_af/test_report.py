import json

import numpy as np
import pytest

from models.rr_af.judging import Judged
from models.rr_af.recordings import RrRecording
from models.rr_af.report import afdb_report, mitdb_report, scores


def judged(record, spans, *, called=(), rr_ms=800.0, ectopic=(), distance=0.5, seen=True):
    """`spans` are (rhythm, intervals); `called` those places that the model calls fibrillation."""
    rhythms = np.concatenate([np.full(count, name, dtype="<U8") for name, count in spans])
    probability = np.full(len(rhythms), 0.1)
    symbols = np.full(len(rhythms), "N")
    for start, stop in called:
        probability[start:stop] = 0.9
    for start, stop in ectopic:
        symbols[start:stop] = "V"
    return Judged(
        recording=RrRecording(
            record=record,
            patient=record,
            rr_ms=np.full(len(rhythms), rr_ms),
            rhythms=rhythms,
            symbols=symbols,
        ),
        probability=probability,
        distance=np.full(len(rhythms), distance),
        is_out_of_fold=seen,
    )


def report_on(*recordings, limit=None):
    return afdb_report(recordings, threshold=0.5, distance_limit=limit)


ONE = judged("1", [("N", 600), ("AFIB", 400)], called=[(590, 900)])
TWO = judged("2", [("N", 900), ("AFL", 100)], called=[(950, 1000)])


def test_each_beat_counts_and_flutter_is_no_fibrillation():
    found = report_on(ONE, TWO)["classes"]["AF"]
    assert found["support"] == 400
    assert found["se"] == 0.75
    assert found["sp"] == round((590 + 950) / 1600, 5)
    assert found["ppv"] == round(300 / 360, 5)


def test_the_other_class_is_the_mirror():
    classes = report_on(ONE, TWO)["classes"]
    assert classes["other"]["se"] == classes["AF"]["sp"]
    assert classes["other"]["support"] == 1600


def test_patients_count_alike_in_the_macro_means_where_they_have_the_rhythm():
    report = report_on(ONE, TWO)
    assert report["macro_se"] == 0.75
    assert report["macro_sp"] == pytest.approx((590 / 600 + 0.95) / 2, abs=1e-4)


def test_flutter_is_told_apart():
    assert report_on(ONE, TWO)["flutter"] == {"beats": 100, "called_af": 50, "share": 0.5}


def test_the_record_with_most_mistakes_is_left_out_beside_the_headline():
    without = report_on(ONE, TWO)["without_dominating_record"]
    assert without["record"] == "1"
    assert without["sp"] == 0.95


def test_beats_that_were_not_there_are_not_judged():
    recording = judged("3", [("N", 100), ("AFIB", 100)], called=[(0, 200)])
    recording.recording.rr_ms[:50] = np.nan
    assert report_on(recording)["classes"]["AF"]["others"] == 50


def test_windows_are_decided_by_their_majority():
    recording = judged("4", [("N", 40), ("AFIB", 50)], called=[(44, 90)])
    assert report_on(recording)["windows"] == {"beats": 30, **scores(np.array([2, 0, 1, 0]))}


def test_an_episode_is_found_by_half_of_it_and_a_brief_one_is_none():
    recording = judged(
        "5",
        [("N", 200), ("AFIB", 100), ("N", 200), ("AFIB", 20), ("N", 200), ("AFIB", 100), ("N", 200)],
        called=[(200, 260), (850, 950)],
    )
    found = report_on(recording)["episodes"]
    assert (found["annotated"], found["found"], found["false"]) == (2, 1, 1)
    assert found["false_per_day"] == pytest.approx(24 / (1020 * 0.8 / 3600), rel=0.01)


def test_what_is_unlike_training_is_left_out_and_counted():
    strange = judged("6", [("N", 1000)], called=[(0, 1000)], distance=9.0)
    abstained = report_on(ONE, strange, limit=2.0)["abstention"]
    assert abstained["coverage"] == 0.5
    assert abstained["sp"] == round(590 / 600, 5)


def test_intervals_hold_the_figure_and_come_of_patients():
    report = report_on(ONE, TWO, judged("7", [("N", 500), ("AFIB", 500)], called=[(500, 1000)]))
    low, high = report["intervals"]["se"]
    assert low <= report["classes"]["AF"]["se"] <= high
    assert low < high


def test_ectopy_stands_apart_from_sinus_rhythm():
    recording = judged("8", [("N", 200), ("B", 50)], called=[(0, 20)], ectopic=[(0, 20)])
    report = mitdb_report([recording], threshold=0.5)
    rows = {row["rhythm"]: row for row in report["mitdb"]["by_rhythm"]}
    assert report["mitdb_specificity"] == round(230 / 250, 5)
    assert rows["B"] == {"rhythm": "B", "beats": 50, "called_af": 0, "share": 0.0}
    assert rows["N, over a tenth ectopic"]["called_af"] == 20
    assert rows["N"]["called_af"] == 0


def test_a_report_without_fibrillation_has_no_division_by_nothing():
    assert report_on(judged("9", [("N", 100)]))["classes"]["AF"]["se"] == 0.0


def test_the_report_is_plain_json():
    json.dumps(report_on(ONE, TWO) | mitdb_report([ONE], threshold=0.5))


def test_draws_without_fibrillation_do_not_pull_the_sensitivity_down():
    assert report_on(ONE, TWO)["intervals"]["se"] == [0.75, 0.75]
