"""What is learnt at the broker's door: that it turns away is something else than that we do."""

import ssl
from pathlib import Path

import pytest
from paho.mqtt.client import Client

from cloud.gateways.authority import Use
from cloud.gateways.broker_door import MqttDoor
from cloud.gateways.gatekeeping import Pass
from tests.fakes.clock import FakeClock
from tests.fakes.identities import a_key, an_authority, random_bytes
from vitals.errors import DeliveryError


@pytest.fixture
def key_to_it() -> Pass:
    made = an_authority().issue(
        Use.GATEWAY,
        "hallway",
        a_key().public_key(),
        now_ms=FakeClock().wall_ms(),
        randomness=random_bytes,
    )
    return Pass(name="hallway", certificate=made, key=a_key())


@pytest.fixture
def door(tmp_path: Path) -> MqttDoor:
    (tmp_path / "ca.crt").write_text(an_authority().pem)
    return MqttDoor(host="127.0.0.1", port=1, ca_file=tmp_path / "ca.crt")


def fails_by(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Client, "connect", connect)


def test_a_broker_that_is_not_whom_we_know_is_told_and_not_taken_to_turn_away(
    door: MqttDoor, key_to_it: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_by(ssl.SSLCertVerificationError("certificate has expired"), monkeypatch)
    with pytest.raises(DeliveryError, match="cannot be known for ours"):
        door.lets_in(key_to_it)


def test_one_that_refuses_the_certificate_turns_away(
    door: MqttDoor, key_to_it: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_by(ssl.SSLError("tlsv13 alert certificate revoked"), monkeypatch)
    assert not door.lets_in(key_to_it)
