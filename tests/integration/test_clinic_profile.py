"""The clinic profile, without Docker: its files agree, and the broker it describes keeps gateways apart."""

import re
import shlex
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from carewire.layout import free_port
from carewire.mosquitto import make_certificates, mosquitto_command
from cloud.config import load_settings as load_cloud_settings
from cloud.ports import ServiceRole
from cloud.roles.chosen import EVERY_ROLE, roles_of
from edge.config import load_settings as load_edge_settings
from tests.fakes.mqtt_clients import let_go
from vitals.wire import topics

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SECRETS = {
    "POSTGRES_PASSWORD": "pg-secret",
    "INFLUXDB_PASSWORD": "influx-secret",
    "INFLUXDB_TOKEN": "token-secret",
}


def compose() -> dict:
    text = COMPOSE.read_text()
    for name, value in SECRETS.items():
        text = re.sub(r"\$\{" + name + r"(:\?[^}]*)?\}", value, text)
    return yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))


def test_compose_file_is_valid_and_every_service_is_watched_and_kept() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE], check=True, capture_output=True
    )
    services = compose()["services"]
    roles = {"ingest", "alerts"}
    assert set(services) == {"broker", "influxdb", "postgres", "cloud", "wearable", "gateway"} | roles
    assert {name for name, service in services.items() if "profiles" in service} == roles
    for name, service in services.items():
        assert "healthcheck" in service, name
        assert service["restart"] == "unless-stopped", name
    assert set(compose()["volumes"]) == {"broker", "influxdb", "postgres", "cloud", "gateway"}


def test_every_process_of_the_service_has_roles_there_are_and_together_they_have_all() -> None:
    services = compose()["services"]
    roles = {name: roles_of(services[name]["command"][3:]) for name in ("cloud", "ingest", "alerts")}
    assert all(services[name]["command"][:3] == ["cloud", "run", "--role"] for name in roles)
    assert roles["cloud"] == EVERY_ROLE
    assert roles["ingest"] | roles["alerts"] | {ServiceRole.API} == EVERY_ROLE


def test_every_mounted_file_is_shipped_or_made_by_make_certificates(certificates: Path) -> None:
    for name, service in compose()["services"].items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("./deploy/certificates"):
                assert (certificates / Path(source).relative_to("deploy/certificates")).exists(), (
                    name,
                    source,
                )
            elif source.startswith("."):
                assert (ROOT / source).exists(), (name, source)


@pytest.mark.parametrize(
    ("service", "load"), [("cloud", load_cloud_settings), ("gateway", load_edge_settings)]
)
def test_environment_of_our_services_is_understood_by_them(
    service: str, load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prefix = {"cloud": "CAREWIRE_CLOUD_", "gateway": "CAREWIRE_EDGE_"}[service]
    monkeypatch.setenv(f"{prefix}DATA_DIR", str(tmp_path))
    for name, value in compose()["services"][service]["environment"].items():
        if value is not None:
            monkeypatch.setenv(name, value)
    settings = load(None)
    assert settings.mqtt.port == 8883
    assert settings.mqtt.ca_file == Path("/certificates/ca.crt")


def test_what_the_example_of_env_offers_is_passed_on_and_understood(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    example = (ROOT / "deploy/example.env").read_text()
    offered = dict(re.findall(r"^# (CAREWIRE_CLOUD_\w+)=(.*)$", example, re.MULTILINE))
    passed_on = {name for name, value in compose()["x-cloud"]["environment"].items() if value is None}
    assert offered.keys() == passed_on
    for name, value in offered.items():
        monkeypatch.setenv(name, value or "a secret")
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))
    settings = load_cloud_settings(None)
    assert (settings.time_zone, settings.email.host) == ("Europe/Berlin", "mail.example.org")


@pytest.mark.parametrize("service", ["cloud", "wearable", "gateway"])
def test_every_command_a_container_runs_exists(service: str) -> None:
    described = compose()["services"][service]
    dockerfile = (ROOT / described["build"]["dockerfile"]).read_text()
    assert re.search(r"^USER carewire$", dockerfile, re.MULTILINE), "it must not run as root"
    default = re.search(r"^CMD (.*)$", dockerfile, re.MULTILINE)
    assert default is not None
    command = described.get("command") or yaml.safe_load(default[1])
    checks = [
        shlex.split(check) for check in re.findall(r'CMD \["carewire", (.*?)\]', dockerfile.replace(",", ""))
    ]
    for words in (command, *checks):
        names = [word for word in words if not word.startswith("-")][:2]
        done = subprocess.run(
            [sys.executable, "-m", "carewire", *names, "--help"], capture_output=True, check=False
        )
        assert done.returncode == 0, (names, done.stderr)
        for option in (word for word in words if word.startswith("--")):
            assert option in done.stdout.decode(), (names, option)


# --- The broker as deploy/ describes it, run from Debian's package ---------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"), ["hallway", "bedroom"])


@pytest.fixture(scope="module")
def broker(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port, folder = free_port(), tmp_path_factory.mktemp("broker")
    command = mosquitto_command(folder, port, certificates)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 10
        while b"running" not in (folder / "log").read_bytes():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


class Client:
    """A paho client that remembers what it was told."""

    def __init__(self, port: int, certificates: Path, name: str | None) -> None:
        self.received: list[str] = []
        self.reasons: list[ReasonCode] = []
        self.refused: list[ReasonCode] = []
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name or "", protocol=mqtt.MQTTv5)
        self.mqtt.tls_set(
            ca_certs=str(certificates / "ca.crt"),
            certfile=str(certificates / f"{name}.crt") if name else None,
            keyfile=str(certificates / f"{name}.key") if name else None,
        )
        self.mqtt.on_message = lambda _c, _u, message: self.received.append(message.topic)
        self.mqtt.on_publish = lambda _c, _u, _mid, reason, _p: self.reasons.append(reason)
        self.mqtt.connect("127.0.0.1", port)
        self.mqtt.loop_start()

    def publish(self, topic: str) -> str:
        before = len(self.reasons)
        self.mqtt.publish(topic, b"x", qos=1)
        wait(lambda: len(self.reasons) > before)
        return self.reasons[-1].getName()

    def close(self) -> None:
        let_go(self.mqtt)


def wait(ready) -> None:
    deadline = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.02)


@pytest.fixture
def client(broker: int, certificates: Path) -> Iterator:
    made: list[Client] = []

    def make(name: str) -> Client:
        made.append(Client(broker, certificates, name))
        wait(made[-1].mqtt.is_connected)
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_gateway_reaches_the_service_and_hears_its_acknowledgement(client) -> None:
    hallway, ingest = client("hallway"), client("ingest")
    ingest.mqtt.subscribe(topics.ALL_UP, qos=1)
    hallway.mqtt.subscribe(topics.down_ack("hallway"), qos=1)
    time.sleep(0.3)
    assert hallway.publish(topics.up("hallway")) == "Success"
    wait(lambda: ingest.received == [topics.up("hallway")])
    assert ingest.publish(topics.down_ack("hallway")) == "Success"
    wait(lambda: hallway.received == [topics.down_ack("hallway")])


def test_gateway_cannot_speak_or_listen_for_another(client) -> None:
    hallway, bedroom, ingest = client("hallway"), client("bedroom"), client("ingest")
    assert hallway.publish(topics.up("bedroom")) == "Not authorized"
    hallway.mqtt.subscribe(topics.down_ack("bedroom"), qos=1)
    bedroom.mqtt.subscribe(topics.down_ack("bedroom"), qos=1)
    time.sleep(0.3)
    ingest.publish(topics.down_ack("bedroom"))
    wait(lambda: bedroom.received == [topics.down_ack("bedroom")])
    assert hallway.received == []


def test_stranger_without_a_certificate_is_turned_away(broker: int, certificates: Path) -> None:
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="hallway", protocol=mqtt.MQTTv5)
    stranger.tls_set(ca_certs=str(certificates / "ca.crt"))
    connected: list[object] = []
    stranger.on_connect = lambda *arguments: connected.append(arguments)
    try:
        stranger.connect("127.0.0.1", broker)
        for _ in range(20):
            if stranger.loop(0.1) != mqtt.MQTT_ERR_SUCCESS:
                break
        else:
            pytest.fail("the broker kept talking to a client without a certificate")
    except (ssl.SSLError, ConnectionError):
        pass
    finally:
        let_go(stranger)
    assert connected == []
