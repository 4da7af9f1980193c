"""The ways to a person are theirs alone: set, tried and removed by them, and never shown whole."""

from typing import Any

import httpx
import pytest

from cloud.care.message_notices import NEW_MESSAGE
from cloud.notifiers.own_ways import MOST_WAYS
from cloud.ports import Channel, ContactPoint
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from vitals.errors import ContactGoneError, DeliveryError

PATH = "/api/v1/me/contacts"
MAIL = {"channel": "email", "label": "at home", "address": {"to": "lin@example.org"}}
HOOK = {
    "channel": "webhook",
    "label": "assistant",
    "address": {"url": "https://home.example.org/secret-path"},
}


async def add(client: httpx.AsyncClient, body: dict[str, Any] = MAIL) -> dict[str, Any]:
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 201
    added: dict[str, Any] = answer.json()
    return added


async def listed(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(PATH)).json()["contacts"]
    return found


async def test_a_way_that_was_added_is_listed_with_its_address_masked(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(CARER)
    added = await add(client)
    answer = await client.get(PATH)
    assert "lin@example.org" not in answer.text
    assert answer.json() == {
        "contacts": [
            {
                "id": added["id"],
                "channel": "email",
                "label": "at home",
                "address": "l…",
                "detail": False,
                "added": "2023-11-14T22:13:20.000Z",
            }
        ],
        "channels": ["email", "webhook"],
    }
    assert cloud.contacts.contacts[added["id"]].address == {"to": "lin@example.org", "detail": False}


async def test_the_secret_of_a_webhook_is_shown_once(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(CARER)
    secret = (await add(client, HOOK))["secret"]
    assert len(secret) == 64
    assert secret not in (await client.get(PATH)).text
    (kept,) = cloud.contacts.contacts.values()
    assert kept.address["secret"] == secret


async def test_who_wants_messages_to_say_more_says_so_of_each_way(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(CARER)
    added = await add(client, MAIL | {"detail": True})
    assert cloud.contacts.contacts[added["id"]].address["detail"] is True
    assert [one["detail"] for one in await listed(client)] == [True]


async def test_the_same_address_is_one_way_and_a_webhooks_secret_is_changed_so(client_for: ClientFor) -> None:
    client = client_for(CARER)
    first, second = await add(client, HOOK), await add(client, HOOK | {"label": "the same"})
    assert first["id"] == second["id"]
    assert first["secret"] != second["secret"]
    assert [one["label"] for one in await listed(client)] == ["the same"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (MAIL | {"address": {"to": "nobody"}}, "no address"),
        (MAIL | {"address": {}}, "has no to"),
        (MAIL | {"channel": "apprise"}, "not set up here"),
        (MAIL | {"channel": "in-app"}, "not set up here"),
        (MAIL | {"channel": "pigeon"}, "some fields are wrong"),
        (MAIL | {"label": ""}, "some fields are wrong"),
        (MAIL | {"address": {"to": "x" * 3_000}}, "some fields are wrong"),
        (MAIL | {"address": {str(number): "x" for number in range(5)}}, "some fields are wrong"),
    ],
)
async def test_what_is_no_way_is_refused_with_what_to_do(
    cloud: FakeCloud, client_for: ClientFor, body: dict[str, Any], why: str
) -> None:
    answer = await client_for(CARER).post(PATH, json=body)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]
    assert cloud.contacts.contacts == {}


async def test_nobody_has_more_ways_than_can_be_looked_over(client_for: ClientFor) -> None:
    client = client_for(CARER)
    for number in range(MOST_WAYS):
        await add(client, MAIL | {"address": {"to": f"lin{number}@example.org"}})
    answer = await client.post(PATH, json=MAIL)
    assert (answer.status_code, "remove one first" in answer.json()["detail"]) == (429, True)
    assert (await client.post(PATH, json=MAIL | {"address": {"to": "lin0@example.org"}})).status_code == 201


async def test_a_way_is_removed(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(CARER)
    added = await add(client)
    assert (await client.delete(f"{PATH}/{added['id']}")).status_code == 204
    assert (await client.delete(f"{PATH}/{added['id']}")).status_code == 404
    assert await listed(client) == []
    assert cloud.contacts.removed == {added["id"]: "removed by its owner"}


class TestTrying:
    async def test_a_test_message_is_sent_and_its_receipt_told(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        client = client_for(CARER)
        path = f"{PATH}/{(await add(client))['id']}/test"
        for _ in range(2):
            assert (await client.post(path)).json() == {"taken": True, "receipt": "250 queued", "error": None}
        first, second = cloud.email.delivered
        assert first.key != second.key
        assert "This is a test" in first.words.body
        assert first.alert.patient_id == ""

    async def test_what_went_wrong_is_told(self, cloud: FakeCloud, client_for: ClientFor) -> None:
        client = client_for(CARER)
        added = await add(client)
        cloud.email.error = DeliveryError("the mail server did not answer in time")
        said = (await client.post(f"{PATH}/{added['id']}/test")).json()
        assert said == {"taken": False, "receipt": None, "error": "the mail server did not answer in time"}
        assert len(await listed(client)) == 1

    async def test_a_way_that_is_gone_is_removed(self, cloud: FakeCloud, client_for: ClientFor) -> None:
        client = client_for(CARER)
        added = await add(client)
        cloud.email.error = ContactGoneError("the browser has unsubscribed")
        await client.post(f"{PATH}/{added['id']}/test")
        assert await listed(client) == []

    async def test_of_a_channel_that_is_set_up_no_more_that_is_said(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        way = ContactPoint(
            id="c1", person_id=CARER.id, channel=Channel.APPRISE, address={"url": "x"}, label="x", added_ms=0
        )
        cloud.contacts.add(way)
        client = client_for(CARER)
        assert (await client.post(f"{PATH}/c1/test")).json()["error"] == "apprise is not set up here"
        assert [one["address"] for one in await listed(client)] == [""]

    async def test_nobody_floods_a_mailbox(self, cloud: FakeCloud, client_for: ClientFor) -> None:
        client = client_for(CARER)
        path = f"{PATH}/{(await add(client))['id']}/test"
        assert [(await client.post(path)).status_code for _ in range(6)] == [200] * 5 + [429]
        assert len(cloud.email.delivered) == 5
        assert isinstance(cloud.clock, FakeClock)
        cloud.clock.advance(600)
        assert (await client.post(path)).status_code == 200


async def test_ways_of_others_do_not_exist(cloud: FakeCloud, client_for: ClientFor) -> None:
    added = await add(client_for(CARER))
    stranger = client_for(STRANGER)
    assert await listed(stranger) == []
    for method, path in (("DELETE", f"{PATH}/{added['id']}"), ("POST", f"{PATH}/{added['id']}/test")):
        real = await stranger.request(method, path)
        imagined = await stranger.request(method, path.replace(added["id"], "nothing"))
        assert (real.status_code, real.text) == (404, imagined.text)
    assert cloud.email.delivered == []
    assert cloud.contacts.contacts.keys() == {added["id"]}


async def test_the_same_address_of_two_people_is_two_ways(cloud: FakeCloud, client_for: ClientFor) -> None:
    for person in (CARER, STRANGER):
        await add(client_for(person))
    assert {one.person_id for one in cloud.contacts.contacts.values()} == {CARER.id, STRANGER.id}
    assert len(cloud.contacts.contacts) == 2


async def test_a_browser_is_told_the_key_to_subscribe_with(client_for: ClientFor) -> None:
    assert (await client_for(CARER).get("/api/v1/me/web-push-key")).json() == {"key": "BPublicKey"}


async def test_somebody_is_told_by_every_way_but_those_left_out_with_the_page_that_says_more(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for way in (MAIL, HOOK):
        await add(client_for(CARER), way)
    said = cloud.own_ways.say(CARER.id, NEW_MESSAGE, path="/patients/p-wei/messages", without={Channel.EMAIL})
    assert (said, cloud.email.delivered) == (1, [])
    (told,) = cloud.webhook.delivered
    assert (told.words, told.url) == (NEW_MESSAGE, f"{cloud.public_url}/patients/p-wei/messages")
