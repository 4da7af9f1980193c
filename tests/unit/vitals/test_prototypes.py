import msgspec
import numpy as np
import pytest

from vitals.errors import ModelRejectedError
from vitals.prototypes import LabelledWindow, PrototypeSet

RNG = np.random.default_rng(1)
WINDOWS = [
    LabelledWindow(label=label, embedding=(RNG.normal(0.0, 0.3, 4) + middle).tolist(), beat_uv=[middle, 0])
    for label, middle in (("N", 0), ("V", 5))
    for _ in range(40)
]
CHOSEN = PrototypeSet.chosen("beats", WINDOWS, rate_hz=100.0, per_label=3)


def test_so_many_of_each_label_are_chosen() -> None:
    assert [window.label for window in CHOSEN.windows] == ["N"] * 3 + ["V"] * 3


def test_an_odd_window_stands_for_no_label() -> None:
    odd = LabelledWindow(label="N", embedding=[90.0] * 4)
    chosen = PrototypeSet.chosen("beats", [*WINDOWS, odd], rate_hz=100.0, per_label=10)
    assert odd not in chosen.windows


def test_a_label_of_a_single_window_has_that_one() -> None:
    only = LabelledWindow(label="F", embedding=[1.0] * 4)
    assert only in PrototypeSet.chosen("beats", [*WINDOWS, only], rate_hz=100.0).windows


def test_the_nearest_come_first_with_their_distance() -> None:
    near = CHOSEN.nearest(np.array(CHOSEN.windows[3].embedding), 4)
    assert [found.label for found in near] == ["V", "V", "V", "N"]
    assert near[0].distance == 0.0
    assert near[0].beat_uv == [5, 0]
    assert [found.distance for found in near] == sorted(found.distance for found in near)


def test_an_embedding_of_another_model_is_near_to_none() -> None:
    assert CHOSEN.nearest(np.zeros(7), 3) == []


def test_what_is_written_is_read() -> None:
    assert PrototypeSet.decode(msgspec.json.encode(CHOSEN)) == CHOSEN


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"\xff",
        msgspec.json.encode(msgspec.structs.replace(CHOSEN, windows=[])),
        msgspec.json.encode(
            msgspec.structs.replace(
                CHOSEN, windows=[CHOSEN.windows[0], LabelledWindow(label="N", embedding=[1.0])]
            )
        ),
    ],
    ids=["a-list", "no-text", "no-windows", "embeddings-of-two-lengths"],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(ModelRejectedError, match="export the model again"):
        PrototypeSet.decode(content)
