"""Settings from afar are checked before anything is touched, tried, and taken back if they fail."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.config import EdgeSettings, load_settings
from edge.remote.commands import Answer
from edge.remote.configuration_trial import ConfigurationTrial, Verdict
from edge.remote.remote_configuration import KEPT_HERE, MOST_STARTS, RemoteConfiguration
from vitals.errors import ConfigurationError, StorageError
from vitals.records import CommandOutcome
from vitals.settings import Overlay
from vitals.wire.command import SetConfiguration

BASE = """
gateway_id = "hallway"
data_dir = "data"
adopt = true
[radio]
scan_s = 7.0
silence_s = 9.0
"""
ID = "0123456789abcdef"
TABLES = frozenset({"mqtt", "http", "clock", "configuration", "log", "page"})


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(BASE)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "configuration"


@pytest.fixture
def remote(folder: Path) -> RemoteConfiguration:
    return RemoteConfiguration(folder)


def settings(version: int, toml: str, **changes: Any) -> SetConfiguration:
    fields = {"version": version, "toml": toml, "sha256": hashlib.sha256(toml.encode()).hexdigest()}
    return SetConfiguration(**fields | changes)


def propose(remote: RemoteConfiguration, config: Path, asked: SetConfiguration) -> Answer | None:
    def check(overlay: Overlay) -> None:
        load_settings(config, over=overlay)

    return remote.propose(ID, asked, check)


def kept(remote: RemoteConfiguration, config: Path, version: int, toml: str) -> None:
    """Let a version prove good."""
    assert propose(remote, config, settings(version, toml)) is None
    remote.begin()
    remote.confirm()
    remote.told()


def ecg_rate_hz(remote: RemoteConfiguration, config: Path) -> int:
    return load_settings(config, over=remote.overlay()).ecg_rate_hz


def test_without_any_the_gateways_own_file_holds(remote: RemoteConfiguration, folder: Path) -> None:
    remote.begin()
    assert (remote.version, remote.overlay(), remote.trial) == (0, None, None)
    assert not folder.exists()


def test_a_version_is_laid_over_the_file_and_under_the_environment(
    remote: RemoteConfiguration, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(remote, config, 1, "ecg_rate_hz = 250\n[radio]\nscan_s = 3.0\n[outbox]\nmax_bytes = 2097152\n")
    laid = load_settings(config, over=remote.overlay())
    assert (laid.ecg_rate_hz, laid.radio.scan_s, laid.radio.silence_s) == (250, 3.0, 9.0)
    monkeypatch.setenv("CAREWIRE_EDGE_ECG_RATE_HZ", "125")
    assert load_settings(config, over=remote.overlay()).ecg_rate_hz == 125


def test_a_version_proves_good_and_is_there_after_a_restart(
    remote: RemoteConfiguration, config: Path, folder: Path
) -> None:
    assert propose(remote, config, settings(3, "ecg_rate_hz = 250")) is None
    assert remote.trial is not None
    remote.begin()
    remote.confirm()
    again = RemoteConfiguration(folder)
    assert (again.version, again.trial, ecg_rate_hz(again, config)) == (3, None, 250)
    assert again.settled is not None
    assert (again.settled.command_id, again.settled.outcome) == (ID, CommandOutcome.DONE)
    again.told()
    assert RemoteConfiguration(folder).settled is None


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (settings(2, "ecg_rate_hz = 250"), "version 2 is not above 2"),
        (settings(3, "ecg_rate_hz = 250", sha256="0" * 64), "another SHA-256"),
        (settings(3, "ecg_rate_hz = "), "is not TOML"),
        (settings(3, "ecg_rate_hz = 1"), "configuration version 3: ecg_rate_hz"),
        (settings(3, "colour = 'red'"), "colour: is no setting"),
        (settings(3, "devices = []\nadopt = false"), "no wearable is allowed"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_touched(
    remote: RemoteConfiguration, config: Path, folder: Path, asked: SetConfiguration, says: str
) -> None:
    kept(remote, config, 2, "ecg_rate_hz = 200")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    answer = propose(remote, config, asked)
    assert answer is not None
    assert answer.outcome is CommandOutcome.REFUSED
    assert says in answer.detail
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("key", KEPT_HERE)
def test_every_row_of_what_is_kept_here_names_a_setting(key: str) -> None:
    table, _, name = key.partition(".")
    section = EdgeSettings.model_fields[table].annotation
    assert not name or (isinstance(section, type) and name in section.model_fields)


@pytest.mark.parametrize(
    "toml",
    [
        "[alarms]\ncommand = ['/bin/sh', '-c', 'true']",
        "alarms = { health = 'always', command = [] }",
        "alarms.'command' = ['/bin/true']",
        "[page]\nenabled = true\nhost = '0.0.0.0'\ncode = '12345678'",
        "[page]\ncode_file = '/etc/shadow'",
        "model = '/tmp/model.json'",
        "runtime_dir = '/etc'",
        "[ring]\nkeep_free_bytes = 0",
    ],
)
def test_the_cloud_can_neither_run_a_program_here_nor_show_the_home_to_anybody(
    remote: RemoteConfiguration, config: Path, toml: str
) -> None:
    answer = propose(remote, config, settings(1, toml))
    assert answer is not None
    assert answer.outcome is CommandOutcome.REFUSED
    assert (remote.version, remote.trial) == (0, None)


def test_what_else_a_table_holds_may_be_set_from_afar(remote: RemoteConfiguration, config: Path) -> None:
    toml = "[alarms]\nhealth = 'always'\n[ring]\nhours = 48.0\n[radio]\nscan_s = 5.0"
    assert propose(remote, config, settings(1, toml)) is None


@pytest.mark.parametrize("key", KEPT_HERE)
def test_what_could_cut_the_gateway_off_is_refused_from_afar(
    remote: RemoteConfiguration, config: Path, key: str
) -> None:
    value = "{}" if key in TABLES else "'elsewhere'"
    answer = propose(remote, config, settings(1, f"{key} = {value}"))
    assert answer is not None
    assert answer.outcome is CommandOutcome.REFUSED
    assert KEPT_HERE[key] in answer.detail


def test_one_trial_at_a_time(remote: RemoteConfiguration, config: Path) -> None:
    assert propose(remote, config, settings(1, "ecg_rate_hz = 250")) is None
    answer = propose(remote, config, settings(2, "ecg_rate_hz = 200"))
    assert answer is not None
    assert "version 1 is on trial" in answer.detail


def test_settings_that_come_while_the_last_answer_is_put_away_are_tried(
    config: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = RemoteConfiguration(folder)
    assert propose(remote, config, settings(1, "ecg_rate_hz = 200")) is None
    remote.begin()
    remote.confirm()
    coming = threading.Thread(target=propose, args=(remote, config, settings(2, "ecg_rate_hz = 250")))
    write = RemoteConfiguration._write

    def slowly(self: RemoteConfiguration, file: Path, content: bytes) -> None:
        if not coming.ident:
            coming.start()
            coming.join(1.0)
        write(self, file, content)

    monkeypatch.setattr(RemoteConfiguration, "_write", slowly)
    remote.told()
    coming.join()
    assert (remote.version, remote.settled) == (2, None)
    assert remote.trial is not None
    assert RemoteConfiguration(folder).version == 2


def test_a_version_taken_back_leaves_the_one_before_and_says_why(
    remote: RemoteConfiguration, config: Path, folder: Path
) -> None:
    kept(remote, config, 1, "ecg_rate_hz = 200")
    assert propose(remote, config, settings(2, "ecg_rate_hz = 250")) is None
    remote.begin()
    remote.roll_back("the cloud was not reached")
    again = RemoteConfiguration(folder)
    assert (again.version, again.trial, ecg_rate_hz(again, config)) == (1, None, 200)
    assert again.settled is not None
    assert again.settled.outcome is CommandOutcome.FAILED
    assert again.settled.detail == "taken back to version 1: the cloud was not reached"
    refused = propose(again, config, settings(2, "ecg_rate_hz = 250"))
    assert refused is not None  # a version that failed never comes back under its number
    assert propose(again, config, settings(3, "ecg_rate_hz = 240")) is None


def test_the_first_version_is_taken_back_to_the_file_alone(remote: RemoteConfiguration, config: Path) -> None:
    assert propose(remote, config, settings(1, "ecg_rate_hz = 250")) is None
    remote.begin()
    remote.roll_back("x")
    assert (remote.version, remote.overlay()) == (0, None)


def test_a_gateway_that_crashes_again_and_again_gives_up_by_itself(
    remote: RemoteConfiguration, config: Path, folder: Path
) -> None:
    assert propose(remote, config, settings(1, "ecg_rate_hz = 250")) is None
    for _ in range(MOST_STARTS):
        start = RemoteConfiguration(folder)
        start.begin()
        assert start.version == 1
    last = RemoteConfiguration(folder)
    last.begin()
    assert last.version == 0
    assert last.settled is not None
    assert "started 3 times under it" in last.settled.detail


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"ecg_rate_hz = "])
def test_a_damaged_version_is_named_and_can_be_given_up(
    remote: RemoteConfiguration, config: Path, folder: Path, damage: bytes
) -> None:
    kept(remote, config, 1, "ecg_rate_hz = 200")
    kept(remote, config, 2, "ecg_rate_hz = 250")
    (folder / "2.toml").write_bytes(damage) if damage else (folder / "2.toml").unlink()
    with pytest.raises(ConfigurationError, match=r"2"):
        remote.overlay()
    remote.give_up("damaged")
    assert (remote.version, ecg_rate_hz(remote, config)) == (1, 200)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"current": "x"}'])
def test_a_state_that_makes_no_sense_is_begun_anew_above_every_version_there_was(
    remote: RemoteConfiguration, config: Path, folder: Path, damage: bytes
) -> None:
    kept(remote, config, 7, "ecg_rate_hz = 200")
    (folder / "state.json").write_bytes(damage)
    again = RemoteConfiguration(folder)
    assert again.version == 0
    assert propose(again, config, settings(7, "ecg_rate_hz = 250")) is not None
    assert propose(again, config, settings(8, "ecg_rate_hz = 250")) is None


def test_only_the_version_in_use_and_the_one_before_are_kept(
    remote: RemoteConfiguration, config: Path, folder: Path
) -> None:
    for version in (1, 2, 5):
        kept(remote, config, version, "ecg_rate_hz = 200")
    assert sorted(file.name for file in folder.iterdir()) == ["2.toml", "5.toml", "state.json"]


def test_what_the_disk_refuses_changes_nothing(
    remote: RemoteConfiguration, config: Path, folder: Path
) -> None:
    folder.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="check the gateway's disk"):
        propose(remote, config, settings(1, "ecg_rate_hz = 250"))
    assert (remote.version, remote.trial) == (0, None)


def trial(remote: RemoteConfiguration, acknowledged: int) -> ConfigurationTrial:
    return ConfigurationTrial(remote=remote, acknowledged=lambda: acknowledged, confirm_s=60.0, began_s=100.0)


def test_a_trial_is_kept_once_the_cloud_acknowledges(remote: RemoteConfiguration, config: Path) -> None:
    assert trial(remote, 1).look(100.0) is Verdict.NONE
    assert propose(remote, config, settings(1, "ecg_rate_hz = 250")) is None
    assert trial(remote, 1).look(100.0) is Verdict.NONE  # the life that was asked is not the one that tries
    remote.begin()
    assert trial(remote, 0).look(159.0) is Verdict.WAITING
    assert trial(remote, 1).look(159.0) is Verdict.KEPT
    assert (remote.version, remote.trial) == (1, None)


def test_a_trial_without_acknowledgement_is_taken_back_in_time(
    remote: RemoteConfiguration, config: Path
) -> None:
    assert propose(remote, config, settings(1, "ecg_rate_hz = 250")) is None
    remote.begin()
    assert trial(remote, 0).look(160.0) is Verdict.TAKEN_BACK
    assert remote.version == 0
    assert remote.settled is not None
    assert "acknowledged nothing under it within 60 s" in remote.settled.detail
