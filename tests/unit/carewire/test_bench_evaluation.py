"""What `carewire bench evaluation` measures is what the service does."""

from carewire.bench.evaluation import PATIENTS, SLICES_S, measure


def test_it_times_every_size_of_slice_and_weighs_the_states() -> None:
    figures = measure(life_s=60, rounds=1)
    assert figures["values_per_s"].keys() == SLICES_S.keys()
    assert all(rate > 0 for rate in figures["values_per_s"].values())
    assert 0 < figures["state_bytes"]["median"] <= figures["state_bytes"]["largest"] < 20_000
    assert PATIENTS > 1
