import numpy as np
import pytest

from tests.fakes.movement import fall, jumping, still
from vitals.features.impacts import GATE_G, SURROUND_LENGTH, ImpactGate

AT = 200


def found_in(samples, *, piece=25):
    gate = ImpactGate()
    found = [blow for start in range(0, len(samples), piece) for blow in gate.push(samples[start:][:piece])]
    return found, gate


def test_nothing_passes_while_somebody_stands():
    found, gate = found_in(still(20.0))
    assert not found
    assert not gate.flush()


def test_a_blow_comes_with_the_seconds_around_it():
    samples = fall()
    (blow,), _ = found_in(samples)
    assert blow.place == np.linalg.norm(samples, axis=1).argmax()
    assert blow.peak_g == pytest.approx(np.linalg.norm(samples, axis=1).max())
    np.testing.assert_array_equal(blow.surround_g, samples[blow.place - AT : blow.place + 150])


def test_a_blow_is_told_three_seconds_after_it_and_not_before():
    samples = fall()
    place = int(np.linalg.norm(samples, axis=1).argmax())
    gate = ImpactGate()
    assert not gate.push(samples[: place + 150])
    assert len(gate.push(samples[place + 150 : place + 151])) == 1


@pytest.mark.parametrize("piece", [1, 7, 50, 1000])
def test_it_makes_no_difference_in_what_pieces_samples_come(piece):
    samples = jumping(seconds=30.0)
    found, _ = found_in(samples, piece=piece)
    expected, _ = found_in(samples, piece=25)
    assert [blow.place for blow in found] == [blow.place for blow in expected]
    assert all(
        np.array_equal(one.surround_g, other.surround_g) for one, other in zip(found, expected, strict=True)
    )


def test_the_hardest_blow_of_a_second_stands_for_the_others():
    samples = still(12.0)
    samples[300] *= 3.0
    samples[330] *= 4.0
    found, _ = found_in(samples)
    assert [blow.place for blow in found] == [330]


def test_a_blow_as_soft_as_the_gate_passes_and_a_softer_one_does_not():
    samples = np.tile([0.0, 0.0, 1.0], (600, 1))
    samples[300, 2] = GATE_G
    assert len(found_in(samples)[0]) == 1
    samples[300, 2] = GATE_G - 1e-6
    assert not found_in(samples)[0]


def test_a_stretch_that_ends_soon_after_a_blow_is_judged_by_what_there_is():
    samples = fall(after_s=1.5)
    found, gate = found_in(samples)
    assert not found
    (blow,) = gate.flush()
    assert blow.surround_g.shape == (SURROUND_LENGTH, 3)
    assert np.linalg.norm(blow.surround_g[-50:], axis=1).max() < GATE_G, "the blow itself is not mirrored"


def test_a_blow_without_a_second_after_it_is_not_judged():
    _, gate = found_in(fall(after_s=0.9))
    assert not gate.flush()


def test_a_blow_right_after_the_start_has_its_past_mirrored():
    samples = fall(before_s=1.0)
    (blow,), _ = found_in(samples)
    assert blow.surround_g.shape == (SURROUND_LENGTH, 3)
    np.testing.assert_array_equal(blow.surround_g[AT - blow.place :], samples[: blow.place + 150])


def test_what_was_flushed_is_not_told_again():
    samples = fall(after_s=1.5)
    _, gate = found_in(samples)
    assert len(gate.flush()) == 1
    assert not gate.flush()
    assert not gate.push(still(6.0))


def test_only_the_seconds_still_needed_are_held():
    gate = ImpactGate()
    for _ in range(60):
        gate.push(still(10.0))
    assert len(gate._samples) < 1000
    assert gate.end == 30_000
