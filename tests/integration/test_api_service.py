"""The service as a process: it starts, refuses what it cannot live with, and ends in time."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cloud.bootstrap import invite, run
from cloud.config import CloudSettings, HttpSettings, MqttSettings
from cloud.ports import Patient, Person, Role
from cloud.storage.relational.opening import open_relational
from tests.fakes.browser import filled_in
from tests.fakes.http_server import free_port
from vitals.errors import ConfigurationError

LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
START = """
import json, sys
from pathlib import Path
from cloud.bootstrap import run
from cloud.config import CloudSettings
run(CloudSettings(**json.loads(sys.argv[1])))
"""


def settings_for(folder: Path, port: int) -> CloudSettings:
    return CloudSettings(
        data_dir=folder,
        http=HttpSettings(port=port, public_url=f"http://127.0.0.1:{port}"),
        mqtt=MqttSettings(port=9),
    )


@contextmanager
def service(settings: CloudSettings) -> Iterator[subprocess.Popen[bytes]]:
    content = json.dumps(
        {
            "data_dir": str(settings.data_dir),
            "http": settings.http.model_dump(),
            "mqtt": {"port": settings.mqtt.port},
        }
    )
    process = subprocess.Popen([sys.executable, "-c", START, content])
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def wait_until_up(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/healthz", trust_env=False, timeout=1)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service did not come up")


def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port} on 127.0.0.1 is in use: .*http.port"):
            run(settings_for(tmp_path, port))


def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    settings = CloudSettings(data_dir=tmp_path, http=HttpSettings(host="192.0.2.1"))
    with pytest.raises(ConfigurationError, match="cannot be had"):
        run(settings)


def test_plain_http_beyond_this_machine_is_refused_before_anything_starts(tmp_path: Path) -> None:
    settings = CloudSettings(
        data_dir=tmp_path / "never",
        http=HttpSettings(port=free_port(), public_url="http://care.example.org"),
    )
    with pytest.raises(ConfigurationError, match="TLS"):
        run(settings)
    assert not (tmp_path / "never").exists()


def test_a_certificate_that_cannot_be_used_is_named_before_anything_starts(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    for certificate in (nonsense, tmp_path / "absent.pem"):
        http = HttpSettings(
            port=free_port(), public_url="https://127.0.0.1", cert_file=certificate, key_file=certificate
        )
        with pytest.raises(ConfigurationError, match="cert_file or key_file cannot be used"):
            run(CloudSettings(data_dir=tmp_path / "never", http=http))
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_time_with_streams_open_and_without_an_error(
    tmp_path: Path, number: signal.Signals
) -> None:
    settings = settings_for(tmp_path, free_port())
    relational = open_relational(settings.database_url, keys=settings.key_place())
    relational.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
    relational.close()
    token = invite(settings, LIN, ["p-wei"]).partition("token=")[2]
    with (
        service(settings) as process,
        httpx.Client(base_url=settings.http.public_url, trust_env=False) as client,
    ):
        wait_until_up(settings.http.public_url)
        origin = {"origin": settings.http.public_url}
        assert (
            client.post("/sign-in", data=filled_in(client, {"token": token}), headers=origin).status_code
            == 303
        )
        request = client.build_request("GET", "/api/v1/patients/p-wei/stream")
        stream = client.send(request, stream=True)
        assert stream.status_code == 200
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(20) == 0
        assert time.monotonic() - began < 15
        stream.close()
