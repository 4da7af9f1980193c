import numpy as np
import pytest

from models.beats.calibration import Calibration, calibrated, leaning


def drawn(count, *, sharpness, offsets, seed):
    """Logits of which only ``logits / sharpness + offsets`` are true log odds."""
    random = np.random.default_rng(seed)
    true = random.normal(0, 1.5, (count, 3)) + np.array(offsets)
    columns = np.array([random.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in true])
    return (true - np.array(offsets)) * sharpness, columns


def test_sharpness_and_rarity_are_found():
    logits, columns = drawn(6000, sharpness=2.0, offsets=[0.0, -2.0, -1.0], seed=3)
    found = calibrated(logits, columns, np.full(len(columns), "p"))
    assert found.temperature == pytest.approx(2.0, abs=0.2)
    assert found.offsets == pytest.approx([0.0, -2.0, -1.0], abs=0.15)


def test_a_patient_with_many_beats_counts_like_one_with_few():
    few, many = (
        drawn(count, sharpness=1.0, offsets=[0.0, rare, 0.0], seed=5)
        for count, rare in ((800, -1), (8000, 1))
    )
    logits, columns = (np.concatenate(pair) for pair in zip(few, many, strict=True))
    found = calibrated(logits, columns, np.array(["few"] * 800 + ["many"] * 8000))
    assert abs(found.offsets[1]) < 0.3


def test_a_class_is_leaned_to_as_far_as_that_costs_a_hundredth():
    logits, columns = drawn(6000, sharpness=1.0, offsets=[0.0, -1.0, 0.0], seed=8)
    plain = Calibration(temperature=1.0, offsets=np.array([0.0, -1.0, 0.0]))
    leant = leaning(plain, logits, columns == 1, column=1)

    def score(calibration):
        said = calibration(logits).argmax(axis=1) == 1
        return 2 * np.sum(said & (columns == 1)) / (said.sum() + np.sum(columns == 1))

    assert leant.offsets[1] > plain.offsets[1]
    assert score(leant) >= score(plain) - 0.0101
    assert leant.offsets[[0, 2]].tolist() == [0.0, 0.0]
