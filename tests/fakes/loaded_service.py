"""A service in a process of its own that ingests as fast as it can and alerts beside: to back up and kill.

Batch `n` is of patient `p-n`, who wears device `d-n`: an episode begins, and there are fifty heart rates. So
every patient has one alert and fifty points, or the batch was never stored. What is acknowledged is said.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from cloud.alerts.telling.circles import Circles
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap.access import gatekeeper_over
from cloud.ingest.service import IngestService
from cloud.ports import Alert, Family
from cloud.storage.relational.tables import binding, patient
from tests.contracts.batches import batch, delivery
from tests.contracts.records import NOW_MS, run
from tests.fakes.backed_up import Home
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.notifier import FakeNotifier
from vitals.records import HealthEvent, Phase

POINTS = 50
MOST_BATCHES = 5_000
RECORDS_A_BATCH = 2


def payload(number: int) -> bytes:
    device = f"d-{number}"
    began = HealthEvent(
        event_id=f"episode-{number}",
        device=device,
        condition="atrial-fibrillation",
        phase=Phase.ONSET,
        t_ms=NOW_MS - 1_000,
        noticed_ms=NOW_MS - 900,
        signal_quality=0.9,
    )
    rates = run(*((NOW_MS + second, 70.0) for second in range(POINTS)), device=device)
    return batch(began, rates, first_seq=1 + RECORDS_A_BATCH * (number - 1))


def admit_everybody(home: Home) -> None:
    relational = home.relational()
    people = [{"id": f"p-{n}", "display_name": f"P {n}"} for n in range(1, MOST_BATCHES)]
    worn = [{"device": f"d-{n}", "from_ms": 0, "patient_id": f"p-{n}"} for n in range(1, MOST_BATCHES)]
    with relational.database.write() as connection:
        connection.execute(patient.insert(), people)
        connection.execute(binding.insert(), worn)
    relational.close()


@dataclass(slots=True)
class LoadedService:
    """The parts of a service that store and judge, over the stores of a home."""

    home: Home
    ingest: IngestService = field(init=False)
    worker: AlertWorker = field(init=False)
    alerts_of: Callable[[int], list[Alert]] = field(init=False)
    points_of: Callable[[int], int] = field(init=False)
    close: Callable[[], None] = field(init=False)

    def __post_init__(self) -> None:
        relational, stores = self.home.relational(), self.home.series()
        self.ingest = IngestService(
            store=stores.records, devices=relational.directory, answers=relational.commands
        )
        self.worker = AlertWorker(
            feed=stores.feed,
            store=relational.alerts,
            reader=relational.alerts,
            directory=relational.directory,
            circles=Circles(people=gatekeeper_over(relational, FakeClock(wall=NOW_MS))),
            pages=FakeNotifier(),
            live=FakeLiveFeed(),
            clock=FakeClock(wall=NOW_MS),
            presence=FakeGatewayPresence(heard_ms={"home-1": NOW_MS}),
            leases=FakeLeases(),
        )

        def alerts_of(number: int) -> list[Alert]:
            found = relational.alerts.alerts_of(f"p-{number}", open_only=False, limit=99)
            return [one for one in found if one.family is Family.PHYSIOLOGICAL]

        def points_of(number: int) -> int:
            return len(stores.series.observations(f"p-{number}", "heart_rate", 0, 2 * NOW_MS, 999).points)

        def close() -> None:
            stores.close()
            relational.close()

        self.alerts_of, self.points_of, self.close = alerts_of, points_of, close

    def take_in(self, number: int) -> None:
        self.ingest.ingest([delivery(payload(number))])

    def judge_everything(self) -> None:
        while self.worker.step():
            pass


@dataclass(slots=True)
class Running:
    """The child: what it has acknowledged so far, as it said."""

    process: "subprocess.Popen[str]"
    said: list[int] = field(default_factory=list)
    moved: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                with self.moved:
                    self.said.append(int(line))
                    self.moved.notify_all()

    @property
    def acknowledged(self) -> int:
        return self.said[-1] if self.said else 0

    def await_more(self, count: int) -> int:
        aim = self.acknowledged + count
        with self.moved:
            assert self.moved.wait_for(lambda: self.acknowledged >= aim, timeout=60)
        return self.acknowledged


@contextmanager
def under_load(home: Home) -> Iterator[Running]:
    """Run the service until the block ends; then it is killed."""
    admit_everybody(home)
    program = f"from tests.fakes.loaded_service import main; main({str(home.folder)!r}, {home.changes!r})"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    running = Running(process)
    listener = threading.Thread(target=running.listen)
    listener.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait(20)
        listener.join(20)
        assert process.stdout is not None
        process.stdout.close()


def main(folder: str, changes: dict[str, str]) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    service = LoadedService(Home(Path(folder), changes))
    threading.Thread(target=service.worker.run, args=(threading.Event(),), daemon=True).start()
    for number in range(1, MOST_BATCHES):
        service.take_in(number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
