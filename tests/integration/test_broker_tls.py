"""The real mosquitto as it is shipped, and what TLS it agrees to."""

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from carewire.mosquitto import make_certificates, mosquitto_command
from tests.fakes.broker_process import free_port

OPENSSL = Path(__file__).parents[2] / "deploy" / "openssl.cnf"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"), ["hallway"])


@pytest.fixture(scope="module")
def port(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _broker(certificates, tmp_path_factory.mktemp("broker")) as port:
        yield port


@contextmanager
def _broker(certificates: Path, folder: Path) -> Iterator[int]:
    port = free_port()
    child = subprocess.Popen(
        mosquitto_command(folder, port, certificates),
        env={**os.environ, "OPENSSL_CONF": str(OPENSSL)},
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline_s = time.monotonic() + 20
        while not _answers(port):
            assert time.monotonic() < deadline_s, "mosquitto did not come up"
            time.sleep(0.05)
        yield port
    finally:
        child.kill()
        child.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _client(certificates: Path) -> ssl.SSLContext:
    client = ssl.create_default_context(cafile=certificates / "ca.crt")
    client.load_cert_chain(certificates / "hallway.crt", certificates / "hallway.key")
    return client


def _agreed(port: int, client: ssl.SSLContext) -> str | None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        client.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        return secure.version()


def _old(client: ssl.SSLContext) -> None:
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    client.maximum_version = ssl.TLSVersion.TLSv1_1
    client.set_ciphers("ALL:@SECLEVEL=0")


def _in_cbc(client: ssl.SSLContext) -> None:
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA")


def _on_another_curve(client: ssl.SSLContext) -> None:
    client.set_ecdh_curve("secp521r1")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("weaken", [_old, _in_cbc, _on_another_curve])
def test_what_is_weak_is_refused(
    port: int, certificates: Path, weaken: Callable[[ssl.SSLContext], None]
) -> None:
    client = _client(certificates)
    weaken(client)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _agreed(port, client)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_gateways_speak_is_agreed_on(port: int, certificates: Path, version: ssl.TLSVersion) -> None:
    client = _client(certificates)
    client.minimum_version = client.maximum_version = version
    assert _agreed(port, client) == version.name.replace("v1_", "v1.")
