import numpy as np

from models.rr_af.recordings import RrRecording
from models.rr_af.sources import Sources


def recording(patient, af_intervals, record=None):
    rhythms = np.array(["AFIB"] * af_intervals + ["N"] * (10 - af_intervals))
    return RrRecording(
        record=record or patient,
        patient=patient,
        rr_ms=np.full(10, 800.0),
        rhythms=rhythms,
        symbols=np.full(10, "N"),
    )


SOURCES = Sources(
    long=[recording(name, count) for name, count in zip("abcdef", (9, 8, 5, 4, 1, 0), strict=True)],
    short=[recording("201", 5), recording("201", 3, record="202"), recording("100", 0)],
    strips=[recording("A1", 10)],
)


def test_fibrillation_is_dealt_to_and_fro():
    parts = SOURCES.dealt(2)
    assert [parts[name] for name in "abcdef"] == [0, 1, 1, 0, 0, 1]


def test_two_recordings_of_one_person_are_left_out_together():
    parts = SOURCES.dealt(2)
    without = SOURCES.without(parts["201"], parts)
    assert "201" not in {one.patient for one in without.judged}


def test_each_patient_is_left_out_once():
    parts = SOURCES.dealt(3)
    missing = [
        {one.patient for one in SOURCES.judged} - {one.patient for one in SOURCES.without(part, parts).judged}
        for part in range(3)
    ]
    assert sorted(name for names in missing for name in names) == sorted(
        {one.patient for one in SOURCES.judged}
    )


def test_strips_teach_every_network():
    assert SOURCES.without(0, SOURCES.dealt(2)).strips == SOURCES.strips
