"""The ways up that the settings name."""

from pathlib import Path

import pytest

from edge.adapters.mqtt import MqttUplink
from edge.bootstrap.way_up import build_uplink, way_of
from edge.config import EdgeSettings
from edge.sending.delivery import Delivery
from edge.sending.fallback import FallbackUplink
from edge.sending.way import Way
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import open_outbox
from vitals.errors import ConfigurationError


def settings(tmp_path: Path, **http: object) -> EdgeSettings:
    return EdgeSettings.model_validate(
        {"gateway_id": "hallway", "data_dir": tmp_path, "adopt": True, "http": http}
    )


def test_without_an_address_of_the_service_the_broker_is_the_only_way(tmp_path: Path) -> None:
    uplink = build_uplink(settings(tmp_path), FakeClock(), mark=lambda: None)
    assert isinstance(uplink, MqttUplink)
    outbox = open_outbox(tmp_path / "outbox.db")
    delivery = Delivery(outbox, uplink, FakeClock(), boot_id="b")
    assert way_of(uplink, delivery) is None
    delivery._is_link_up = True
    assert way_of(uplink, delivery) is Way.MQTT
    outbox.close()


def test_with_it_there_are_two(tmp_path: Path) -> None:
    given = settings(tmp_path, url="https://care.example.org", token="t" * 43)
    uplink = build_uplink(given, FakeClock(), mark=lambda: None)
    assert isinstance(uplink, FallbackUplink)
    assert uplink.way is None


def test_a_token_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    given = settings(tmp_path, url="https://care.example.org", token_file=tmp_path / "absent")
    with pytest.raises(ConfigurationError, match=r"http\.token_file"):
        build_uplink(given, FakeClock(), mark=lambda: None)
