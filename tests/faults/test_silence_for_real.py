"""A gateway without a radio, one that is frozen, one that is killed: somebody is told, with that cause."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.ports import Alert
from tests.contracts.batches import batch
from tests.fakes.broker_process import Mosquitto
from tests.fakes.gateway import FakeGateway, eventually
from tests.fakes.gateway_process import GATEWAY, GatewayProcess
from tests.fakes.split_service import PATIENT, STRAP, SplitService, now_ms
from vitals.records import DeviceReport, LinkState, ObservationRun

WITHIN_S = 60.0
SPEED = "20"
"""The service's clock: three of its minutes are nine seconds."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def service(tmp_path: Path, broker: Mosquitto) -> Iterator[SplitService]:
    made = SplitService(folder=tmp_path, mqtt_port=broker.port)
    made.people()
    with made.running():
        yield made


def told(service: SplitService) -> dict[str, str]:
    """Return the state of each condition that somebody was told of, the newest alert of it."""
    with service.stores() as opened:
        alerts: list[Alert] = list(opened.alerts.alerts_of(PATIENT, open_only=False, limit=100))
        handed = {
            alert.id: any(
                one.channel == "in-app" and not one.error for one in opened.alerts.hand_offs_of(alert.id)
            )
            for alert in alerts
        }
    return {alert.condition: str(alert.state) for alert in reversed(alerts) if handed[alert.id]}


def test_a_gateway_without_radio_one_frozen_and_one_killed_are_told_of(
    tmp_path: Path, service: SplitService, broker: Mosquitto
) -> None:
    service.start("all", CLOCK__SPEED=SPEED, CLOCK__ANCHOR_MS=str(now_ms()))
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=broker.port)
    service.await_well()
    with FakeGateway(broker.port, GATEWAY) as before:
        came = ObservationRun(device=STRAP, kind="heart_rate", t_ms=[now_ms()], value=[70.0])
        report = DeviceReport(device=STRAP, t_ms=now_ms(), link=LinkState.CONNECTED)
        before.publish(batch(report, came))
        eventually(lambda: before.acknowledged() == {1, 2}, WITHIN_S)
    gateway.start()
    try:
        eventually(lambda: told(service).get("bluetooth-failed") == "active", WITHIN_S)

        gateway.freeze()
        eventually(lambda: told(service).get("gateway-stuck") == "active", WITHIN_S)
        assert told(service).get("device-silent", "resolved") == "resolved", "the nearer cause took its place"
        gateway.thaw()
        eventually(lambda: told(service)["gateway-stuck"] == "resolved", WITHIN_S)

        gateway.kill()
        eventually(lambda: told(service).get("gateway-silent") == "active", WITHIN_S)
    finally:
        gateway.kill()
