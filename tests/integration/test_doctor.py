"""The doctor against the real thing: a message bus with and without BlueZ, a broker that admits or not."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.doctor.broker import check_broker
from edge.doctor.finding import Finding, Verdict
from edge.doctor.http_way import check_http_way
from edge.doctor.radio import check_bluetooth
from firmware_sim.bluez import BluezService, private_bus
from firmware_sim.bootstrap import SimulatorSettings, simulator
from tests.fakes.broker_process import Mosquitto
from tests.fakes.doctor_case import case_of
from tests.fakes.mqtt_clients import let_go
from tests.fakes.rude_server import NOTHING_ASKED, answering, rude_server


async def looked_at(tmp_path: Path, **radio: object) -> Finding:
    """Return what the doctor says of Bluetooth; it has an event loop of its own."""
    (finding,) = await asyncio.to_thread(check_bluetooth, case_of(tmp_path, radio=radio, limit_s=20.0))
    return finding


async def test_a_bus_without_bluez_is_told_and_one_with_it_shows_its_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with private_bus() as address, simulator(SimulatorSettings()) as sim:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        alone = await looked_at(tmp_path)
        assert (alone.verdict, alone.says) == (Verdict.FAIL, "bluetoothd does not run")
        service = BluezService(address, sim.open_transport, keystore=tmp_path / "keys.json")
        async with service.running():
            found = await looked_at(tmp_path)
            other = await looked_at(tmp_path, adapter="hci7")
    assert (found.verdict, found.says) == (Verdict.OK, "hci0 is there and switched on")
    assert (other.verdict, other.says) == (Verdict.FAIL, "there is no hci7, but hci0")


UNSPECIFIED = str(IPv4Address(0))
"""Leads to this machine, and is no address of it alone."""


def broker(tmp_path: Path, extra: str = "") -> Mosquitto:
    return Mosquitto(tmp_path / "broker", extra=extra)


@pytest.mark.parametrize(
    ("username", "verdict", "says"),
    [
        (None, Verdict.OK, "lets this gateway in"),
        ("hallway", Verdict.FAIL, "refuses this gateway"),
    ],
)
def test_a_broker_that_admits_and_one_that_does_not(
    tmp_path: Path, username: str | None, verdict: Verdict, says: str
) -> None:
    (tmp_path / "passwords").write_text("somebody:x\n")
    running = broker(tmp_path, "" if username is None else f"password_file {tmp_path / 'passwords'}")
    running.start()
    try:
        mqtt = {"port": running.port, "username": username, "password": username and "wrong"}
        (finding,) = check_broker(case_of(tmp_path, mqtt=mqtt))
    finally:
        running.kill()
    assert finding.verdict is verdict
    assert says in finding.says


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate that signs itself, for 127.0.0.1; return it and its key."""
    files = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"),
            *("-out", files[0], "-keyout", files[1]),
        ],
        check=True,
        capture_output=True,
    )
    return files


COMMAND = "v1/gw/hallway/down/command"


class LingeringEvent(threading.Event):
    """Gives the broker time to hand over what waits."""

    def wait(self, timeout: float | None = None) -> bool:
        is_set = super().wait(timeout)
        time.sleep(1.0)
        return is_set


@contextmanager
def session_of_the_gateway(port: int, heard: list[bytes]) -> Iterator[Client]:
    """Connect as the gateway does, and hear what waits."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's
    properties.SessionExpiryInterval = 600
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, client_id="hallway", protocol=MQTTv5)
    client.on_message = lambda _client, _data, message: heard.append(message.payload)
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_start()
    client.subscribe(COMMAND, qos=1)
    assert subscribed.wait(20)
    yield client
    let_go(client)


def test_what_waits_for_the_gateway_at_the_broker_still_waits_after_the_doctor_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, heard = broker(tmp_path), list[bytes]()
    running.start()
    try:
        with session_of_the_gateway(running.port, heard):
            pass
        cloud = Client(CallbackAPIVersion.VERSION2, client_id="cloud", protocol=MQTTv5)
        cloud.connect("127.0.0.1", running.port)
        cloud.loop_start()
        cloud.publish(COMMAND, b"identify", qos=1).wait_for_publish(20)
        with monkeypatch.context() as patched:
            patched.setattr("edge.doctor.broker.threading.Event", LingeringEvent)
            (finding,) = check_broker(case_of(tmp_path, mqtt={"port": running.port}))
        assert finding.verdict is Verdict.OK
        with session_of_the_gateway(running.port, heard):
            until_s = time.monotonic() + 10
            while not heard and time.monotonic() < until_s:
                time.sleep(0.01)
        let_go(cloud)
    finally:
        running.kill()
    assert heard == [b"identify"]


def test_a_broker_over_tls_is_whom_its_authority_vouches_for_or_is_not_believed(tmp_path: Path) -> None:
    mine, key = certificate(tmp_path, "mine")
    other, _ = certificate(tmp_path, "other")
    running = broker(tmp_path, f"cafile {mine}\ncertfile {mine}\nkeyfile {key}")
    running.start()
    try:
        (good,) = check_broker(case_of(tmp_path, mqtt={"port": running.port, "ca_file": str(mine)}))
        (forged,) = check_broker(case_of(tmp_path, mqtt={"port": running.port, "ca_file": str(other)}))
    finally:
        running.kill()
    assert (good.verdict, good.says) == (
        Verdict.OK,
        f"127.0.0.1:{running.port} lets this gateway in, over TLS",
    )
    assert forged.verdict is Verdict.FAIL
    assert "is not whom it should be" in forged.says


def test_a_broker_that_speaks_no_tls_where_it_should_is_told(tmp_path: Path) -> None:
    mine, _ = certificate(tmp_path, "mine")
    running = broker(tmp_path)
    running.start()
    try:
        mqtt = {"port": running.port, "ca_file": str(mine)}
        (finding,) = check_broker(case_of(tmp_path, limit_s=5.0, mqtt=mqtt))
    finally:
        running.kill()
    assert finding.verdict is Verdict.FAIL
    assert finding.remedy


def test_a_broker_that_is_spoken_to_readably_is_a_warning(tmp_path: Path) -> None:
    running = broker(tmp_path)
    running.start()
    try:
        mqtt = {"host": UNSPECIFIED, "port": running.port, "insecure": True}
        (found,) = check_broker(case_of(tmp_path, mqtt=mqtt))
    finally:
        running.kill()
    assert found.verdict is Verdict.WARN
    assert "read along" in found.says
    assert "ca_file" in found.remedy


@pytest.mark.parametrize(
    ("answer", "verdict", "says"),
    [
        (NOTHING_ASKED, Verdict.OK, "knows this gateway"),
        (answering("401 Unauthorized"), Verdict.FAIL, "does not know this token"),
        (answering("421 Misdirected"), Verdict.FAIL, "has another name"),
        (answering("503 Unavailable"), Verdict.WARN, "cannot answer now"),
        (answering("404 Not Found"), Verdict.FAIL, "is no service of ours"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Verdict.FAIL, "cannot be reached"),
    ],
)
async def test_the_other_way_is_asked_as_the_gateway_would(
    tmp_path: Path, answer: bytes, verdict: Verdict, says: str
) -> None:
    async with rude_server() as rude:
        rude.commands = lambda _body: answer
        case = case_of(tmp_path, http={"url": rude.url, "token": "t" * 43})
        (found,) = await asyncio.to_thread(check_http_way, case)
    assert (found.check, found.verdict) == ("http", verdict)
    assert says in found.says
    assert "tttt" not in found.says + found.remedy
    assert bool(found.remedy) is (verdict is not Verdict.OK)


def test_where_there_is_no_other_way_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert check_http_way(case_of(tmp_path)) == []
