"""What the settings of a hospital's log-in may be, and what is said of those that may not."""

from pathlib import Path

import pytest

from cloud.access.site import site
from cloud.bootstrap.ways_in import openid_over
from cloud.config import CloudSettings, load_settings
from cloud.ports import Role
from cloud.storage.relational.opening import open_relational
from tests.fakes.clock import FakeClock
from vitals.errors import ConfigurationError

WHOLE = """
[openid]
issuer = "https://login.example.org/realms/staff"
name = "St Mary's"
client_id = "carewire"
client_secret_file = "{folder}/secret"
role_claim = "groups"
roles = {{ doctors = "clinician" }}
"""


def settings(tmp_path: Path, text: str) -> CloudSettings:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n{text}')
    return load_settings(file)


def test_without_settings_there_is_no_log_in(tmp_path: Path) -> None:
    store = open_relational(f"sqlite:///{tmp_path}/carewire.db")
    home = site("http://localhost:8080")
    assert openid_over(store, settings(tmp_path, ""), home, FakeClock()) is None
    store.close()


def test_a_log_in_is_as_the_settings_say_and_its_secret_in_no_text(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush-hush\n")
    told = settings(tmp_path, WHOLE.format(folder=tmp_path))
    store = open_relational(told.database_url)
    log_in = openid_over(store, told, site("https://care.example.org"), FakeClock())
    store.close()
    assert log_in is not None
    assert (log_in.name, log_in.issuer) == ("St Mary's", "https://login.example.org/realms/staff")
    assert log_in.redirect_uri == "https://care.example.org/sign-in/openid/back"
    assert log_in.provider.client.secret == "hush-hush"  # noqa: S105 - a test's
    assert log_in.roles is not None
    assert log_in.roles.ceiling is Role.CLINICIAN
    assert "hush" not in repr(log_in.provider.client)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (('name = "St Mary"',), "no issuer is given"),
        (('issuer = "https://id.example.org"',), "issuer without client_id"),
        (('issuer = "http://id.example.org"', 'client_id = "c"'), "plain http"),
        (('issuer = "http://127.0.0.1:9"', 'client_id = "c"'), "plain http"),
        (('issuer = "id.example.org"', 'client_id = "c"'), "no address"),
        (('issuer = "https://id.example.org/?tenant=9"', 'client_id = "c"'), "no address"),
        (
            ('issuer = "https://id.example.org"', 'client_id = "c"', 'scopes = ["email"]'),
            "scopes without openid",
        ),
        (
            ('issuer = "https://id.example.org"', 'client_id = "c"', 'role_claim = "groups"'),
            "belong together",
        ),
        (
            (
                'issuer = "https://id.example.org"',
                'client_id = "c"',
                'role_claim = "groups"',
                'roles = { all = "patient" }',
            ),
            "nobody becomes a patient",
        ),
        (
            (
                'issuer = "https://id.example.org"',
                'client_id = "c"',
                'client_secret = "a"',
                'client_secret_file = "b"',
            ),
            "keep one of them",
        ),
    ],
)
def test_settings_that_cannot_be_lived_with_say_what_to_do(
    tmp_path: Path, lines: tuple[str, ...], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        settings(tmp_path, "\n".join(("[openid]", *lines)))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = settings(
        tmp_path,
        '[openid]\nissuer = "https://id.example.org"\nclient_id = "c"\nca_file = "/nowhere/ca.pem"\n',
    )
    store = open_relational(told.database_url)
    with pytest.raises(ConfigurationError, match=r"openid\.ca_file"):
        openid_over(store, told, site("https://care.example.org"), FakeClock())
    store.close()
