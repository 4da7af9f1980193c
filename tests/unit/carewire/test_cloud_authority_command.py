"""`carewire cloud authority` and what `carewire cloud gateway` does with it, as an operator types them."""

import stat
from pathlib import Path

import pytest
from click.testing import Result
from cryptography import x509
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.bootstrap.gateways import enrolment_over
from cloud.config import load_settings
from cloud.storage.relational.opening import open_relational
from tests.fakes.identities import a_request
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError, EnvelopeError
from vitals.wire.enrolment import code_from_text


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\n[http]\npublic_url = "https://care.example.org"\n')
    return file


def say(config: Path, *words: str) -> Result:
    """Run a command; an error of ours is raised, as the command line would print it."""
    done = CliRunner().invoke(app, [*words, "--config", str(config)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_an_authority_is_made_once_shown_and_renewed_under_one_fingerprint(config: Path) -> None:
    with pytest.raises(ConfigurationError, match="carewire cloud authority init"):
        say(config, "authority", "show")
    say(config, "authority", "init")
    prints = {
        line
        for words in (("show",), ("renew",), ("show",))
        for line in say(config, "authority", *words).stdout.splitlines()
        if line.startswith("fingerprint")
    }
    assert len(prints) == 1
    with pytest.raises(ConfigurationError, match="there is an authority"):
        say(config, "authority", "init")


def test_a_server_gets_a_key_of_its_own_and_a_certificate_for_where_it_is(
    config: Path, tmp_path: Path
) -> None:
    say(config, "authority", "init")
    say(config, "authority", "issue", "broker", str(tmp_path / "tls"), "--host", "broker.home.arpa")
    made = x509.load_pem_x509_certificate((tmp_path / "tls" / "broker.crt").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.home.arpa"]
    assert stat.S_IMODE((tmp_path / "tls" / "broker.key").stat().st_mode) == 0o600
    assert (tmp_path / "tls" / "ca.crt").exists()
    with pytest.raises(ConfigurationError, match="carewire cloud gateway invite"):
        say(config, "authority", "issue", "hallway", str(tmp_path / "tls"))


def test_a_code_names_the_service_and_is_alone_on_standard_output(config: Path) -> None:
    say(config, "authority", "init")
    done = say(config, "gateway", "invite", "hallway", "--no-qr")
    code = code_from_text(done.stdout)
    assert (code.url, code.is_public) == ("https://care.example.org", True)
    assert "invited" in say(config, "gateway", "identities").stdout


def test_a_code_is_drawn_for_a_camera_beside_it(config: Path) -> None:
    say(config, "authority", "init")
    assert "▀" in say(config, "gateway", "invite", "hallway").stderr


def test_what_cannot_be_is_told(config: Path) -> None:
    say(config, "authority", "init")
    with pytest.raises(EnvelopeError, match="choose another id"):
        say(config, "gateway", "invite", "ingest")
    with pytest.raises(ConfigurationError, match="there is no patient"):
        say(config, "gateway", "invite", "hallway", "--for", "p-nobody")
    with pytest.raises(ConfigurationError, match="--anybody"):
        say(config, "gateway", "speaks-for", "hallway")


def test_for_whom_a_gateway_speaks_is_said_and_shown(config: Path) -> None:
    say(config, "authority", "init")
    patient = say(config, "patient", "add", "--name", "Wei").stdout.strip()
    say(config, "gateway", "invite", "hallway", "--no-qr", "--for", patient)
    assert patient in say(config, "gateway", "identities").stdout
    say(config, "gateway", "speaks-for", "hallway", "--anybody")
    assert "anybody" in say(config, "gateway", "identities").stdout


def test_the_brokers_files_shut_out_who_was_revoked(config: Path, tmp_path: Path) -> None:
    say(config, "authority", "init")
    settings = load_settings(config)
    relational = open_relational(settings.database_url)
    desk = enrolment_over(settings, relational, ScaledClock())
    desk.enrol(desk.invite("hallway", by="operator").token, a_request())
    relational.close()
    assert "revoked" in say(config, "gateway", "revoke", "hallway").stdout
    lines = say(config, "authority", "broker-config", str(tmp_path / "broker")).stdout
    assert [line.split()[0] for line in lines.splitlines()] == ["acl_file", "cafile", "crlfile"]
    assert "user hallway\ntopic deny #" in (tmp_path / "broker" / "acl").read_text()
    listed = x509.load_pem_x509_crl((tmp_path / "broker" / "revoked.crl").read_bytes())
    assert len(list(listed)) == 1


def test_a_composition_gets_all_it_mounts_and_a_second_time_nothing_is_changed(tmp_path: Path) -> None:
    first = CliRunner().invoke(app, ["authority", "compose", str(tmp_path / "c"), "hallway", "porch"])
    before = {file.name: file.read_bytes() for file in (tmp_path / "c").iterdir()}
    again = CliRunner().invoke(app, ["authority", "compose", str(tmp_path / "c"), "hallway", "porch"])
    assert len(first.stdout.splitlines()) == 5
    assert again.stdout == ""
    assert {file.name: file.read_bytes() for file in (tmp_path / "c").iterdir()} == before
    assert stat.S_IMODE((tmp_path / "c" / "ca.key").stat().st_mode) == 0o600
