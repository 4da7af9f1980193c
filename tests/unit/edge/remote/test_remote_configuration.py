"""Settings from afar are of a list of what may be set, pass the check of a file, and are laid over it."""

from pathlib import Path

import pytest

from edge.config import EdgeSettings, load_settings
from edge.remote.remote_configuration import RemoteConfiguration
from edge.remote.settable import CONSENT, SETTABLE
from edge.remote.shelf import Trial
from tests.fakes.releases import public, settings
from vitals.errors import ConfigurationError
from vitals.release import Refusal, ReleaseRefusedError, SettingsContent, open_release
from vitals.settings import Overlay

BASE = """
gateway_id = "hallway"
data_dir = "data"
adopt = true
[radio]
scan_s = 7.0
silence_s = 9.0
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(BASE)
    return file


@pytest.fixture
def remote(tmp_path: Path) -> RemoteConfiguration:
    return RemoteConfiguration(tmp_path / "configuration")


def propose(
    remote: RemoteConfiguration, config: Path, version: int, toml: str, *, has_consent: bool = False
) -> None:
    def check(overlay: Overlay) -> None:
        load_settings(config, over=overlay)

    opened = open_release(settings(version, toml), trusted=[public()])
    assert isinstance(opened.release.content, SettingsContent)
    trial = Trial(command_id="0123456789abcdef", version=version)
    remote.propose(opened, opened.release.content, trial, check=check, has_consent=has_consent)


def refusal(remote: RemoteConfiguration, config: Path, toml: str) -> ReleaseRefusedError:
    with pytest.raises(ReleaseRefusedError) as refused:
        propose(remote, config, 3, toml)
    return refused.value


def test_without_any_the_gateways_own_file_holds(remote: RemoteConfiguration) -> None:
    assert (remote.shelf.version, remote.overlay()) == (0, None)


def test_a_version_is_laid_over_the_file_and_under_the_environment(
    remote: RemoteConfiguration, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(remote, config, 1, "ecg_rate_hz = 250\n[radio]\nscan_s = 3.0\n[outbox]\nmax_bytes = 2097152\n")
    laid = load_settings(config, over=remote.overlay())
    assert (laid.ecg_rate_hz, laid.radio.scan_s, laid.radio.silence_s) == (250, 3.0, 9.0)
    monkeypatch.setenv("CAREWIRE_EDGE_ECG_RATE_HZ", "125")
    assert load_settings(config, over=remote.overlay()).ecg_rate_hz == 125


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("ecg_rate_hz = ", "is not TOML"),
        ("a = " + "[" * 5_000, "is not TOML"),
        ("ecg_rate_hz = 1", "configuration version 3: ecg_rate_hz"),
        ("devices = []\n[radio]\nscan_s = 'long'", "radio.scan_s"),
        ("[outbox]\nmax_bytes = 1", "outbox.max_bytes"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_touched(
    remote: RemoteConfiguration, config: Path, tmp_path: Path, toml: str, says: str
) -> None:
    refused = refusal(remote, config, toml)
    assert refused.refusal is Refusal.INVALID_SETTINGS
    assert says in str(refused)
    assert not (tmp_path / "configuration").exists()


@pytest.mark.parametrize("key", SETTABLE)
def test_every_row_of_what_may_be_set_names_a_setting(key: str) -> None:
    table, _, name = key.partition(".")
    section = EdgeSettings.model_fields[table].annotation
    assert not name or (isinstance(section, type) and name in section.model_fields)


ELSEWHERE = (
    "gateway_id = 'other'",
    "data_dir = '/tmp/elsewhere'",
    "adopt = true",
    "models = '/tmp/models'",
    "model_keys = []",
    "runtime_dir = '/etc'",
    "[mqtt]\nhost = 'thief.example.org'\ninsecure = true",
    "[mqtt]\nport = 1",
    "[mqtt]\npassword = 'x'",
    "[http]\nurl = 'https://thief.example.org'\ntoken_file = '/etc/shadow'",
    "[trust]\nrelease_keys = []",
    "[trust]\nalarms_from_afar = true",
    "[configuration]\nconfirm_s = 1e9",
    "[clock]\nspeed = 100.0",
    "[log]\nlevel = 'error'",
    "[page]\nenabled = true\nhost = '0.0.0.0'\ncode = '12345678'",
    "[page]\ncode_file = '/etc/shadow'",
    "[alarms]\ncommand = ['/bin/sh', '-c', 'true']",
    "alarms.'command' = ['/bin/true']",
    "alarms = { led = 'ACT' }",
    "[radio]\nlock_dir = '/etc'",
    "[radio]\nadapter = 'hci1'",
    "[ring]\nkeep_free_bytes = 0",
    "colour = 'red'",
    "radio = 3",
    "alarms = {}",
)


@pytest.mark.parametrize("toml", ELSEWHERE)
def test_whoever_steals_the_operators_key_sets_nothing_but_what_is_on_the_list(
    remote: RemoteConfiguration, config: Path, toml: str
) -> None:
    refused = refusal(remote, config, toml)
    assert refused.refusal is Refusal.NOT_SETTABLE
    assert "set at the gateway alone" in str(refused)


def test_a_setting_that_may_be_set_carries_none_that_may_not(
    remote: RemoteConfiguration, config: Path
) -> None:
    toml = "ecg_rate_hz = 250\n[radio]\nscan_s = 5.0\nadapter = 'hci1'"
    assert refusal(remote, config, toml).refusal is Refusal.NOT_SETTABLE


@pytest.mark.parametrize(
    "toml",
    [
        "[alarms]\nhealth = 'when-cloud-silent'",
        "[alarms]\nwatch_alerting = false",
        "[alarms]\nalerting_silent_s = 3600.0\nalerting_long_s = 86400.0",
    ],
)
def test_what_quietens_a_home_needs_that_homes_consent(
    remote: RemoteConfiguration, config: Path, toml: str
) -> None:
    assert CONSENT in str(refusal(remote, config, toml))
    propose(remote, config, 4, toml, has_consent=True)
    assert remote.shelf.version == 4


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"ecg_rate_hz = "])
def test_a_damaged_version_is_named(
    remote: RemoteConfiguration, config: Path, tmp_path: Path, damage: bytes
) -> None:
    propose(remote, config, 2, "ecg_rate_hz = 250")
    file = tmp_path / "configuration" / "2" / "settings.toml"
    file.write_bytes(damage) if damage else file.unlink()
    with pytest.raises(ConfigurationError, match=r"2"):
        remote.overlay()
