import numpy as np

from models.beats.examples import BeatExamples
from models.beats.prototypes import prototypes
from vitals.prototypes import PrototypeSet


def examples(labels):
    count = len(labels)
    return BeatExamples(
        tensors={},
        labels=np.array(labels),
        patients=np.array([f"p{row}" for row in range(count)]),
        records=np.array([f"r{row}" for row in range(count)]),
        beats_uv=np.arange(count * 90, dtype=np.int16).reshape(count, 90),
        is_judged=np.ones(count, dtype=bool),
    )


def test_each_class_has_a_few_beats_and_only_such_as_were_judged_right():
    labels = ["N"] * 40 + ["V"] * 3
    embedding = np.repeat(np.arange(5.0), 10)[:43, None] * np.ones((1, 3))
    judged = np.array(["N"] * 30 + ["V"] * 13)
    chosen = PrototypeSet.decode(prototypes(examples(labels), embedding, judged))
    assert {window.label for window in chosen.windows} == {"N", "V"}
    assert all(window.embedding[0] <= 2.0 for window in chosen.windows if window.label == "N")
    assert all(len(window.beat_uv) == 90 for window in chosen.windows)


def test_the_nearest_to_a_beat_is_one_of_its_kind():
    labels = ["N"] * 20 + ["V"] * 20
    embedding = np.repeat([[0.0, 0.0], [5.0, 5.0]], 20, axis=0)
    chosen = PrototypeSet.decode(prototypes(examples(labels), embedding, np.array(labels)))
    assert chosen.nearest(np.array([4.0, 4.5]), 1)[0].label == "V"
