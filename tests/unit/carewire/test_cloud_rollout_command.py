"""An operator makes a key, signs, and gives out: each step says what to do when it cannot be taken."""

import stat
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from carewire.release_key import LOCK_VARIABLE, load_key, make_key, public_half
from carewire.signed_file import read_signed
from cloud.ports import RolloutConflictError, RolloutRefusedError
from cloud.storage.sqlite_series import SqliteSeries
from edge.adapters.tflite import TfliteModel
from edge.bootstrap.models import shipped_models
from edge.judging.known_answers import wrong_answer
from tests.contracts.records import identified
from vitals.errors import ConfigurationError
from vitals.manifest import load_verified
from vitals.model_bundle import files_of
from vitals.records import GatewayReport
from vitals.release import ModelContent, SettingsContent, TrustedKeys, open_release


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "operator.pem", None)
    return tmp_path / "operator.pem"


@pytest.fixture
def config(tmp_path: Path, key: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\nrelease_keys = ["{public_half(load_key(key))}"]\n')
    return file


def say(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def signed_settings(tmp_path: Path, key: Path, version: int) -> Path:
    toml, out = tmp_path / "new.toml", tmp_path / f"settings-{version}.json"
    toml.write_text("ecg_rate_hz = 250\n")
    told = say("rollout", "sign", "settings", toml, "--version", version, "--key", key, "--out", out)
    assert told.exit_code == 0, told.output
    return out


def test_a_key_is_its_owners_alone_and_is_never_overwritten(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert say("release-key", "show", key).stdout.strip() == public_half(load_key(key))
    again = say("release-key", "make", key)
    assert isinstance(again.exception, ConfigurationError)
    assert "not there yet" in str(again.exception)


def test_a_key_that_others_may_read_signs_nothing(key: Path) -> None:
    key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_key(key)


def test_a_locked_key_opens_with_its_passphrase_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "locked.pem"
    public = make_key(path, "correct horse")
    for passphrase in (None, "wrong horse"):
        monkeypatch.delenv(LOCK_VARIABLE, raising=False)
        if passphrase:
            monkeypatch.setenv(LOCK_VARIABLE, passphrase)
        with pytest.raises(ConfigurationError, match=LOCK_VARIABLE):
            load_key(path)
    monkeypatch.setenv(LOCK_VARIABLE, "correct horse")
    assert public_half(load_key(path)) == public


def test_a_passphrase_in_the_environment_is_in_nobodys_way(
    key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCK_VARIABLE, "of another key")
    load_key(key)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----"])
def test_what_is_no_key_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no-key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_key(path)


def test_signed_settings_are_given_out_stopped_and_shown(tmp_path: Path, key: Path, config: Path) -> None:
    signed = signed_settings(tmp_path, key, 3)
    unheard = say("rollout", "new", signed, "--first", "hallway", "--config", config)
    assert isinstance(unheard.exception, RolloutRefusedError)
    report = GatewayReport(t_ms=1, software="x", outbox_records=0, outbox_bytes=0)
    series = SqliteSeries(tmp_path / "series.db")
    series.commit([identified(report, 1, gateway="hallway")])
    series.close()
    rollout_id = say("rollout", "new", signed, "--first", "hallway", "--config", config).stdout.strip()
    told = say("rollout", "status", "--config", config).stdout
    assert rollout_id in told
    assert "running" in told
    advanced = say("rollout", "advance", rollout_id, "--config", config).stdout
    assert advanced == "configuration version 3: running, stage share\n"
    assert "paused" in say("rollout", "pause", rollout_id, "--config", config).stdout
    assert "running" in say("rollout", "resume", rollout_id, "--config", config).stdout
    assert "stopped" in say("rollout", "stop", rollout_id, "--config", config).stdout
    assert "no gateway was asked yet" in say("rollout", "status", rollout_id, "--config", config).stdout
    again = say("rollout", "new", signed, "--first", "hallway", "--config", config)
    assert isinstance(again.exception, RolloutConflictError)


def test_a_model_is_signed_with_what_it_answers(tmp_path: Path, key: Path) -> None:
    folder, out = shipped_models() / "falls", tmp_path / "falls.json"
    told = say("rollout", "sign", "model", folder, "--key", key, "--out", out)
    assert told.exit_code == 0, told.output
    read = read_signed(out)
    content = open_release(read.release, trusted=[public_half(load_key(key))]).release.content
    assert isinstance(content, ModelContent)
    assert read.bundle is not None
    assert (content.name, content.size) == ("falls", len(read.bundle))
    assert "falls.tflite" in files_of(read.bundle)
    loaded = TfliteModel(*load_verified(folder / "manifest.json"))
    assert wrong_answer(loaded, content.vectors) is None


def test_keys_are_rotated_by_the_one_that_is_trusted(tmp_path: Path, key: Path) -> None:
    out, following = tmp_path / "keys.json", make_key(tmp_path / "next.pem", None)
    say("rollout", "sign", "keys", following, "--version", 1, "--key", key, "--out", out)
    content = open_release(read_signed(out).release, trusted=[public_half(load_key(key))]).release.content
    assert content == TrustedKeys(keys=(following,))


def test_nothing_is_overwritten_and_what_is_no_release_is_not_given_out(
    tmp_path: Path, key: Path, config: Path
) -> None:
    out = signed_settings(tmp_path, key, 1)
    assert isinstance(
        open_release(read_signed(out).release, trusted=[public_half(load_key(key))]).release.content,
        SettingsContent,
    )
    again = say(
        "rollout", "sign", "settings", tmp_path / "new.toml", "--version", 1, "--key", key, "--out", out
    )
    assert "not there yet" in str(again.exception)
    given = say("rollout", "new", config, "--first", "hallway", "--config", config)
    assert "is no signed release" in str(given.exception)
