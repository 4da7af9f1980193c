"""The devices' page: which need something, and what to do about each, step by step."""

from dataclasses import replace

import pytest

from cloud.ports import Device, Scope
from cloud.web.device_pages import Trouble, device_row
from tests.fakes.cloud_services import CARER, OWNER, STRANGER, ClientFor, FakeCloud

NOW_MS = 1_700_000_000_000
WELL = Device(
    id="c0-01",
    gateway="hallway",
    patient_id="p-wei",
    link="connected",
    model="Strap",
    battery_percent=80,
    on_body=True,
    reported_ms=NOW_MS - 1_000,
    received_ms=NOW_MS - 1_000,
)


@pytest.mark.parametrize(
    ("device", "trouble"),
    [
        (WELL, None),
        (replace(WELL, received_ms=None), Trouble.NEVER_HEARD),
        (replace(WELL, received_ms=NOW_MS - 120_001, on_body=False), Trouble.QUIET),
        (replace(WELL, received_ms=NOW_MS - 9_000_000, link="away"), None),
        (replace(WELL, on_body=False, battery_percent=5), Trouble.OFF_BODY),
        (replace(WELL, link="silent"), Trouble.OUT_OF_REACH),
        (replace(WELL, battery_percent=15), Trouble.BATTERY_LOW),
        (replace(WELL, battery_percent=16), None),
        (replace(WELL, battery_percent=None, on_body=None, link=None), None),
    ],
)
def test_the_first_thing_that_keeps_a_device_from_measuring_is_what_to_do(
    device: Device, trouble: Trouble | None
) -> None:
    row = device_row(device, NOW_MS)
    assert row.trouble is trouble
    assert bool(row.steps) is (trouble is not None)


async def test_what_needs_something_stands_first_with_its_steps(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.note_device(WELL)
    cloud.directory.note_device(replace(WELL, id="c0-02", model="<b>Ring</b>", on_body=False))
    page = (await client_for(OWNER).get("/patients/p-wei/devices")).text
    assert "1 of 2 devices needs something." in page
    assert page.index("&lt;b&gt;Ring") < page.index("Strap")
    assert "Moisten the two dark patches" in page


async def test_all_well_is_said_in_one_sentence(cloud: FakeCloud, client_for: ClientFor) -> None:
    assert "No device is worn yet." in (await client_for(OWNER).get("/patients/p-wei/devices")).text
    cloud.directory.note_device(WELL)
    page = (await client_for(CARER).get("/patients/p-wei/devices")).text
    assert "The device is worn and heard." in page


async def test_a_stranger_and_who_may_not_see_readings_get_none_of_it(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(STRANGER)
    assert (await client.get("/patients/p-wei/devices")).status_code == 404
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, frozenset({Scope.ALERTS}))
    assert (await client.get("/patients/p-wei/devices")).status_code == 403
