"""Grants, teams and proxies from the machine's own command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands.cloud import app
from carewire.layout import toml_text
from cloud.config import load_settings
from cloud.ports import Patient, Person, Role
from cloud.storage.relational.opening import open_relational
from vitals.errors import CarewireError, ConfigurationError, ValidationError

LIN = Person(id="lin", display_name="Lin", role=Role.CAREGIVER)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "cloud.toml"
    path.write_text(toml_text({"data_dir": str(tmp_path)}))
    settings = load_settings(path)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    relational.directory.add_patient(Patient(id="wei", display_name="Wei"))
    relational.directory.add_person(LIN)
    relational.close()
    return path


def said(config: Path, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=True)
    if isinstance(result.exception, CarewireError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_what_is_granted_is_listed_and_taken_back_once(config: Path) -> None:
    grant = said(config, "grant", "wei", "--person", "lin", "--scope", "vitals", "--scope", "alerts")
    assert said(config, "grants", "wei") == f"{grant}  lin  alerts,vitals  in force"
    assert said(config, "revoke", "wei", grant) == "taken back"
    assert said(config, "revoke", "wei", grant) == "it was taken back before"
    assert said(config, "grants", "wei").endswith("closed")


def test_people_join_and_leave_teams(config: Path) -> None:
    team = said(config, "team", "add", "Night")
    assert said(config, "team", "join", team, "lin") == "joined"
    assert said(config, "team", "list") == f"{team}  Night: lin"
    assert said(config, "team", "leave", team, "lin") == "left"
    assert said(config, "team", "list") == f"{team}  Night: nobody"


def test_a_proxy_is_made_and_ended(config: Path) -> None:
    proxy = said(config, "proxy", "add", "wei", "lin", "--kind", "parent", "--until", "2099-05-04")
    assert said(config, "proxy", "end", "wei", proxy) == "ended"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("grant", "wei", "--person", "lin", "--scope", "soul"), "no scope 'soul'"),
        (("grant", "wei", "--person", "lin", "--until", "soon"), "no time"),
        (("revoke", "wei", "x"), "no grant 'x'"),
        (("team", "join", "x", "lin"), "no team 'x'"),
        (("team", "leave", "x", "lin"), "is not in team"),
        (("proxy", "add", "wei", "lin", "--kind", "friend"), "no proxy of kind"),
        (("proxy", "end", "wei", "x"), "no proxy 'x'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(config: Path, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        said(config, *words)


def test_a_grant_to_nobody_or_over_already_is_refused(config: Path) -> None:
    for words in ((), ("--person", "lin", "--until", "2001-01-01")):
        with pytest.raises(ValidationError):
            said(config, "grant", "wei", *words)
