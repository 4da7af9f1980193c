"""Where administrators begin: one sentence of what is broken, the worst first, and the way to each thing."""

import httpx
import pytest
from msgspec.structs import replace

from cloud.attention import SAID
from cloud.ports import GatewayProgress, Progress, Role, Share, UnboundDevice
from cloud.web.administration import findings, gateway
from tests.contracts.records import gateway_report
from tests.contracts.rollout_book import rollout
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor, FakeCloud
from vitals.errors import StorageError

MINUTE_MS = 60_000


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for(ADMIN)


def headline(page: str) -> str:
    return page.partition("<h1")[2].partition("</h1>")[0]


async def test_where_all_is_well_it_says_so(admin: httpx.AsyncClient) -> None:
    assert "Everything runs, and nothing waits for you." in headline((await admin.get("/admin")).text)


async def test_one_silent_gateway_is_said_with_how_long_and_leads_to_it(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.back_office.heard["hallway"] = cloud.clock.wall_ms() - 12 * MINUTE_MS
    page = (await admin.get("/admin")).text
    assert "1 gateway silent for 12 min." in headline(page)
    assert 'href="/admin/gateways/hallway"' in page
    cloud.enrolment.revoke("hallway", by=ADMIN.id)
    assert "silent" not in (await admin.get("/admin")).text


async def test_the_worst_is_said_first_and_everything_else_is_below(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    now_ms = cloud.clock.wall_ms()
    cloud.troubles = ("backup: there is none",)
    cloud.back_office.heard |= {"hallway": now_ms - 3 * MINUTE_MS, "attic": now_ms - 9 * MINUTE_MS}
    cloud.quarantine.room = [Share(gateway="hallway", records=7, size_bytes=1, most_records=9, most_bytes=9)]
    cloud.back_office.unbound.append(
        UnboundDevice(device="c0-09", gateway="hallway", records=1, first_received_ms=1, last_received_ms=1)
    )
    cloud.rollouts.kept["rollout-1"] = rollout()
    cloud.rollouts.note_progress(
        GatewayProgress(rollout_id="rollout-1", gateway="attic", progress=Progress.REFUSED, changed_ms=1)
    )
    cloud.entrance.invitations.invite("Grandma", Role.CAREGIVER, ADMIN)
    page = (await admin.get("/admin")).text
    assert "1 part of the service is not well." in headline(page)
    for words in (
        "5 things need you",
        "2 gateways silent, the longest for 9 min.",
        "7 records are set aside.",
        "1 device measures, and nobody is said to wear it.",
        "1 roll-out does not go well everywhere.",
        "1 person was invited and has not come yet.",
    ):
        assert words in page


async def test_what_a_gateway_says_of_itself_is_said_and_leads_to_what_to_do(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    now_ms = cloud.clock.wall_ms()
    cloud.back_office.heard["hallway"] = now_ms
    cloud.back_office.reports["hallway"] = (
        replace(gateway_report(now_ms), counters={"alarm.ledger-changed": 1, "alarm.trust-damaged": 1}),
        now_ms,
    )
    page = (await admin.get("/admin")).text
    assert "hallway says that the ledger is not what it was." in page
    assert "hallway no longer knows whom to take settings and models from." in page
    page = (await admin.get("/admin/gateways/hallway")).text
    assert "hallway is heard, and needs you." in page
    assert "carewire ledger verify --head" in page
    assert "see its disk" in page


async def test_a_store_that_does_not_answer_is_itself_what_is_broken(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: FakeBackOffice) -> None:
        raise StorageError("the store is away")

    monkeypatch.setattr(FakeBackOffice, "heard_gateways", away)
    page = await admin.get("/admin")
    assert page.status_code == 200
    assert "cannot be looked at: its store does not answer." in headline(page.text)


async def test_who_only_administers_begins_there_and_nobody_else_gets_in(client_for: ClientFor) -> None:
    assert (await client_for(ADMIN).get("/")).headers["location"] == "/admin"
    assert (await client_for(CARER).get("/admin")).status_code == 403


def test_whatever_a_gateway_says_by_a_counter_has_words_on_every_page() -> None:
    assert findings.ALARMS.keys() == gateway.ALARMS.keys() == SAID.keys()
