"""The service in processes of its own, as a user starts them, on a broker and stores of the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cloud.bootstrap import invite
from cloud.config import CloudSettings, HttpSettings, MqttSettings
from cloud.partitions import partition_of
from cloud.ports import Patient, Person, Role
from cloud.storage.relational.opening import Relational, open_relational
from tests.fakes.broker_process import free_port
from tests.fakes.browser import filled_in
from tests.fakes.gateway import eventually
from tests.fakes.relations import a_grant
from vitals.clock import ScaledClock

PATIENT = "p-wei"
STRAP = "c0-00-00-00-00-01"
LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
ADA = Person(id="u-ada", display_name="Ada", role=Role.ADMINISTRATOR)
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True, kw_only=True)
class ServiceProcess:
    """One process of the service, and the port of its health."""

    name: str
    port: int
    child: "subprocess.Popen[bytes]"

    def troubles(self, client: httpx.Client) -> list[str]:
        """What it says is not well, to an administrator."""
        found: list[str] = client.get(f"http://127.0.0.1:{self.port}/api/v1/health").json()["troubles"]
        return found

    def is_well(self) -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False, timeout=5)
        except httpx.TransportError:
            return False
        return answer.is_success

    def kill(self) -> None:
        self.child.send_signal(signal.SIGCONT)
        self.child.kill()
        self.child.wait(10)

    def freeze(self) -> None:
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.child.send_signal(signal.SIGCONT)


@dataclass(slots=True, kw_only=True)
class SplitService:
    """Processes over one folder; Wei wears a strap, Lin may see Wei, Ada administers."""

    folder: Path
    mqtt_port: int
    database_url: str | None = None
    processes: dict[str, ServiceProcess] = field(default_factory=dict)

    def settings(self, port: int) -> CloudSettings:
        more: dict[str, Any] = {"database_url": self.database_url} if self.database_url else {}
        return CloudSettings(
            data_dir=self.folder / "cloud",
            http=HttpSettings(port=port, public_url=f"http://127.0.0.1:{port}"),
            mqtt=MqttSettings(port=self.mqtt_port),
            **more,
        )

    @contextmanager
    def stores(self) -> Iterator[Relational]:
        """Look at the database beside the processes."""
        settings = self.settings(80)
        opened = open_relational(settings.database_url, keys=settings.key_place())
        try:
            yield opened
        finally:
            opened.close()

    def people(self) -> None:
        with self.stores() as opened:
            opened.directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
            for person in (LIN, ADA):
                opened.directory.add_person(person)
            opened.relations.give(a_grant(LIN.id, PATIENT))
            opened.directory.bind(STRAP, PATIENT, 0)

    def start(self, name: str, *roles: str, prelude: str = "", **variables: str) -> ServiceProcess:
        """Start a process with these roles, every role for none; `prelude` is Python that it runs first.

        `variables` go into its environment, after `CAREWIRE_CLOUD_`.
        """
        port = free_port()
        settings = self.settings(port)
        environment = os.environ | {
            "PYTHONPATH": str(_ROOT),
            "CAREWIRE_CLOUD_DATA_DIR": str(settings.data_dir),
            "CAREWIRE_CLOUD_DATABASE_URL": settings.database_url,
            "CAREWIRE_CLOUD_HTTP__PORT": str(port),
            "CAREWIRE_CLOUD_HTTP__PUBLIC_URL": settings.http.public_url,
            "CAREWIRE_CLOUD_MQTT__PORT": str(self.mqtt_port),
            **{f"CAREWIRE_CLOUD_{name}": value for name, value in variables.items()},
        }
        program = f"{prelude}\nfrom carewire.cli import main\nmain()"
        command = [sys.executable, "-c", program, "cloud", "run"]
        command += [part for role in roles for part in ("--role", role)]
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.folder)
        self.processes[name] = ServiceProcess(name=name, port=port, child=child)
        return self.processes[name]

    def await_well(self) -> None:
        """Wait until every process says that the whole service is well."""
        eventually(lambda: all(one.is_well() for one in self.processes.values()), 180)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def holder(self, patient_id: str = PATIENT) -> str | None:
        """Return which of the processes evaluates a patient."""
        with self.stores() as opened:
            held_by = opened.leases.leases()[partition_of(patient_id)].holder
        found = [name for name in self.processes if held_by and f"process={held_by}" in self.log(name)]
        return found[0] if found else None

    @contextmanager
    def signed_in(self, process: ServiceProcess, person: Person) -> Iterator[httpx.Client]:
        """Be a person at a process that serves pages."""
        settings = self.settings(process.port)
        token = invite(settings, person, []).partition("token=")[2]
        url = settings.http.public_url
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
            form = filled_in(client, {"token": token})
            assert client.post("/sign-in", data=form, headers={"origin": url}).status_code == 303
            yield client

    @contextmanager
    def running(self) -> Iterator[None]:
        """End whatever runs afterwards; the logs are shown if the test fails."""
        try:
            yield
        except BaseException:
            for name in self.processes:
                print(name, self.log(name)[-4_000:])  # noqa: T201 - for whoever reads the failure
            raise
        finally:
            for one in self.processes.values():
                one.kill()


def now_ms() -> int:
    return ScaledClock().wall_ms()
