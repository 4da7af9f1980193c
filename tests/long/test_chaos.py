"""Random kills of broker, gateways and ingest under load: made = stored + set aside + waiting + declared."""

from pathlib import Path

from carewire.chaos.run import Chaos, run_chaos

KILLS = 6
"""`make chaos` does the same with forty, on both brokers."""


def test_nothing_is_lost_altered_or_made_up_by_kills_of_every_part(tmp_path: Path) -> None:
    told: list[str] = []
    found = run_chaos(Chaos(folder=tmp_path, kills=KILLS, gateways=2, seed=11, tell=told.append))
    assert found["passed"], (found, told)
    assert found["lost"] == found["altered"] == found["invented"] == found["identities_lost"] == 0
    assert sum(found["kills"].values()) == KILLS
    assert min(found["kills"].values()) >= 1
    places = ("stored", "quarantined", "outbox", "declared_gaps")
    assert found["made"] == sum(found[place] for place in places)
    assert found["outbox"] == 0
    assert found["stored"] > 1_000
