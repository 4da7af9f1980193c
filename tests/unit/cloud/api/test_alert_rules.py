"""A patient's rules through the API: read by who sees them, changed by who treats them, with a reason."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from cloud.alerts.rules.catalogue import RULES
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import CARER, DOCTOR, ClientFor, FakeCloud
from tests.fakes.rehearsal import TOO_MUCH
from tests.fakes.rule_book import change_of

RULES_OF_WEI = "/api/v1/patients/p-wei/alert-rules"
TACHYCARDIA = f"{RULES_OF_WEI}/tachycardia"
REASON = "athlete, as agreed on the ward round"


@pytest.fixture
def doctor(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for(DOCTOR)


async def put(client: httpx.AsyncClient, path: str = TACHYCARDIA, **body: Any) -> httpx.Response:
    return await client.put(path, json={"reason": REASON} | body)


async def row(client: httpx.AsyncClient, key: str = "tachycardia") -> dict[str, Any]:
    rules = (await client.get(RULES_OF_WEI)).json()["rules"]
    (found,) = (one for one in rules if one["key"] == key)
    return dict(found)


def value(shown: dict[str, Any], name: str) -> tuple[object, object]:
    (field,) = (one for one in shown["fields"] if one["name"] == name)
    return field["value"], field["default"]


async def test_every_rule_is_shown_with_what_can_be_set_of_it(client_for: ClientFor) -> None:
    told = (await client_for(CARER).get(RULES_OF_WEI)).json()
    assert [one["key"] for one in told["rules"]] == list(RULES)
    assert (told["history"], told["omitted"]) == ([], False)
    shown = await row(client_for(CARER))
    assert shown["source"].startswith("NEWS2 (RCP 2017)")
    assert (shown["kind"], shown["direction"], shown["floor"], shown["is_off"]) == (
        "heart_rate",
        "above",
        None,
        False,
    )
    assert shown["fields"][0] == {
        "name": "limit",
        "says": "the value at which it begins",
        "unit": "/min",
        "value": 131.0,
        "default": 131.0,
        "least": 20.0,
        "most": 300.0,
    }
    assert shown["fields"][2] == {
        "name": "hold_s",
        "says": "how long it must last to be told",
        "unit": "s",
        "value": 60.0,
        "default": 60.0,
        "least": 0.0,
        "most": 86_400.0,
    }
    assert (await row(client_for(CARER), "asystole"))["floor"] == "high"


async def test_a_change_is_told_as_it_was_made_and_stands_with_who_made_it_and_why(
    doctor: httpx.AsyncClient, client_for: ClientFor
) -> None:
    told = (await put(doctor, changes={"limit": 150, "priority": "low"}, until="2023-12-01T00:00:00Z")).json()
    change = {
        "number": 1,
        "rule": "tachycardia",
        "changes": {"limit": 150, "priority": "low"},
        "from": "2023-11-14T22:13:20.000Z",
        "until": "2023-12-01T00:00:00.000Z",
        "by": "Mei",
        "reason": REASON,
        "made": "2023-11-14T22:13:20.000Z",
    }
    assert told == {
        "change": change,
        "rehearsal": {"days": 14.0, "alerts": 2, "share": 0.01},
        "warnings": [],
    }
    shown = await row(client_for(CARER))
    assert shown["changed"] == change
    assert [value(shown, name) for name in ("limit", "clear_at", "priority", "hold_s")] == [
        (150.0, 131.0),
        (139.0, 120.0),
        ("low", "medium"),
        (60.0, 60.0),
    ]


async def test_history_is_told_newest_first_and_says_what_it_leaves_out(doctor: httpx.AsyncClient) -> None:
    for limit in (140, 150, 160):
        await put(doctor, changes={"limit": limit})
    told = (await doctor.get(RULES_OF_WEI, params={"limit": 2})).json()
    assert [one["number"] for one in told["history"]] == [3, 2]
    assert told["omitted"]


async def test_taking_back_leaves_the_rule_as_it_ships_and_the_history_whole(
    doctor: httpx.AsyncClient,
) -> None:
    await put(doctor, changes={"is_off": True})
    assert (await row(doctor))["is_off"]
    answer = await doctor.delete(TACHYCARDIA, params={"reason": "training is over"})
    assert (answer.status_code, answer.json()["change"]["changes"]) == (200, {})
    shown = await row(doctor)
    assert (shown["is_off"], value(shown, "limit"), shown["changed"]["reason"]) == (
        False,
        (131.0, 131.0),
        "training is over",
    )
    assert len((await doctor.get(RULES_OF_WEI)).json()["history"]) == 2


async def test_a_patient_can_have_a_limit_of_their_own_until_it_is_taken_back(
    doctor: httpx.AsyncClient,
) -> None:
    path = f"{RULES_OF_WEI}/own-above-glucose-180"
    own = {"kind": "glucose", "limit": 180, "clear_at": 170, "hold_s": 7_200, "clear_s": 900}
    assert (await put(doctor, path, changes=own)).status_code == 200
    shown = await row(doctor, "own-above-glucose-180")
    assert (shown["display"], value(shown, "limit")) == ("Glucose above a limit of their own", (180.0, None))
    await doctor.delete(path, params={"reason": "no longer needed"})
    assert "own-above-glucose-180" not in (await doctor.get(RULES_OF_WEI)).text.partition('"history"')[0]


async def test_every_fault_of_a_change_is_told_and_nothing_is_changed(
    cloud: FakeCloud, doctor: httpx.AsyncClient
) -> None:
    answer = await put(doctor, changes={"limit": "150 /min", "hold_s": -5}, reason=" ")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each.partition(":")[0] for each in answer.json()["errors"]] == ["reason", "limit", "hold_s"]
    assert cloud.rule_book.changes == []


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (f"{RULES_OF_WEI}/asystole", {"changes": {"is_off": True}}, "may not be switched off"),
        (f"{RULES_OF_WEI}/no-such-rule", {"changes": {"limit": 1}}, "there is no rule"),
        (TACHYCARDIA, {"changes": {}}, "changes"),
        (TACHYCARDIA, {"changes": {"limit": 140}, "from": "tomorrow"}, "'from' is no time"),
        (TACHYCARDIA, {"changes": {"limit": 140}, "from": "2023-11-14T22:13:19Z"}, "that has been"),
        (TACHYCARDIA, {"changes": {"limit": 140}, "until": "2023-11-14T22:13:20Z"}, "to come"),
        (f"{RULES_OF_WEI}/Not_A_Key", {"changes": {"limit": 140}}, "rule"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    cloud: FakeCloud, doctor: httpx.AsyncClient, path: str, body: dict[str, Any], says: str
) -> None:
    answer = await put(doctor, path, **body)
    assert answer.status_code == 422
    assert says in answer.text
    assert cloud.rule_book.changes == []


async def test_what_would_alarm_for_most_of_the_time_wants_to_be_confirmed(
    cloud: FakeCloud, doctor: httpx.AsyncClient
) -> None:
    cloud.rehearsal.report = TOO_MUCH
    refused = await put(doctor, changes={"limit": 60})
    assert (refused.status_code, refused.json()["errors"]) == (409, ["confirm"])
    assert "62 %" in refused.json()["detail"]
    assert cloud.rule_book.changes == []
    taken = await put(doctor, changes={"limit": 60}, confirm=True)
    assert (taken.status_code, taken.json()["warnings"]) == (200, list(TOO_MUCH.cautions))
    assert taken.json()["rehearsal"]["share"] == 0.62


async def test_a_change_can_be_tried_without_being_made(cloud: FakeCloud, doctor: httpx.AsyncClient) -> None:
    cloud.rehearsal.report = TOO_MUCH
    answer = await doctor.put(
        TACHYCARDIA, json={"changes": {"limit": 60}, "reason": REASON}, params={"rehearse": True}
    )
    assert (answer.status_code, answer.json()["change"]["number"]) == (200, 0)
    assert answer.json()["warnings"] == list(TOO_MUCH.cautions)
    assert cloud.rule_book.changes == []


async def test_where_others_never_rest_it_is_to_be_tried_again(
    cloud: FakeCloud, doctor: httpx.AsyncClient
) -> None:
    cloud.rule_book.meanwhile = [change_of("fall", priority="medium")] * 50
    assert (await put(doctor, changes={"limit": 140})).status_code == 409


async def test_an_author_who_is_gone_is_told_by_their_id(cloud: FakeCloud, client_for: ClientFor) -> None:
    made = replace(change_of("tachycardia", limit=140), author_id="u-gone", made_ms=NOW_MS)
    cloud.rule_book.add(made)
    assert (await row(client_for(CARER)))["changed"]["by"] == "u-gone"


async def test_a_change_that_cannot_be_made_is_told_with_why(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.rule_book.add(change_of("tachycardia", hold_minutes=2))
    assert "hold_minutes" in (await row(client_for(CARER)))["problems"][0]
