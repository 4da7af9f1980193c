"""A bit of the series file flips on the disk: it is told, never served, and everything else still is."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from cloud.bootstrap import build
from cloud.config import CloudSettings, MqttSettings
from cloud.ports import OPERATOR, Patient, Person, Role
from cloud.services import Services
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.random_history import HOUR_MS, START_MS
from tests.contracts.series_keeping import close_all, readings

LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)


@pytest.fixture
def rotten(tmp_path: Path) -> Path:
    """A folder whose series file holds two hours of Wei, the first of them damaged."""
    store = SqliteSeries(tmp_path / "series.db")
    store.commit([readings(1, 0, *range(60, 100)), readings(2, 60, 71)])
    close_all(store)
    with store._file.read() as connection:
        (packed,) = connection.execute("SELECT points FROM block ORDER BY slot").fetchone()
    store.close()
    content = bytearray((tmp_path / "series.db").read_bytes())
    content[content.index(packed) + len(packed) // 2] ^= 1
    (tmp_path / "series.db").write_bytes(content)
    return tmp_path


@pytest.fixture
async def caller(rotten: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Services]]:
    app = build(CloudSettings(data_dir=rotten, mqtt=MqttSettings(port=9)))
    services: Services = app.state.services
    services.directory.add_patient(Patient(id="wei", display_name="Wei"))
    services.directory.add_person(LIN)
    services.sharing.give("wei", person_id=LIN.id, from_ms=0, by=OPERATOR)
    headers = {"authorization": f"Bearer {services.sessions.issue(LIN.id, 60_000)}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as client,
    ):
        yield client, services


async def test_the_damaged_hour_is_told_what_is_sound_is_served_and_health_is_red(
    caller: tuple[httpx.AsyncClient, Services],
) -> None:
    client, services = caller
    address = "/api/v1/patients/wei/observations/heart_rate"
    sound = await client.get(address, params={"from": START_MS + HOUR_MS, "to": START_MS + 2 * HOUR_MS})
    assert sound.json()["value"] == [71]
    assert not any("damaged" in trouble for trouble in services.troubles())
    damaged = await client.get(address, params={"from": START_MS, "to": START_MS + HOUR_MS})
    assert damaged.status_code == 503
    assert "damaged on the disk" in damaged.json()["detail"]
    assert any("damaged" in trouble for trouble in services.troubles())
    assert (await client.get("/healthz")).status_code == 503
    newest = await client.get("/api/v1/patients/wei/observations")
    assert newest.json()["latest"][0]["value"] == 71
