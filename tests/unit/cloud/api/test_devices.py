"""What devices said, and when they were last heard."""

from cloud.ports import Device, HeardDevice
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud


async def test_devices_say_what_they_last_said(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.note_device(
        Device(
            id="c0-01",
            gateway="hall",
            patient_id="p-wei",
            link="connected",
            model=None,
            battery_percent=80,
            on_body=True,
            reported_ms=NOW_MS,
            received_ms=None,
        )
    )
    [device] = (await client_for(CARER).get("/api/v1/patients/p-wei/devices")).json()["devices"]
    assert device["battery_percent"] == 80
    assert device["reported"] == "2023-11-14T22:13:20.000Z"
    assert device["received"] is None


async def test_a_device_was_heard_when_anything_of_it_last_arrived(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.note_device(
        Device(
            id="c0-01",
            gateway="hall",
            patient_id="p-wei",
            link=None,
            model=None,
            battery_percent=None,
            on_body=None,
            reported_ms=NOW_MS - 60_000,
            received_ms=NOW_MS - 60_000,
        )
    )
    cloud.back_office.heard_from = [HeardDevice(device="c0-01", gateway="hall", received_ms=NOW_MS)]
    [device] = (await client_for(CARER).get("/api/v1/patients/p-wei/devices")).json()["devices"]
    assert device["received"] == "2023-11-14T22:13:20.000Z"
