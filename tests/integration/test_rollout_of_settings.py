"""Settings on their way to two gateways over a real broker: what harms the first never reaches the second."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from cloud.commands.issue import CommandIssuer
from cloud.commands.sender import CommandSender
from cloud.config import MqttSettings
from cloud.ingest.running import Ingest
from cloud.ports import Progress, Rollout, RolloutPlan, RolloutState
from cloud.rollouts.conductor import Conductor
from cloud.rollouts.desk import RolloutDesk
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.fakes.broker_process import EmbeddedBroker
from tests.fakes.gateway import eventually
from tests.fakes.gateway_process import GatewayProcess
from tests.fakes.releases import DAY_MS, public, settings
from vitals.clock import ScaledClock
from vitals.release import Refusal, refusal_in

_CANNOT_BEAR_250_HZ = """
from edge.bootstrap import lives
build = lives.build_gateway
def build_or_fail(settings, **parts):
    if settings.ecg_rate_hz == 250:
        raise RuntimeError("no such antenna")
    return build(settings, **parts)
lives.build_gateway = build_or_fail
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The service's parts between an operator and the broker."""

    desk: RolloutDesk
    relational: Relational
    series: SqliteSeries
    clock: ScaledClock

    def give(self, version: int, toml: str) -> Rollout:
        now_ms = self.clock.wall_ms()
        one = settings(version, toml, issued_ms=now_ms, expires_ms=now_ms + DAY_MS)
        plan = RolloutPlan(first="hallway", share_percent=100, healthy_s=1)
        return self.desk.begin(one, plan, by="u-admin")

    def state(self, rollout: Rollout) -> RolloutState:
        return self.desk.status(rollout.id)[0].state

    def progress(self, rollout: Rollout) -> dict[str, Progress]:
        return {each.gateway: each.progress for each in self.desk.status(rollout.id)[1]}

    def version(self, gateway: str) -> int | None:
        told = self.series.gateway_report(gateway)
        return None if told is None else told[0].configuration_version


@contextmanager
def service_on(port: int, folder: Path, clock: ScaledClock) -> Iterator[Service]:
    relational = open_relational(f"sqlite:///{folder / 'carewire.db'}")
    series = SqliteSeries(folder / "series.db")
    ingest = Ingest(
        MqttSettings(port=port),
        store=series,
        devices=relational.directory,
        answers=relational.commands,
        clock=clock,
    )
    sender = CommandSender(
        book=relational.commands,
        channel=ingest.commands,
        online=ingest.presence.online,
        clock=clock,
        monotonic_s=time.monotonic,
        real_s=clock.real_s,
        again_s=1.0,
    )
    numbers = count(1)
    conductor = Conductor(
        book=relational.rollouts,
        issuer=CommandIssuer(
            book=relational.commands,
            clock=clock,
            new_id=lambda: f"command-{next(numbers)}",
            after_issue=sender.wake,
        ),
        gateways=series,
        online=ingest.presence.online,
        clock=clock,
    )
    desk = RolloutDesk(
        book=relational.rollouts,
        gateways=series,
        clock=clock,
        new_id=lambda: f"rollout-{next(numbers)}",
        release_keys=(public(),),
        after=conductor.wake,
    )
    stop = threading.Event()
    threads = [threading.Thread(target=work.run, args=(stop,)) for work in (sender, conductor)]
    ingest.start()
    for thread in threads:
        thread.start()
    try:
        yield Service(desk=desk, relational=relational, series=series, clock=clock)
    finally:
        stop.set()
        for work in (sender, conductor):
            work.wake()
        for thread in threads:
            thread.join(20)
        ingest.stop()
        series.close()
        relational.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    started = EmbeddedBroker(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


def test_what_harms_the_first_gateway_is_taken_back_there_and_never_reaches_the_second(
    tmp_path: Path, broker: EmbeddedBroker
) -> None:
    first = GatewayProcess(folder=tmp_path / "hallway", broker_port=broker.port, prelude=_CANNOT_BEAR_250_HZ)
    second = GatewayProcess(
        folder=tmp_path / "attic", broker_port=broker.port, gateway="attic", clock=first.clock
    )
    with service_on(broker.port, tmp_path, first.clock) as service, ExitStack() as homes:
        homes.enter_context(first.running())
        homes.enter_context(second.running())
        eventually(lambda: service.series.heard_gateways().keys() == {"hallway", "attic"}, 90)

        bad = service.give(1, "ecg_rate_hz = 250")
        eventually(lambda: service.state(bad) is RolloutState.STOPPED, 90)
        assert service.progress(bad) == {"hallway": Progress.ROLLED_BACK}
        (told,) = service.desk.status(bad.id)[1]
        assert refusal_in(told.reason) is Refusal.ROLLED_BACK
        assert "no such antenna" in told.reason
        assert service.relational.commands.commands_of("attic", 10) == ()
        eventually(lambda: service.version("hallway") == 0, 60)

        good = service.give(2, "waveforms = 'events'")
        eventually(lambda: service.state(good) is RolloutState.FINISHED, 120)
        assert service.progress(good) == {"hallway": Progress.APPLIED, "attic": Progress.APPLIED}
        eventually(lambda: (service.version("hallway"), service.version("attic")) == (2, 2), 60)
