"""`carewire cloud user` and the first administrator, over a real database."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.cli import app
from cloud.access.door import Visitor
from cloud.access.invitations import Chosen
from cloud.bootstrap.access import entrance_for
from cloud.bootstrap.first_administrator import announce
from cloud.config import CloudSettings
from cloud.ports import ServiceRole
from cloud.storage.relational.opening import open_relational
from tests.fakes.cloud_services import ADMIN, FakeCloud

URL = "http://127.0.0.1:8080/invitation?token="
GOOD = "four plain garden words"


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CAREWIRE_CLOUD_SIGN_IN__MEMORY_MIB", "19")
    monkeypatch.setenv("CAREWIRE_CLOUD_SIGN_IN__PASSES", "2")


def carewire(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["cloud", *arguments])
    return done.exit_code, f"{done.output}{done.exception or ''}"


def accept(link: str, name: str) -> None:
    settings = CloudSettings()
    relational = open_relational(settings.database_url, keys=settings.key_place())
    entrance = entrance_for(settings, relational, settings.clock.clock())
    chosen = Chosen(display_name=name, handle=f"{name}@example.org", password=GOOD)
    entrance.invitations.accept(link.partition("token=")[2].strip(), chosen, Visitor())
    relational.close()


def test_somebody_is_invited_reset_listed_and_closed() -> None:
    status, said = carewire("user", "invite", "--name", "Ana", "--role", "caregiver")
    person_id, link = said.split()
    assert status == 0
    assert link.startswith(URL)
    assert "link" in carewire("user", "list")[1]
    accept(link, "ana")
    assert "password" in carewire("user", "list")[1]
    assert "ana@example.org" not in carewire("user", "list")[1]
    assert carewire("user", "reset", person_id)[1].startswith(URL)
    assert carewire("user", "close", person_id) == (0, f"{person_id} is closed\n")
    assert "closed" in carewire("user", "list")[1]
    assert "nobody of that id" in carewire("user", "reset", person_id)[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("user", "invite", "--name", "Ana", "--role", "king"), "no role"),
        (("user", "close", "u-nobody"), "nobody of the id"),
        (("user", "reset", "u-nobody"), "nobody of that id"),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple[str, ...], says: str) -> None:
    status, said = carewire(*arguments)
    assert status != 0
    assert says in said


def test_the_first_administrator_is_let_in_by_a_link_until_there_is_one() -> None:
    dead = carewire("first-administrator")[1]
    link = carewire("first-administrator")[1]
    assert link.startswith(URL)
    assert link != dead
    accept(link, "ada")
    status, said = carewire("first-administrator")
    assert status != 0
    assert "administrator already" in said


def test_the_first_start_prints_the_link_once_beside_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = FakeCloud()
    del cloud.directory.people[ADMIN.id]
    announce(cloud.services, frozenset({ServiceRole.INGEST}))
    assert URL not in capsys.readouterr().err
    for times in (1, 0):
        announce(cloud.services, frozenset({ServiceRole.API}))
        said = capsys.readouterr()
        assert said.err.count(URL) == times
        assert URL not in said.out


def test_a_service_that_has_an_administrator_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = FakeCloud()
    cloud.token(ADMIN)
    announce(cloud.services, frozenset({ServiceRole.API}))
    assert capsys.readouterr().err == ""
    assert cloud.hasher.worked == 1
