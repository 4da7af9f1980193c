"""Who lives is judged by the watcher's own clock alone; what nobody does is said."""

from dataclasses import dataclass, field

import pytest

from cloud.ports import Beat, ServiceRole
from cloud.roles.peers import FORGOTTEN_S, LEASE_S, STARTING_S, Peers

INGEST, ALERTS, API = ServiceRole.INGEST, ServiceRole.ALERTS, ServiceRole.API


@dataclass(slots=True)
class Watcher:
    """An api process that looks at others."""

    now_s: float = 1_000.0
    peers: Peers = field(init=False)

    def __post_init__(self) -> None:
        self.peers = Peers(process_id="me", roles=frozenset({API}), monotonic_s=lambda: self.now_s)


def beat(name: str, count: int, *roles: ServiceRole, troubles: tuple[str, ...] = ()) -> Beat:
    return Beat(process_id=name, roles=frozenset(roles), count=count, troubles=troubles)


def test_a_process_lives_while_its_beat_changes() -> None:
    watcher = Watcher()
    for second in range(20):
        watcher.now_s += 1
        watcher.peers.note([beat("a", second, ALERTS), beat("me", second, API)])
    assert watcher.peers.doing(ALERTS) == {"a"}
    assert watcher.peers.doing(API) == frozenset(), "of the others"


def test_one_whose_beat_stands_still_is_gone_after_the_lease() -> None:
    watcher = Watcher()
    for _ in range(10):
        watcher.peers.note([beat("a", 7, ALERTS)])
        watcher.now_s += LEASE_S / 10 - 0.01
    assert watcher.peers.doing(ALERTS) == {"a"}
    watcher.now_s += 0.2
    assert watcher.peers.doing(ALERTS) == frozenset()
    watcher.peers.note([beat("a", 8, ALERTS)])
    assert watcher.peers.doing(ALERTS) == {"a"}, "it was only frozen"


def test_one_that_has_left_is_gone_at_once() -> None:
    watcher = Watcher()
    watcher.peers.note([beat("a", 7, ALERTS)])
    watcher.peers.note([])
    assert watcher.peers.doing(ALERTS) == frozenset()


def test_one_silent_for_long_may_be_forgotten() -> None:
    watcher = Watcher()
    watcher.peers.note([beat("a", 7, ALERTS)])
    watcher.now_s += FORGOTTEN_S
    assert watcher.peers.gone() == frozenset()
    watcher.now_s += 1
    assert watcher.peers.gone() == {"a"}


def test_a_role_that_nobody_has_is_a_trouble_once_the_others_had_time_to_start() -> None:
    watcher = Watcher()
    watcher.peers.note([beat("a", 1, INGEST)])
    watcher.now_s += STARTING_S - 0.1
    watcher.peers.note([beat("a", 2, INGEST)])
    assert watcher.peers.troubles() == ()
    watcher.now_s += 0.1
    assert watcher.peers.troubles() == (
        "alerts: no process does it; start `carewire cloud run --role alerts`",
    )
    watcher.peers.note([beat("a", 3, INGEST), beat("b", 1, ALERTS)])
    assert watcher.peers.troubles() == ()


def test_the_last_process_of_a_role_that_dies_is_missed_within_the_lease() -> None:
    watcher = Watcher(now_s=0.0)
    watcher.now_s = 100.0
    watcher.peers.note([beat("a", 1, INGEST), beat("b", 1, ALERTS)])
    watcher.now_s += LEASE_S
    watcher.peers.note([beat("a", 2, INGEST), beat("b", 1, ALERTS)])
    assert [one.partition(":")[0] for one in watcher.peers.troubles()] == ["alerts"]


def test_what_living_processes_say_is_told_once_and_what_dead_ones_said_is_not() -> None:
    watcher = Watcher()
    said = ("ingest: not connected to the broker",)
    beats = [beat("a", 1, INGEST, troubles=said), beat("b", 1, ALERTS, troubles=said)]
    watcher.peers.note([*beats, beat("me", 1, API, troubles=("own",))])
    assert watcher.peers.troubles() == said
    watcher.now_s += LEASE_S
    assert said[0] not in watcher.peers.troubles()


@pytest.mark.parametrize(
    ("roles", "troubles", "is_well"),
    [
        ({ServiceRole.INGEST}, (), True),
        ({ServiceRole.INGEST}, ("ingest: not connected to the broker at 127.0.0.1:1883",), False),
        ({ServiceRole.INGEST}, ("upkeep: none can be done",), True),
        ({ServiceRole.API}, (), False),
    ],
)
def test_a_role_is_well_done_where_somebody_has_it_and_complains_of_nothing_in_it(
    roles: set[ServiceRole], troubles: tuple[str, ...], *, is_well: bool
) -> None:
    peers = Peers(process_id="me", roles=frozenset({ServiceRole.ALERTS}), monotonic_s=lambda: 100.0)
    peers.note([Beat(process_id="other", roles=frozenset(roles), count=1, troubles=troubles)])
    assert peers.is_well(ServiceRole.INGEST) is is_well
