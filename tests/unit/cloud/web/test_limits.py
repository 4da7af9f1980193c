"""A patient's limits: tried before they are set, set with a reason, taken back by a further change."""

import re
from html import unescape

import pytest

from cloud.ports import Person, Priority
from tests.fakes.cloud_services import CARER, DOCTOR, STRANGER, ClientFor, FakeCloud
from tests.fakes.rehearsal import TOO_MUCH
from tests.fakes.rule_book import change_of

LIST = "/patients/p-wei/limits"
ADDRESS = f"{LIST}/tachycardia"
SET = {"limit": "140", "clear_s": "30", "priority": "medium", "reason": "as agreed"}


async def the_page(client_for: ClientFor, address: str, person: Person = DOCTOR) -> str:
    answer = await client_for(person).get(address)
    assert answer.status_code == 200
    return unescape(answer.text)


def value_of(page: str, name: str) -> str:
    (found,) = re.findall(rf'<input name="{name}"[^>]*value="([^"]*)"', page)
    return found


async def test_each_limit_is_said_in_a_sentence_and_what_was_set_stands_first(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    assert "The limits of Wei are as for everybody." in await the_page(client_for, LIST)
    cloud.rule_book.changes = [change_of("tachycardia", limit=140, hold_s=120)]
    page = await the_page(client_for, LIST)
    assert "1 limit is set for Wei otherwise than for everybody." in page
    assert "140 /min or more, for 2 min" in page
    assert "Limit: 140 · Must last before it is told: 120" in page
    assert "as agreed" in page


async def test_who_may_see_alerts_reads_the_limits_and_only_who_treats_is_led_to_change_them(
    client_for: ClientFor,
) -> None:
    assert ADDRESS in await the_page(client_for, LIST)
    assert ADDRESS not in await the_page(client_for, LIST, CARER)
    assert (await client_for(CARER).get(ADDRESS)).status_code == 403


async def test_what_is_tried_stands_beside_what_is_so_and_nothing_is_changed(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.rule_book.changes = [change_of("tachycardia", limit=140)]
    tried = await client_for(DOCTOR).post(ADDRESS, data=SET | {"limit": "120", "try": "1"})
    assert tried.status_code == 303
    page = await the_page(client_for, tried.headers["location"])
    assert "With this limit the last 14 days would have alerted 2 times instead of 2." in page
    assert (value_of(page, "limit"), value_of(page, "clear_at")) == ("120", "")
    assert value_of(page, "reason") == "as agreed"
    assert [rules.rows["tachycardia"].limit for _, rules in cloud.rehearsal.asked] == [120.0, 140.0]
    assert len(cloud.rule_book.changes) == 1


async def test_as_for_everybody_is_tried_too(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.rule_book.changes = [change_of("tachycardia", limit=140)]
    await the_page(client_for, f"{ADDRESS}?limit=131&hold_s=60")
    assert [rules.rows["tachycardia"].limit for _, rules in cloud.rehearsal.asked] == [131.0, 140.0]


async def test_a_limit_is_set_with_its_reason_and_can_be_taken_back_at_once(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(DOCTOR)
    answer = await client.post(ADDRESS, data=SET)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?done=1")
    (made,) = cloud.rule_book.changes
    assert (made.rule, made.changes, made.reason, made.author_id) == (
        "tachycardia",
        {"limit": 140},
        "as agreed",
        DOCTOR.id,
    )
    page = await the_page(client_for, answer.headers["location"])
    assert "The limit is set." in page
    assert f'action="{ADDRESS}/undo"' in page
    undone = await client.post(f"{ADDRESS}/undo", data={"number": "1", "reason": "too far"})
    assert undone.status_code == 303
    assert (cloud.rule_book.changes[1].changes, cloud.rule_book.changes[1].reason) == ({}, "too far")


async def test_taking_back_sets_what_stood_before(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.rule_book.changes = [change_of("tachycardia", limit=140), change_of("tachycardia", 2, limit=150)]
    await client_for(DOCTOR).post(f"{ADDRESS}/undo", data={"number": "2", "reason": "too far"})
    assert cloud.rule_book.changes[2].changes == {"limit": 140}


async def test_what_was_changed_again_meanwhile_is_not_taken_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.rule_book.changes = [change_of("tachycardia", limit=140), change_of("tachycardia", 2, limit=150)]
    client = client_for(DOCTOR)
    answer = await client.post(f"{ADDRESS}/undo", data={"number": "1", "reason": "too far"})
    assert answer.status_code == 409
    assert "changed again meanwhile" in answer.text
    never = await client.post(f"{LIST}/bradycardia/undo", data={"number": "1", "reason": "too far"})
    assert never.status_code == 409
    assert len(cloud.rule_book.changes) == 2


async def test_taking_back_without_a_reason_changes_nothing(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.rule_book.changes = [change_of("tachycardia", limit=140)]
    answer = await client_for(DOCTOR).post(f"{ADDRESS}/undo", data={"number": "1"})
    assert answer.status_code == 422
    assert "say why" in answer.text
    assert len(cloud.rule_book.changes) == 1


async def test_a_limit_that_alarms_most_of_the_time_is_set_once_it_is_confirmed(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.rehearsal.report = TOO_MUCH
    client = client_for(DOCTOR)
    answer = await client.post(ADDRESS, data=SET)
    assert answer.status_code == 409
    assert 'name="confirm"' in answer.text
    assert value_of(unescape(answer.text), "limit") == "140"
    assert "It would have been an alert for most of the time in which this was measured." in answer.text
    assert cloud.rule_book.changes == []
    assert (await client.post(ADDRESS, data=SET | {"confirm": "on"})).status_code == 303
    assert len(cloud.rule_book.changes) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"limit": "fast"}, "give a number"),
        ({"limit": "900"}, "is outside what"),
        ({"hold_s": "-1"}, "whole seconds"),
        ({"reason": " "}, "say why"),
        ({"priority": "deafening"}, "choose one of"),
    ],
)
async def test_what_nobody_can_be_judged_by_is_refused_and_stays_in_the_form(
    cloud: FakeCloud, client_for: ClientFor, wrong: dict[str, str], why: str
) -> None:
    answer = await client_for(DOCTOR).post(ADDRESS, data=SET | wrong)
    assert answer.status_code == 422
    assert why in unescape(answer.text)
    assert cloud.rule_book.changes == []
    if "reason" not in wrong:
        (name, value), *_ = wrong.items()
        tried = await the_page(client_for, f"{ADDRESS}?{name}={value}")
        assert why in tried


async def test_what_may_be_switched_off_is_by_its_box_alone(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(DOCTOR)
    await client.post(ADDRESS, data={"is_off": "on", "limit": "131", "reason": "known"})
    assert cloud.rule_book.changes[0].changes == {"is_off": True}
    page = await the_page(client_for, ADDRESS)
    assert "It is not watched for." in page
    await client.post(ADDRESS, data={"limit": "131", "priority": "high", "reason": "watch it again"})
    assert cloud.rule_book.changes[1].changes == {"priority": Priority.HIGH.value}


async def test_a_limit_of_the_patients_own_stays_one_of_its_kind(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    own = {"kind": "glucose", "limit": 180, "clear_at": 170, "hold_s": 7_200, "clear_s": 60}
    cloud.rule_book.changes = [change_of("own-above-glucose", **own)]
    form = {"limit": "200", "clear_at": "170", "hold_s": "7200", "clear_s": "60", "reason": "as agreed"}
    answer = await client_for(DOCTOR).post(f"{LIST}/own-above-glucose", data=form)
    assert answer.status_code == 303
    assert cloud.rule_book.changes[1].changes == own | {"limit": 200}
    assert "Blood sugar above the limit set" in await the_page(client_for, LIST)


async def test_a_limit_there_is_not_is_none(client_for: ClientFor) -> None:
    assert (await client_for(DOCTOR).get(f"{LIST}/no-such-limit")).status_code == 404


async def test_a_stranger_gets_nothing_and_changes_nothing(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(STRANGER)
    for answer in (
        await client.get(LIST),
        await client.get(ADDRESS),
        await client.post(ADDRESS, data=SET),
        await client.post(f"{ADDRESS}/undo", data={"number": "1", "reason": "x"}),
    ):
        assert answer.status_code == 404
        assert "Wei" not in answer.text
    assert cloud.rule_book.changes == []


async def test_a_reason_is_text_and_nothing_else(client_for: ClientFor) -> None:
    attack = "<script>alert(1)</script>"
    await client_for(DOCTOR).post(ADDRESS, data=SET | {"reason": attack})
    for address in (LIST, ADDRESS, f"{ADDRESS}?limit=120&reason=%3Cscript%3Ealert(1)%3C/script%3E"):
        text = (await client_for(DOCTOR).get(address)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
