"""Rehearsing over a day that is stored for it: the alerts are those of evaluation, and it is timed."""

from pathlib import Path

from carewire.bench.rehearsal import measure


def test_a_day_is_stored_rehearsed_and_found_to_be_what_evaluation_raises(tmp_path: Path) -> None:
    found = measure(days=1, folder=tmp_path)
    assert found["values"] == 5 * 86_400
    for name in ("one_limit", "five_limits", "one_in_the_middle"):
        part = found[name]
        assert isinstance(part, dict)
        assert part["cpu_s"] > 0
        assert part["alerts"] > 0
