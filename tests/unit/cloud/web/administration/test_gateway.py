"""The administrator's page of one gateway: everything known of it, and nothing of what it brought."""

import httpx
import pytest

from cloud.ports import (
    CommandAnswer,
    Deed,
    GatewayProgress,
    HeardDevice,
    IssuedCommand,
    LedgerNote,
    Progress,
    RunningVersion,
    Share,
)
from tests.contracts.rollout_book import rollout
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor, FakeCloud
from tests.fakes.identities import a_request
from vitals.records import CommandOutcome, GatewayReport, HostState

PAGE = "/admin/gateways/hallway"


@pytest.fixture
def admin(client_for: ClientFor, cloud: FakeCloud) -> httpx.AsyncClient:
    cloud.enrolment.enrol(cloud.enrolment.invite("hallway", by=ADMIN.id).token, a_request())
    cloud.back_office.heard["hallway"] = cloud.clock.wall_ms()
    return client_for(ADMIN)


async def test_one_that_is_well_says_so_with_its_certificate(admin: httpx.AsyncClient) -> None:
    page = (await admin.get(PAGE)).text
    assert "hallway is heard, and is well." in page
    assert "in use, or may be" in page
    assert "It has not said yet how it is." in page


async def test_what_it_reports_stands_there(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    now_ms = cloud.clock.wall_ms()
    cloud.back_office.reports["hallway"] = (
        GatewayReport(
            t_ms=now_ms,
            software="carewire 0.9",
            outbox_records=1_234,
            outbox_bytes=5_600_000,
            oldest_unsent_ms=now_ms - 3_600_000,
            uptime_s=7_200,
            clock_synced=False,
            configuration_version=4,
            host=HostState(cpu_temperature_c=81.5, throttled=True),
            counters={"link.lost": 3},
        ),
        now_ms,
    )
    cloud.quarantine.room = [Share(gateway="hallway", records=7, size_bytes=1, most_records=9, most_bytes=9)]
    page = (await admin.get(PAGE)).text
    for words in (
        "carewire 0.9",
        "1,234",
        "5.6 MB",
        "1 h ago",
        "not held by NTP",
        "81.5 °C",
        "slows down",
        "version 4",
        "link.lost",
        "7 records",
    ):
        assert words in page


async def test_one_that_fell_silent_says_for_how_long_and_what_to_do(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.back_office.heard["hallway"] -= 720_000
    page = (await admin.get(PAGE)).text
    assert "hallway has been silent for 12 min." in page
    assert "power and network" in page
    assert "silent for 12 min" in (await admin.get("/admin/gateways?show=silent")).text


async def test_what_runs_what_was_given_out_and_what_was_asked_of_it_is_listed(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    now_ms = cloud.clock.wall_ms()
    note = LedgerNote(t_ms=1, deed=Deed.MODEL_CHANGED, actor="service")
    cloud.running.note_running(
        RunningVersion(gateway="hallway", line="model beats", version="7", since_ms=now_ms), note
    )
    cloud.rollouts.kept["rollout-1"] = rollout()
    cloud.rollouts.note_progress(
        GatewayProgress(rollout_id="rollout-1", gateway="hallway", progress=Progress.REFUSED, changed_ms=1)
    )
    cloud.commands.add(asked("one", None))
    cloud.commands.add(asked("two", "p-wei"))
    cloud.commands.note_answer(
        CommandAnswer(
            gateway="hallway",
            command_id="one",
            name="identify",
            outcome=CommandOutcome.FAILED,
            detail="<b>no lamp</b>",
            t_ms=1,
            received_ms=now_ms,
        )
    )
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=1))
    page = (await admin.get(PAGE)).text
    for words in ("model beats, version 7", "Refused it", "identify", "failed", "&lt;b&gt;no lamp", "c0-01"):
        assert words in page
    assert page.count("identify") == 1  # what was asked about a patient stands with them
    assert "/admin/rollouts?first=hallway" in page
    assert 'value="hallway" selected' in (await admin.get("/admin/rollouts?first=hallway")).text


async def test_one_that_is_known_by_its_topics_alone_is_listed_and_has_a_page(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.back_office.heard["attic"] = cloud.clock.wall_ms()
    assert "known by its topics alone" in (await admin.get("/admin/gateways?find=attic")).text
    assert "attic is heard, and is well." in (await admin.get("/admin/gateways/attic")).text


async def test_of_hundreds_a_page_is_shown(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    for number in range(150):
        cloud.back_office.heard[f"home-{number:03d}"] = cloud.clock.wall_ms()
    page = (await admin.get("/admin/gateways")).text
    assert page.count('class="card gateway"') == 100
    assert "1 to 100 of 151" in page
    assert "No gateway is like that." in (await admin.get("/admin/gateways?find=cellar")).text


async def test_one_nobody_knows_is_not_there_and_nobody_else_sees_any(
    admin: httpx.AsyncClient, client_for: ClientFor
) -> None:
    assert (await admin.get("/admin/gateways/cellar")).status_code == 404
    answer = await client_for(CARER).get(PAGE)
    assert (answer.status_code, "hallway" in answer.text) == (403, False)


def asked(command_id: str, patient_id: str | None) -> IssuedCommand:
    return IssuedCommand(
        id=command_id,
        gateway="hallway",
        name="identify",
        body={},
        issued_ms=1,
        expires_ms=2,
        issued_by=ADMIN.id,
        patient_id=patient_id,
    )
