"""What `carewire cloud token` and `carewire cloud log-in` say, and what they keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.access.api_token_form import is_api_token
from cloud.access.programs import TokenWishError
from cloud.ports import OPERATOR, Deed, Person, Role
from cloud.storage.relational.opening import Relational, open_relational
from vitals.errors import ConfigurationError

MEI = Person(id="u-mei", display_name="Mei", role=Role.CLINICIAN)
OPENID = '[openid]\nissuer = "https://login.example.org"\nclient_id = "carewire"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n{OPENID}')
    with opened(tmp_path) as store:
        store.directory.add_person(MEI)
    return file


@contextmanager
def opened(folder: Path) -> Iterator[Relational]:
    store = open_relational(f"sqlite:///{folder / 'carewire.db'}")
    try:
        yield store
    finally:
        store.close()


def say(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)])


def test_a_token_is_printed_once_listed_and_revoked(config: Path, tmp_path: Path) -> None:
    added = say(config, "token", "add", MEI.id, "--label", "sheet", "--scope", "vitals", "--scope", "alerts")
    assert added.exit_code == 0, added.exception
    secret = added.stdout.strip()
    assert is_api_token(secret)
    with opened(tmp_path) as store:
        (token,) = store.api_tokens.tokens_of(MEI.id)
    assert token.is_read_only
    listed = say(config, "token", "list", MEI.id).stdout
    assert token.id in listed
    assert "alerts" in listed
    assert secret not in listed
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert say(config, "token", "list", "u-other").stdout == "there is no token yet\n"
    assert say(config, "token", "revoke", token.id).stdout == "revoked\n"
    assert isinstance(say(config, "token", "revoke", token.id).exception, ConfigurationError)
    assert "revoked" in say(config, "token", "list").stdout


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ((MEI.id, "--scope", "everything"), ConfigurationError, "no scope 'everything'"),
        (("u-nobody", "--scope", "vitals"), ConfigurationError, "nobody 'u-nobody'"),
        ((MEI.id, "--scope", "vitals", "--patient", "p-not-hers"), TokenWishError, "not open to you"),
    ],
)
def test_a_token_that_would_be_wrong_is_not_made(
    config: Path, words: tuple[str, ...], error: type[Exception], says: str
) -> None:
    failed = say(config, "token", "add", *words, "--label", "sheet")
    assert isinstance(failed.exception, error)
    assert says in str(failed.exception)
    assert say(config, "token", "list").stdout == "there is no token yet\n"


def test_the_operator_links_people_before_they_come(config: Path, tmp_path: Path) -> None:
    assert say(config, "log-in", "list").stdout == "nobody is linked yet\n"
    assert say(config, "log-in", "link", MEI.id, "staff-7").stdout == "linked\n"
    again = say(config, "log-in", "link", MEI.id, "staff-8")
    assert isinstance(again.exception, ConfigurationError)
    assert "staff-7" in say(config, "log-in", "list").stdout
    assert say(config, "log-in", "unlink", MEI.id).stdout == "unlinked\n"
    assert isinstance(say(config, "log-in", "unlink", MEI.id).exception, ConfigurationError)
    assert isinstance(say(config, "log-in", "link", "u-nobody", "s").exception, ConfigurationError)
    with opened(tmp_path) as store, store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT deed, actor FROM ledger_waiting").all()
    assert rows == [(Deed.ACCOUNT_CHANGED, OPERATOR)] * 2


def test_without_a_log_in_set_up_there_is_nobody_to_link(tmp_path: Path) -> None:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n')
    failed = say(file, "log-in", "list")
    assert isinstance(failed.exception, ConfigurationError)
    assert "[openid]" in str(failed.exception)
