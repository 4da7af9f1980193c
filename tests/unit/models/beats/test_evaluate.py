import numpy as np
import pytest

from models.beats.evaluate import beats_report
from models.beats.judging import JudgedRecording
from models.beats.recordings import LABELS


def judged(record, truth, said, *, patient=None, sure=0.9, distance=1.0):
    probabilities = np.full((len(truth), 4), (1 - sure) / 3)
    probabilities[np.arange(len(truth)), [LABELS.index(label) for label in said]] = sure
    return JudgedRecording(
        record=record,
        patient=patient or record,
        truth=np.array(list(truth)),
        judged=np.array(list(said)),
        probabilities=probabilities,
        distance=np.full(len(truth), distance),
    )


def test_classes_are_counted_over_all_beats():
    report = beats_report([judged("1", "NNVV", "NNVN"), judged("2", "NNSV", "NVSV")], distance_limit=3.0)
    assert report["classes"]["V"]["se"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["classes"]["V"]["ppv"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["classes"]["S"]["f1"] == 1.0
    assert report["accuracy"] == pytest.approx(6 / 8)


def test_fusion_beats_taken_for_ventricular_ones_are_no_false_alarm_to_the_standard():
    report = beats_report([judged("1", "NVVF", "NVVV")], distance_limit=3.0)
    assert report["classes"]["V"]["ppv"] == 1.0
    assert report["classes_strict"]["V"]["ppv"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["intervals"]["ppv_V"] == [1.0, 1.0]


def test_the_patient_with_most_beats_of_a_class_is_left_out_beside():
    rows = [judged("1", "SSSSS", "SSSSS"), judged("2", "SSN", "SNN")]
    report = beats_report(rows, distance_limit=3.0)
    assert report["without_dominating"]["S"]["patient"] == "1"
    assert report["without_dominating"]["S"]["se"] == 0.5


def test_each_patient_counts_alike_in_the_macro_average():
    rows = [judged("1", "V" * 90, "V" * 90), judged("2", "V" * 10, "N" * 10), judged("3", "NV", "NN")]
    macro = beats_report(rows, distance_limit=3.0)["macro_by_patient"]["V"]
    assert macro["patients"] == 2
    assert macro["se"] == 0.5


def test_what_is_unlike_the_training_is_left_out_of_what_is_covered():
    rows = [judged("1", "NV", "NV"), judged("2", "VV", "NN", distance=9.0)]
    within = beats_report(rows, distance_limit=3.0)["coverage"]["within_distance"]
    assert within["coverage"] == 0.5
    assert within["classes"]["V"]["se"] == 1.0


def test_a_beat_that_could_not_be_judged_counts_as_normal_and_is_told():
    row = judged("1", "NV", "NN")
    row.distance[1], row.probabilities[1] = np.nan, np.nan
    report = beats_report([row], distance_limit=3.0)
    assert report["unjudged_beats"] == 1
    assert report["classes"]["V"]["se"] == 0.0


def test_the_worst_records_come_first_with_what_they_confuse():
    rows = [judged("1", "NNN", "NNN"), judged("2", "NVS", "VVN")]
    assert beats_report(rows, distance_limit=3.0)["worst_records"] == [
        {"record": "2", "wrong": 2, "confused": {"N as V": 1, "S as N": 1}}
    ]
