"""mosquitto runs as deploy/ says, or a sentence says what is missing."""

from pathlib import Path

import pytest

from carewire import mosquitto
from vitals.errors import ConfigurationError, EnvelopeError


def test_what_deploy_configures_is_kept_line_by_line_but_for_places(tmp_path: Path) -> None:
    command = mosquitto.mosquitto_command(tmp_path / "state", 12345, tmp_path / "certificates")
    configured = (tmp_path / "state" / "mosquitto.conf").read_text()
    assert command[1:] == ["-c", str(tmp_path / "state" / "mosquitto.conf")]
    assert "listener 12345 127.0.0.1\n" in configured
    assert f"cafile {tmp_path}/certificates/ca.crt\n" in configured
    assert "/mosquitto/" not in configured.replace(str(tmp_path), "")
    shipped = (Path(mosquitto.__file__).parents[1] / "deploy" / "mosquitto.conf").read_text()
    same = [line for line in shipped.splitlines() if "/mosquitto" not in line and "listener" not in line]
    assert set(same) <= set(configured.splitlines())


def test_without_mosquitto_a_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosquitto, "_TRUSTED_PATH", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="apt-get install mosquitto"):
        mosquitto.mosquitto_command(tmp_path, 12345, tmp_path)


def test_without_deploy_a_sentence_says_where_to_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosquitto, "_DEPLOY", tmp_path)
    with pytest.raises(ConfigurationError, match="from a checkout"):
        mosquitto.mosquitto_command(tmp_path / "broker", 12345, tmp_path)


def test_certificates_that_cannot_be_made_are_told(tmp_path: Path) -> None:
    with pytest.raises(EnvelopeError, match="must be 3 to 40"):
        mosquitto.make_certificates(tmp_path / "certificates", ["NO ID"])
