"""A gateway is let in by a code, over HTTPS, and renews: the service and the gateway's own commands."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from carewire.commands.edge import app
from cloud.bootstrap.gateways import enrolment_over
from cloud.gateways.authority import Use, new_authority
from cloud.gateways.authority_files import keep_authority
from cloud.gateways.compose import Holder, certify
from cloud.storage.relational.opening import open_relational
from edge.adapters.enrolment import Renewals, enrol
from edge.config import load_settings
from edge.identity.folder import IdentityFolder
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.identities import random_bytes
from tests.fakes.rude_server import rude_server
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError, DeliveryError, StorageError
from vitals.wire.enrolment import EnrolmentCode, code_to_text

CLOCK = ScaledClock()


class Service(CloudProcess):
    """A service that speaks TLS by a certificate of its own authority, and can be asked for codes."""

    def code(self, gateway: str = "hallway") -> EnrolmentCode:
        relational = open_relational(self.settings.database_url)
        try:
            return enrolment_over(self.settings, relational, CLOCK).invite(gateway, by="operator")
        finally:
            relational.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    made = authority_in(folder / "authority")
    started = Service(folder, cert_file=str(made / "cloud.crt"), key_file=str(made / "cloud.key"))
    started.start()
    yield started
    started.kill()


def authority_in(folder: Path) -> Path:
    now_ms = CLOCK.wall_ms()
    authority = new_authority(now_ms=now_ms, randomness=random_bytes)
    keep_authority(folder, authority)
    holder = Holder(use=Use.CLOUD, name="cloud", hosts=("127.0.0.1", "localhost"))
    certify(authority, holder, folder, now_ms=now_ms, randomness=random_bytes)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> IdentityFolder:
    return IdentityFolder(path=tmp_path / "gateway" / "identity")


def run(config: Path, code: str):
    return CliRunner().invoke(app, ["enrol", code, "--config", str(config)])


def test_one_command_makes_a_gateway_that_can_start_and_is_known(service: Service, tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'data_dir = "{tmp_path}/gateway"\nadopt = true\n')
    done = run(config, code_to_text(service.code()))
    assert "hallway is let in until" in done.output, done
    settings = load_settings(config)
    assert (settings.gateway_id, settings.mqtt.port) == ("hallway", 8883)
    assert settings.http.url == service.url
    made = x509.load_pem_x509_certificate((settings.mqtt.cert_file or config).read_bytes())
    assert made.subject.rfc4514_string() == "CN=hallway"
    token = settings.http.secret()
    assert token not in done.output


@pytest.mark.parametrize(
    ("shows_ours", "says"),
    [(False, "somebody stands in between: the code was not told to it"), (True, "cannot be reached safely")],
)
async def test_the_code_is_not_told_to_whoever_is_not_the_service_it_was_made_for(
    service: Service, folder: IdentityFolder, tmp_path: Path, *, shows_ours: bool, says: str
) -> None:
    """Whether the impostor shows an authority of their own, or ours, to whose key they have none."""
    elsewhere = authority_in(tmp_path / "elsewhere")
    shown = ((service.settings.authority_dir() if shows_ours else elsewhere) / "ca.crt").read_bytes()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(elsewhere / "cloud.crt", elsewhere / "cloud.key")
    heard: list[bytes] = []

    async def replay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(shown)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + shown)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(replay, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    code = service.code()
    astray = EnrolmentCode(url=f"https://127.0.0.1:{port}", authority=code.authority, token=code.token)
    with pytest.raises(DeliveryError, match=says):
        await asyncio.to_thread(enrol, astray, folder, CLOCK)
    server.close()
    assert code.token.encode() not in b"".join(heard)
    assert (await asyncio.to_thread(enrol, code, folder, CLOCK))[0].gateway == "hallway", "it is still good"


@pytest.mark.parametrize("at", ["keep", "keep_settings"])
def test_cut_off_after_the_answer_it_is_done_again_with_the_same_code(
    service: Service, folder: IdentityFolder, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    code = service.code()
    with monkeypatch.context() as cut_off:

        def dies(*_: object) -> None:
            raise StorageError("the power is gone")

        cut_off.setattr(IdentityFolder, at, dies)
        with pytest.raises(StorageError):
            enrol(code, folder, CLOCK)
    assert folder.present() is None
    assert enrol(code, folder, CLOCK)[0].gateway == "hallway"
    assert folder.present() is not None


def test_a_code_that_was_used_lets_nobody_else_in(service: Service, tmp_path: Path) -> None:
    code = service.code()
    enrol(code, IdentityFolder(path=tmp_path / "one"), CLOCK)
    with pytest.raises(DeliveryError, match="refuses: this code is no good"):
        enrol(code, IdentityFolder(path=tmp_path / "other"), CLOCK)


def test_a_certificate_is_renewed_with_a_new_key_by_the_one_in_use(
    service: Service, folder: IdentityFolder
) -> None:
    enrol(service.code(), folder, CLOCK)
    before = folder.present()
    renewals = Renewals(
        url=service.url,
        token=folder.token_file.read_text(),
        ca=ssl.create_default_context(cafile=folder.authority_file),
        folder=folder,
        clock=CLOCK,
    )
    made = renewals.renew()
    after = folder.present()
    assert before is not None
    assert after is not None
    assert after[0] == made != before[0]
    assert after[1].private_numbers() != before[1].private_numbers()
    assert folder.token_file.exists()


async def test_a_service_that_answers_nonsense_is_told(folder: IdentityFolder) -> None:
    async with rude_server() as rude:
        code = EnrolmentCode(url=rude.url, authority=b"a" * 32, token="t" * 43)
        with pytest.raises(DeliveryError):
            await asyncio.to_thread(enrol, code, folder, CLOCK)


@pytest.mark.parametrize("url", ["http://care.example.org", "ftp://127.0.0.1", "care.example.org"])
def test_a_code_that_leads_where_others_read_along_is_not_followed(folder: IdentityFolder, url: str) -> None:
    with pytest.raises(ConfigurationError, match="have a new"):
        enrol(EnrolmentCode(url=url, authority=b"a" * 32, token="t" * 43), folder, CLOCK)


def test_whose_clock_is_years_off_is_asked_what_day_it_is(service: Service, folder: IdentityFolder) -> None:
    class Long(ScaledClock):
        def wall_ms(self) -> int:
            return 0

    code = service.code()
    nobody = EnrolmentCode(url="https://127.0.0.1:9", authority=code.authority, token=code.token)
    with pytest.raises(DeliveryError, match="whether it is 1970-01-01 00:00 UTC now"):
        enrol(nobody, folder, Long())
