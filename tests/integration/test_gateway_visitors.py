"""Wearables that come to deliver and go, on bleak's BlueZ backend: bonded with, set, read, and not missed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firmware_sim.bluez import BluezService, private_bus
from firmware_sim.bootstrap import SimulatorSettings, simulator
from firmware_sim.patient_settings import PatientSettings
from tests.fakes.bluez_home import BluezHome
from vitals.clock import ScaledClock
from vitals.gatt import uuids
from vitals.records import LinkState

SPEED = 60.0
VISITORS = ("cuff", "thermometer", "scale", "meter")
DELIVERED = (LinkState.AWAY, "delivered")


@pytest.fixture
async def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[BluezHome]:
    patients = (PatientSettings(wearables=VISITORS),)
    async with private_bus() as bus, simulator(SimulatorSettings(speed=SPEED, patients=patients)) as sim:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        service = BluezService(bus, sim.open_transport, keystore=tmp_path / "keys.json")
        clock = ScaledClock(speed=SPEED, anchor_ms=ScaledClock().wall_ms())
        async with service.running():
            yield BluezHome(sim=sim, bus=bus, folder=tmp_path, clock=clock)


async def test_each_visitor_delivers_goes_and_is_missed_by_nobody(home: BluezHome) -> None:
    for patient in home.sim.patients:
        patient.lifetime.begin()
    async with home.gateway(silence_s=1.0, visit_rest_s=0.2):
        for device in home.devices:
            await home.until(lambda: DELIVERED in home.links_of[device], within_s=60.0)  # noqa: B023 - awaited
    assert {link for link, _ in home.links} == {LinkState.CONNECTED, LinkState.AWAY}
    assert not home.health.alarms.standing
    assert home.health.counters["ble.records_all"] >= 1
    measured = {uuids.BLOOD_PRESSURE_MEASUREMENT, uuids.TEMPERATURE_MEASUREMENT}
    measured |= {uuids.WEIGHT_MEASUREMENT, uuids.GLUCOSE_MEASUREMENT}
    assert measured <= home.heard
