"""A part has recovered when something is acknowledged that no earlier process can have acknowledged."""

from carewire.chaos.recovery import Recoveries

PIDS = {"broker": 1, "ingest": 2, "attic": 3, "cellar": 4}


def step(
    followed: Recoveries, now_s: float, pids: dict[str, int | None], attic: int, cellar: int
) -> list[str]:
    recovered = followed.step(now_s, PIDS | pids, {"attic": attic, "cellar": cellar})
    return [f"{part} {took_s:.1f}" for part, took_s in recovered]


def test_the_time_runs_from_the_new_start_to_the_next_acknowledgement() -> None:
    followed = Recoveries()
    followed.struck("ingest", 2)
    assert step(followed, 0.0, {"ingest": None}, 5, 5) == []
    assert step(followed, 3.0, {"ingest": 9}, 5, 5) == []
    assert step(followed, 3.2, {"ingest": 9}, 6, 5) == [], "the dead one's last word was on its way"
    assert step(followed, 3.6, {"ingest": 9}, 6, 5) == []
    assert step(followed, 4.5, {"ingest": 9}, 6, 6) == ["ingest 1.5"]
    assert followed.is_settled
    assert followed.took_s == [1.5]


def test_a_gateway_has_recovered_by_its_own_acknowledgements_alone() -> None:
    followed = Recoveries()
    followed.struck("attic", 3)
    step(followed, 0.0, {"attic": 9}, 5, 5)
    step(followed, 1.0, {"attic": 9}, 5, 5)
    assert step(followed, 2.0, {"attic": 9}, 5, 50) == []
    assert step(followed, 3.0, {"attic": 9}, 6, 50) == ["attic 3.0"]


def test_who_is_killed_again_before_it_recovered_has_one_recovery() -> None:
    followed = Recoveries()
    followed.struck("broker", 1)
    step(followed, 0.0, {"broker": 8}, 5, 5)
    followed.struck("broker", 8)
    step(followed, 2.0, {"broker": 9}, 5, 5)
    step(followed, 3.0, {"broker": 9}, 5, 5)
    assert step(followed, 4.0, {"broker": 9}, 6, 5) == ["broker 2.0"]
    assert followed.is_settled
