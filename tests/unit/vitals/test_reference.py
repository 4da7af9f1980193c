import msgspec
import numpy as np
import pytest

from vitals.errors import ModelRejectedError
from vitals.reference import Measure, Reference, stability_index

RNG = np.random.default_rng(1)
PATIENTS = [RNG.normal(0.0, 1.0, 300) for _ in range(20)]
ALL = np.concatenate(PATIENTS)


def reference(**changes: object) -> Reference:
    whole = Reference(model="rhythm", windows=1, patients=1, measures={"rhythm:0": Measure.of(ALL, PATIENTS)})
    return msgspec.structs.replace(whole, **changes)


def test_the_bins_hold_equal_shares_of_the_training_windows() -> None:
    measure = Measure.of(ALL, PATIENTS)
    assert len(measure.edges) == 9
    assert measure.shares == pytest.approx([0.1] * 10, abs=0.001)


def test_a_value_falls_into_the_bin_between_its_edges() -> None:
    measure = Measure(edges=[0.0, 1.0], shares=[0.5, 0.25, 0.25], limit=0.25)
    assert [measure.bin_of(value) for value in (-9.0, 0.0, 0.5, 1.0, 9.0)] == [0, 1, 1, 2, 2]


def test_the_index_is_nothing_for_alike_and_that_of_the_textbook_else() -> None:
    assert stability_index(np.array([50.0, 50.0]), [0.5, 0.5]) == 0.0
    expected = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert stability_index(np.array([80.0, 20.0]), [0.5, 0.5]) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [[0.0, 0.0], [100.0, 0.0]], ids=["nothing-counted", "an-empty-bin"])
def test_the_index_is_finite_whatever_is_empty(counts: list[float]) -> None:
    assert np.isfinite(stability_index(np.array(counts), [0.5, 0.5]))


def test_the_limit_is_what_hardly_any_wearer_reaches() -> None:
    odd = [*PATIENTS[:-1], np.full(300, 5.0)]
    assert Measure.of(ALL, PATIENTS).limit == 0.25
    assert Measure.of(ALL, odd, quantile=1.0).limit > 2.0


def test_what_is_written_is_read() -> None:
    assert Reference.decode(msgspec.json.encode(reference())) == reference()


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"\xff",
        msgspec.json.encode(reference(measures={"rhythm": Measure.of(ALL, PATIENTS)})),
        msgspec.json.encode(
            reference(measures={"rhythm:0": Measure(edges=[1.0, 0.0], shares=[0.5, 0.2, 0.3], limit=1.0)})
        ),
        msgspec.json.encode(
            reference(measures={"rhythm:0": Measure(edges=[0.0, 1.0], shares=[0.5, 0.5], limit=1.0)})
        ),
    ],
    ids=["empty", "no-text", "a-measure-of-nothing", "edges-that-fall", "a-share-missing"],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(ModelRejectedError, match="export the model again"):
        Reference.decode(content)
