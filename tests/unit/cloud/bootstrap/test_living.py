"""Whether alerting lives, as this process knows it: by its own worker, or by another that says so."""

from dataclasses import dataclass, field

import pytest

from cloud.alerts.working.pulse import STILL_S, Pulse
from cloud.alerts.working.statistics import AlertStatistics
from cloud.bootstrap.living import Liveness
from cloud.ports import Beat, ServiceRole
from cloud.roles.peers import Peers


@dataclass
class Process:
    """As much of a process as its liveness looks at."""

    now_s: float = 100.0
    held: dict[int, int] = field(default_factory=lambda: {0: 1})
    statistics: AlertStatistics = field(default_factory=AlertStatistics)

    def __post_init__(self) -> None:
        self.peers = Peers(process_id="me", roles=frozenset(ServiceRole), monotonic_s=lambda: self.now_s)
        self.pulse = Pulse(statistics=self.statistics, monotonic_s=lambda: self.now_s)
        self.tenancy = self

    def mine(self) -> dict[int, int]:
        return self.held

    def go_round(self) -> None:
        self.statistics.stepped_s = self.statistics.watched_s = self.now_s

    @property
    def liveness(self) -> Liveness:
        return Liveness(base=self, alerting=self)  # type: ignore[arg-type] # as much as is looked at


def test_a_worker_that_has_gone_round_lives_and_one_that_has_not_yet_does_not() -> None:
    process = Process()
    assert not process.liveness.is_alerting()
    process.go_round()
    assert process.liveness.is_alerting()


def test_a_worker_that_goes_round_over_nobody_does_not_count() -> None:
    process = Process(held={})
    process.go_round()
    assert not process.liveness.is_alerting()


def test_one_that_stands_still_neglects_its_role_and_one_that_begins_does_not() -> None:
    process = Process()
    assert process.liveness.neglected() == frozenset()
    process.now_s += STILL_S + 1
    assert process.liveness.neglected() == {ServiceRole.ALERTS}
    process.go_round()
    assert process.liveness.neglected() == frozenset()


@pytest.mark.parametrize(("role", "lives"), [(ServiceRole.ALERTS, True), (ServiceRole.API, False)])
def test_another_process_that_says_it_evaluates_is_believed(role: ServiceRole, *, lives: bool) -> None:
    process = Process()
    process.peers.note([Beat(process_id="other", roles=frozenset({role}), count=1)])
    assert Liveness(base=process, alerting=None).is_alerting() is lives  # type: ignore[arg-type] # as above
