"""The page of how one is told: every way to oneself, tried and removed, and nobody else's."""

import re

import pytest

from cloud.ports import Channel
from cloud.web.notifications import CHANNEL_WORDS
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from vitals.errors import DeliveryError

HERE = {"origin": "http://127.0.0.1:8080"}
PAGE = "/me/notifications"


def a_way(cloud: FakeCloud) -> str:
    address = {"to": "lin@example.org"}
    return cloud.services.own_ways.add(CARER, Channel.EMAIL, "At home", address, detail=True).id


async def test_without_a_way_it_says_that_only_open_pages_tell(client_for: ClientFor) -> None:
    page = (await client_for(CARER).get(PAGE)).text
    assert "Alerts reach you only while a page is open." in page


async def test_every_way_is_listed_masked_and_says_whether_messages_name_anybody(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    a_way(cloud)
    page = (await client_for(CARER).get(PAGE)).text
    assert "Alerts reach you in 1 way, besides open pages." in page
    assert "At home" in page
    assert "lin@example.org" not in page
    assert "Messages say what was found, and of whom." in page


async def test_a_test_message_says_what_came_of_it(cloud: FakeCloud, client_for: ClientFor) -> None:
    way, client = a_way(cloud), client_for(CARER)
    assert "is on its way" in (await client.post(f"{PAGE}/{way}/test", headers=HERE)).text
    assert [one.person for one in cloud.email.delivered] == [CARER]
    cloud.email.error = DeliveryError("the mail server does not answer")
    assert (
        "was not taken: the mail server does not answer"
        in (await client.post(f"{PAGE}/{way}/test", headers=HERE)).text
    )


async def test_who_tries_too_often_is_told_to_wait(cloud: FakeCloud, client_for: ClientFor) -> None:
    way, client = a_way(cloud), client_for(CARER)
    answers = [await client.post(f"{PAGE}/{way}/test", headers=HERE) for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert "Wait ten minutes" in answers[-1].text


async def test_a_way_that_is_removed_is_gone(cloud: FakeCloud, client_for: ClientFor) -> None:
    way, client = a_way(cloud), client_for(CARER)
    answer = await client.post(f"{PAGE}/{way}/remove", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert cloud.contacts.contacts == {}


@pytest.mark.parametrize("deed", ["test", "remove"])
async def test_a_stranger_reaches_nobodys_way(cloud: FakeCloud, client_for: ClientFor, deed: str) -> None:
    way = a_way(cloud)
    assert (await client_for(STRANGER).post(f"{PAGE}/{way}/{deed}", headers=HERE)).status_code == 404
    assert way not in (await client_for(STRANGER).get(PAGE)).text
    assert set(cloud.contacts.contacts) == {way}
    assert cloud.email.delivered == []


async def test_this_device_is_offered_where_messages_to_browsers_are_set_up(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    page = (await client_for(CARER).get(PAGE)).text
    assert "Messages to browsers are not set up here." in page
    assert not re.search("data-push=", page)
    cloud.own_ways.ways = {Channel.WEB_PUSH: cloud.email}
    page = (await client_for(CARER).get(PAGE)).text
    assert 'data-push="BPublicKey"' in page


def test_every_channel_that_people_set_has_a_name() -> None:
    assert set(CHANNEL_WORDS) == set(Channel) - {Channel.IN_APP}
