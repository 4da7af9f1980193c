"""A gateway lives one life after another under the settings that hold, until it is told to stop."""

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edge.bootstrap import lives as module
from edge.bootstrap import run_gateway
from edge.config import EdgeSettings, load_settings
from edge.remote.remote_configuration import RemoteConfiguration
from edge.remote.shelf import Trial
from vitals.records import CommandOutcome

ID = "0123456789abcdef"


@dataclass(slots=True)
class Lives:
    """What stands for `build_gateway`: a life under 250 Hz fails as told, any other ends by SIGTERM."""

    failure: Exception
    fails_at: str = "running"
    rates_hz: list[int] = field(default_factory=list)

    def build(self, settings: EdgeSettings, **_: Any) -> "Lives":
        self.rates_hz.append(settings.ecg_rate_hz)
        if settings.ecg_rate_hz == 250 and self.fails_at == "building":
            raise self.failure
        return self

    async def run(self, stop: asyncio.Event) -> None:
        if self.rates_hz[-1] == 250 and self.fails_at == "running":
            raise self.failure
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()

    def close(self) -> None:
        pass


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(f'gateway_id = "hallway"\ndata_dir = "{tmp_path}"\nadopt = true\necg_rate_hz = 130\n')
    return file


@pytest.fixture
def remote(tmp_path: Path) -> RemoteConfiguration:
    return RemoteConfiguration(tmp_path / "configuration")


def propose(remote: RemoteConfiguration, version: int, toml: str) -> None:
    remote.shelf.propose(Trial(command_id=ID, version=version), {"settings.toml": toml.encode()})


@pytest.mark.parametrize("fails_at", ["building", "running"])
async def test_a_gateway_that_fails_under_settings_on_trial_lives_on_under_those_before(
    config: Path,
    remote: RemoteConfiguration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fails_at: str,
) -> None:
    lives = Lives(RuntimeError("no such antenna"), fails_at)
    monkeypatch.setattr(module, "build_gateway", lives.build)
    propose(remote, 1, "ecg_rate_hz = 250")
    await run_gateway(load_settings(config), config=config)
    assert lives.rates_hz == [250, 130]
    settled = RemoteConfiguration(tmp_path / "configuration").shelf.settled
    assert settled is not None
    assert settled.outcome is CommandOutcome.FAILED
    assert (
        settled.detail == "rolled-back: taken back to version 0: the gateway failed under it: no such antenna"
    )


async def test_a_gateway_that_fails_under_settings_that_proved_good_ends(
    config: Path, remote: RemoteConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(remote, 1, "ecg_rate_hz = 250")
    remote.shelf.confirm()
    lives = Lives(RuntimeError("no such antenna"))
    monkeypatch.setattr(module, "build_gateway", lives.build)
    with pytest.raises(RuntimeError, match="antenna"):
        await run_gateway(load_settings(config), config=config)
    assert lives.rates_hz == [250]


@pytest.mark.parametrize("is_on_trial", [False, True])
async def test_settings_that_cannot_be_read_any_more_are_given_up_and_the_gateway_lives(
    config: Path,
    remote: RemoteConfiguration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_on_trial: bool,
) -> None:
    propose(remote, 1, "ecg_rate_hz = 250")
    if not is_on_trial:
        remote.shelf.confirm()
    (tmp_path / "configuration" / "1" / "settings.toml").write_text("ecg_rate_hz = ")
    lives = Lives(RuntimeError("unused"))
    monkeypatch.setattr(module, "build_gateway", lives.build)
    await run_gateway(load_settings(config), config=config)
    assert lives.rates_hz == [130]
    assert RemoteConfiguration(tmp_path / "configuration").shelf.version == 0
