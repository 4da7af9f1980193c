"""The service speaks with nobody but whom its settings name: each connection, each name asked for is seen."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from cloud.bootstrap import invite
from cloud.config import CloudSettings
from cloud.ports import Person, Role
from tests.fakes.browser import filled_in
from tests.fakes.http_server import free_port

LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
START = """
import json, sys
asked = open(sys.argv[2], "a", buffering=1)
def note(event, given):
    if event == "socket.connect":
        asked.write(json.dumps(["connect", str(given[1])]) + chr(10))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        asked.write(json.dumps(["name", str(given[0])]) + chr(10))
sys.addaudithook(note)
from cloud.bootstrap import run
from cloud.config import CloudSettings
run(CloudSettings(**json.loads(sys.argv[1])))
"""


def test_nothing_is_asked_of_anybody_but_the_broker_that_is_configured(tmp_path: Path) -> None:
    port, broker = free_port(), free_port()
    content = {
        "data_dir": str(tmp_path),
        "http": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
        "mqtt": {"port": broker},
    }
    token = invite(CloudSettings(**content), LIN, []).partition("token=")[2]
    asked = tmp_path / "asked"
    child = subprocess.Popen([sys.executable, "-c", START, json.dumps(content), str(asked)])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            _wait_until_up(client)
            form = filled_in(client, {"token": token})
            origin = {"origin": str(client.base_url).rstrip("/")}
            assert client.post("/sign-in", data=form, headers=origin).status_code == 303
            assert client.get("/").status_code == 200
            assert client.get("/api/v1/openapi.json").status_code == 200
            _wait_for(lambda: str(broker) in asked.read_text())
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)
    seen = {tuple(json.loads(line)) for line in asked.read_text().splitlines()}
    assert ("connect", f"('127.0.0.1', {broker})") in seen
    connected = {what for how, what in seen if how == "connect"}
    assert {what for what in connected if "127.0.0.1" not in what} == set()
    assert {what for how, what in seen if how == "name"} <= {"127.0.0.1", "localhost"}


def _wait_until_up(client: httpx.Client) -> None:
    def is_up() -> bool:
        try:
            client.get("/healthz")
        except httpx.TransportError:
            return False
        return True

    _wait_for(is_up)


def _wait_for(so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 150
    while not so():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
