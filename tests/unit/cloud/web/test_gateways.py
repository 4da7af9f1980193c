"""The administrator's page of gateways: what it says of each, the code it shows once, and revoking."""

import re

import httpx
import pytest

from cloud.application import application
from cloud.ports import HeardDevice
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor, FakeCloud
from tests.fakes.identities import a_key, a_request
from vitals.wire.enrolment import code_from_text

ORIGIN = {"origin": "http://127.0.0.1:8080"}


async def code_on_page(admin: httpx.AsyncClient, gateway: str = "hallway", **fields: str) -> str:
    answer = await admin.post(
        "/admin/gateways/invitations", data={"gateway": gateway, **fields}, headers=ORIGIN
    )
    assert answer.status_code == 200, answer.text
    found = re.search(r"edge enrol (carewire-[\w-]+)", answer.text)
    assert found is not None
    return found.group(1)


async def test_without_any_gateway_it_says_so_and_how_to_let_one_in(client_for: ClientFor) -> None:
    page = (await client_for(ADMIN).get("/admin/gateways")).text
    assert "No gateway has been let in yet." in page
    assert "Make a code" in page


async def test_the_code_is_shown_once_as_text_and_as_a_picture_and_lets_one_gateway_in(
    client_for: ClientFor, cloud: FakeCloud
) -> None:
    admin = client_for(ADMIN)
    code = code_from_text(await code_on_page(admin))
    page = (await admin.get("/admin/gateways")).text
    assert "Invited, not there yet" in page
    assert code.token not in page
    cloud.enrolment.enrol(code.token, a_request())
    cloud.back_office.heard["hallway"] = cloud.clock.wall_ms()
    page = (await admin.get("/admin/gateways")).text
    assert "All gateways are known and well." in page
    assert "Access ends" in page


async def test_the_picture_is_drawn_in_the_page_without_style_or_script(client_for: ClientFor) -> None:
    answer = await client_for(ADMIN).post(
        "/admin/gateways/invitations", data={"gateway": "hallway"}, headers=ORIGIN
    )
    assert "<svg" in answer.text
    assert "style=" not in answer.text
    assert "<script" not in answer.text.partition("<body>")[2]


async def test_a_gateway_may_be_kept_to_one_patient(client_for: ClientFor, cloud: FakeCloud) -> None:
    admin = client_for(ADMIN)
    await code_on_page(admin, patient="p-wei")
    assert cloud.gateway_book.standings()["hallway"].patients == {"p-wei"}
    assert "p-wei" in (await admin.get("/admin/gateways")).text


@pytest.mark.parametrize(
    "fields",
    [{"gateway": "A B"}, {"gateway": "x"}, {"gateway": "ingest"}, {"gateway": "hallway", "patient": "x"}],
)
async def test_what_cannot_be_is_told_and_makes_no_code(
    client_for: ClientFor, cloud: FakeCloud, fields: dict[str, str]
) -> None:
    answer = await client_for(ADMIN).post("/admin/gateways/invitations", data=fields, headers=ORIGIN)
    assert answer.status_code == 422
    assert cloud.gateway_book.invited == {}


async def test_revoking_is_asked_once_more_and_then_done(client_for: ClientFor, cloud: FakeCloud) -> None:
    admin = client_for(ADMIN)
    cloud.enrolment.enrol(code_from_text(await code_on_page(admin)).token, a_request(a_key("hallway")))
    assert "nobody is watched through it" in (await admin.get("/admin/gateways/hallway/revocation")).text
    assert cloud.gateway_book.standings()["hallway"].revoked_ms is None
    answer = await admin.post("/admin/gateways/hallway/revocation", headers=ORIGIN, data={"sure": "yes"})
    assert answer.headers["location"] == "/admin/gateways"
    assert cloud.gateway_book.standings()["hallway"].revoked_ms is not None
    assert "Revoked" in (await admin.get("/admin/gateways")).text


async def test_what_an_administrator_must_do_stands_beside_the_gateway(
    client_for: ClientFor, cloud: FakeCloud
) -> None:
    admin = client_for(ADMIN)
    code = code_from_text(await code_on_page(admin))
    cloud.enrolment.enrol(code.token, a_request())
    cloud.gateway_book.note_twins("hallway", cloud.clock.wall_ms())
    page = (await admin.get("/admin/gateways")).text
    assert "1 of 1 gateways needs you." in page
    assert "was its card copied?" in page


async def test_without_an_authority_the_page_says_how_to_make_one() -> None:
    bare = FakeCloud(authority=None)
    transport = httpx.ASGITransport(application(bare.services))
    headers = {"authorization": f"Bearer {bare.token(ADMIN)}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8080", headers=headers
    ) as admin:
        assert "carewire cloud authority init" in (await admin.get("/admin/gateways")).text


async def test_it_is_for_administrators_alone(client_for: ClientFor, cloud: FakeCloud) -> None:
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=1))
    answer = await client_for(CARER).get("/admin/gateways")
    assert answer.status_code == 403
    assert "hallway" not in answer.text
