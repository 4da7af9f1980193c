"""Gateways are let in over HTTP by a code; administrators make it, see how they stand, and take it back."""

import httpx
import msgspec
import pytest
from cryptography import x509

from cloud.application import application
from tests.fakes.cloud_services import ADMIN, ClientFor, FakeCloud
from tests.fakes.identities import a_key, a_renewal, a_request, an_authority
from vitals.wire.enrolment import (
    AUTHORITY_PATH,
    ENROLMENT_PATH,
    RENEWAL_PATH,
    Enrolled,
    code_from_text,
)

INVITATIONS = "/api/v1/gateways/hallway/invitations"
IDENTITIES = "/api/v1/gateway-identities"


async def code_of(client: httpx.AsyncClient, **asked) -> str:
    answer = await client.post(INVITATIONS, json=asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["code"])


async def enrol(client: httpx.AsyncClient, token: str, csr: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await client.post(ENROLMENT_PATH, json={"csr": csr}, headers=headers)


def enrolled(answer: httpx.Response) -> Enrolled:
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Enrolled)


async def test_the_code_an_administrator_makes_lets_one_gateway_in(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    code = code_from_text(await code_of(client_for(ADMIN)))
    assert code.url == cloud.public_url
    assert code.authority == an_authority().fingerprint
    given = enrolled(await enrol(client_for(None), code.token, a_request(common="garden")))
    made = x509.load_pem_x509_certificate(given.certificate.encode())
    assert made.subject.rfc4514_string() == "CN=hallway"
    assert (given.broker_host, given.broker_port) == ("127.0.0.1", 8883)


async def test_the_authority_shows_its_certificate_to_anybody(client_for: ClientFor) -> None:
    answer = await client_for(None).get(AUTHORITY_PATH)
    assert answer.text == an_authority().pem


async def test_a_code_used_twice_is_refused_and_administrators_see_that_it_was(
    client_for: ClientFor,
) -> None:
    admin, gateway = client_for(ADMIN), client_for(None)
    token = code_from_text(await code_of(admin)).token
    enrolled(await enrol(gateway, token, a_request()))
    again = await enrol(gateway, token, a_request(a_key("thief")))
    assert again.status_code == 401
    (seen,) = (await admin.get(IDENTITIES)).json()["identities"]
    assert seen["code_tried_again"] is not None


async def test_a_gateway_renews_with_its_token_and_the_key_in_use(client_for: ClientFor) -> None:
    gateway = client_for(None)
    token = code_from_text(await code_of(client_for(ADMIN))).token
    given = enrolled(await enrol(gateway, token, a_request()))
    serial = f"{x509.load_pem_x509_certificate(given.certificate.encode()).serial_number:x}"
    body = msgspec.to_builtins(a_renewal(serial))
    headers = {"authorization": f"Bearer {given.token}"}
    renewed = enrolled(await gateway.post(RENEWAL_PATH, json=body, headers=headers))
    assert renewed.certificate != given.certificate
    forged = msgspec.to_builtins(a_renewal(serial, by=a_key("thief"), to=a_key("thief")))
    assert (await gateway.post(RENEWAL_PATH, json=forged, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 2_000, 422),
        (b"{}", 422),
        (b'{"csr": 1}', 422),
        (b'{"csr": "torn"}', 422),
        (b'{"csr": "x", "subject": "garden"}', 422),
        (b'{"csr": "%s"}' % (b"x" * 5_000), 422),
        (b'{"csr": "%s"}' % (b"x" * 20_000), 413),
    ],
)
async def test_what_is_no_request_is_told_and_leaves_the_code_good(
    client_for: ClientFor, body: bytes, status: int
) -> None:
    gateway = client_for(None)
    token = code_from_text(await code_of(client_for(ADMIN))).token
    headers = {"authorization": f"Bearer {token}"}
    assert (await gateway.post(ENROLMENT_PATH, content=body, headers=headers)).status_code == status
    enrolled(await enrol(gateway, token, a_request()))


async def test_a_revoked_gateway_is_refused_at_its_next_request(client_for: ClientFor) -> None:
    admin, gateway = client_for(ADMIN), client_for(None)
    token = code_from_text(await code_of(admin)).token
    given = enrolled(await enrol(gateway, token, a_request()))
    headers = {"authorization": f"Bearer {given.token}"}
    assert (await gateway.get("/api/v1/ingest/commands", headers=headers)).status_code == 200
    answer = await admin.post("/api/v1/gateways/hallway/revocation")
    assert answer.json() == {"gateway": "hallway", "revoked": 2}
    assert (await gateway.get("/api/v1/ingest/commands", headers=headers)).status_code == 401
    (seen,) = (await admin.get(IDENTITIES)).json()["identities"]
    assert seen["revoked"] is not None


async def test_for_whom_a_gateway_speaks_is_said_with_the_code_or_later(client_for: ClientFor) -> None:
    admin = client_for(ADMIN)
    await code_of(admin, speaks_for=["p-wei"])
    (seen,) = (await admin.get(IDENTITIES)).json()["identities"]
    assert seen["speaks_for"] == ["p-wei"]
    await admin.put("/api/v1/gateways/hallway/speaks-for", json={"patients": None})
    (seen,) = (await admin.get(IDENTITIES)).json()["identities"]
    assert seen["speaks_for"] is None


async def test_a_patient_that_is_none_is_told_and_nothing_changed(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    answer = await client_for(ADMIN).post(INVITATIONS, json={"speaks_for": ["p-nobody"]})
    assert answer.status_code == 422
    assert cloud.gateway_book.invited == {}


@pytest.mark.parametrize("gateway", ["ingest", "broker"])
async def test_no_code_is_made_for_a_name_with_rights_of_its_own(client_for: ClientFor, gateway: str) -> None:
    answer = await client_for(ADMIN).post(f"/api/v1/gateways/{gateway}/invitations", json={})
    assert answer.status_code == 422
    assert "choose another id" in answer.json()["detail"]


@pytest.mark.parametrize("gateway", ["a%2Fb", "%23", "%2B", "HALLWAY", "x" * 41, "h%00y"])
async def test_no_code_is_made_for_what_is_no_gateways_name(client_for: ClientFor, gateway: str) -> None:
    answer = await client_for(ADMIN).post(f"/api/v1/gateways/{gateway}/invitations", json={})
    assert answer.status_code in {404, 422}


async def test_without_an_authority_it_is_said_how_to_get_one() -> None:
    bare = FakeCloud(authority=None)
    transport = httpx.ASGITransport(application(bare.services))
    headers = {"authorization": f"Bearer {bare.token(ADMIN)}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8080", headers=headers
    ) as admin:
        answer = await admin.post(INVITATIONS, json={})
    assert answer.status_code == 409
    assert "carewire cloud authority init" in answer.json()["detail"]


async def test_whose_token_was_made_up_is_told_no_more_than_whose_has_ended(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    gateway = client_for(None)
    token = code_from_text(await code_of(client_for(ADMIN))).token
    cloud.clock.advance(25 * 3600)
    said = [(await enrol(gateway, each, a_request())).text for each in (token, "made-up")]
    assert said[0] == said[1]
