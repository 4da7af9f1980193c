import pytest

from carewire.bench import history


def test_each_level_that_is_reached_tells_what_the_next_observations_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "_MEASURED", 12_000)

    found = history.measure(observations=20_000, levels=(0, 20_000, 1_000_000))

    assert found["observations"] == 12_000 + 24_000
    assert set(found) == {"observations", "wearables", "after_0", "after_20_000"}
    for level in ("after_0", "after_20_000"):
        assert found[level]["storing_cpu_s_per_million"] > 0
        assert 0 < found[level]["commit_p50_ms"] <= found[level]["commit_p99_ms"]
