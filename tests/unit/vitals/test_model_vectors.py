"""Reference inputs are the same on every machine; an answer that differs is told, whatever it is."""

import hashlib
import math

import numpy as np
import pytest

from tests.fakes.rhythm_model import manifest
from vitals.manifest import TensorContract
from vitals.model_vectors import differs, vector_inputs


def test_inputs_have_the_shapes_of_the_manifest_and_are_the_same_for_ever() -> None:
    of_one = manifest(inputs=(TensorContract(name="x", shape=(1, 3, 2), dtype="float32", meaning=""),))
    (made,) = vector_inputs(of_one, "vector-1").values()
    assert (made.shape, made.dtype) == ((1, 3, 2), np.float32)
    assert float(np.abs(made).max()) <= 1.0
    digest = hashlib.sha256(made.tobytes()).hexdigest()
    assert digest == "6860004c4ec1313fdaf4e7d335967e2b9d5b56fea6c7143e7b5d5cc75d564383"
    assert not np.array_equal(made, vector_inputs(of_one, "vector-2")["x"])


@pytest.mark.parametrize(
    ("answer", "expected", "is_other"),
    [
        ([0.25, 0.75], (0.25, 0.75), False),
        ([0.2509, 0.7491], (0.25, 0.75), False),
        ([0.26, 0.74], (0.25, 0.75), True),
        ([math.nan, 0.75], (0.25, 0.75), True),
        ([0.25], (0.25, 0.75), True),
        ([0.25, 0.75, 0.0], (0.25, 0.75), True),
    ],
)
def test_an_answer_is_the_same_but_for_rounding(
    answer: list[float], expected: tuple[float, ...], *, is_other: bool
) -> None:
    assert differs(answer, expected) is is_other
