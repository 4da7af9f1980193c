from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from cloud.config import InfluxSettings, load_settings
from vitals.errors import ConfigurationError


def test_compose_s_variables_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_SERIES_URL", "influx+http://influxdb:8086")
    monkeypatch.setenv("CAREWIRE_CLOUD_INFLUX__ORG", "clinic")
    monkeypatch.setenv("CAREWIRE_CLOUD_INFLUX__BUCKET", "ward")
    monkeypatch.setenv("CAREWIRE_CLOUD_INFLUX__TOKEN", "t0ken")
    settings = load_settings(None)
    assert settings.series_url == "influx+http://influxdb:8086"
    assert (settings.influx.org, settings.influx.bucket, settings.influx.secret()) == (
        "clinic",
        "ward",
        "t0ken",
    )
    assert "t0ken" not in repr(settings)


def test_a_token_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    assert InfluxSettings(token_file=tmp_path / "token").secret() == "t0ken"


def test_a_password_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    assert InfluxSettings(username="ingest", password_file=tmp_path / "password").secret() == "secret"


def test_without_secrets_there_is_none() -> None:
    assert InfluxSettings().secret() is None


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"influx\.token_file: .*absent"):
        InfluxSettings(token_file=tmp_path / "absent").secret()


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"token": SecretStr("a"), "token_file": Path("b")}, "keep one of them"),
        ({"username": "u", "password": SecretStr("a"), "password_file": Path("b")}, "keep one of them"),
        ({"username": "u"}, "belong together"),
        ({"password": SecretStr("a")}, "belong together"),
        ({"username": "u", "password": SecretStr("a"), "token": SecretStr("b")}, "1.x a password"),
        ({"bucket": ""}, "at least 1 character"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given: dict[str, object], advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        InfluxSettings(**given)
