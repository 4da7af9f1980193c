"""What no wearable tells, over HTTP."""

from typing import Any

import pytest

from cloud.ports import FactNote
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.readings import add

ADDRESS = "/api/v1/patients/p-wei/facts"
ORIGIN = {"origin": "http://127.0.0.1:8080"}


async def said(client_for: ClientFor, name: str, value: object, **more: Any) -> dict[str, Any]:
    body = {"name": name, "value": value} | more
    answer = await client_for(DOCTOR).post(ADDRESS, headers=ORIGIN, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_a_clinician_says_is_told_to_whoever_sees_the_patient(client_for: ClientFor) -> None:
    note = await said(client_for, "consciousness", "confused")
    assert (note["name"], note["value"], note["by"], note["until"]) == (
        "consciousness",
        "confused",
        DOCTOR.display_name,
        None,
    )
    await said(client_for, "birth_date", "1948-03-21")
    await said(client_for, "spo2_scale", "2", until="2100-01-01T00:00:00Z")
    for person in (CARER, OWNER, DOCTOR):
        found = (await client_for(person).get(ADDRESS)).json()
        assert found["age_years"] > 70
        assert (found["consciousness"], found["spo2_scale"], found["on_oxygen"], found["is_pregnant"]) == (
            "confused",
            "2",
            None,
            False,
        )
        assert found["seen"] == {"consciousness": note["from"]}
        assert [each["name"] for each in found["history"]] == ["spo2_scale", "birth_date", "consciousness"]
        assert not found["omitted"]


async def test_a_history_too_long_to_send_says_so(cloud: FakeCloud, client_for: ClientFor) -> None:
    for number in range(501):
        cloud.facts.note(
            FactNote(
                patient_id="p-wei",
                name="on_oxygen",
                value=bool(number % 2),
                from_ms=number,
                until_ms=None,
                author_id="u-gone",
                made_ms=number,
            )
        )
    found = (await client_for(CARER).get(ADDRESS)).json()
    assert (len(found["history"]), found["omitted"]) == (500, True)
    assert found["history"][0]["by"] == "u-gone"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "blood_type", "value": "AB"},
        {"name": "consciousness", "value": "sleepy"},
        {"name": "is_pregnant", "value": "yes"},
        {"name": "on_oxygen", "value": True, "until": "tomorrow"},
        {"name": "on_oxygen", "value": True, "from": "2026-03-01T12:00:00"},
        {"name": "on_oxygen"},
        {"value": True},
    ],
)
async def test_what_cannot_be_is_a_problem_and_nothing_is_written(
    cloud: FakeCloud, client_for: ClientFor, body: dict[str, Any]
) -> None:
    answer = await client_for(DOCTOR).post(ADDRESS, headers=ORIGIN, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert cloud.facts.notes == []


async def test_a_stranger_learns_nothing_and_says_nothing(cloud: FakeCloud, client_for: ClientFor) -> None:
    await said(client_for, "consciousness", "confused")
    client = client_for(STRANGER)
    read = await client.get(ADDRESS)
    written = await client.post(ADDRESS, headers=ORIGIN, json={"name": "on_oxygen", "value": True})
    assert read.status_code == written.status_code == 404
    assert "confused" not in read.text
    assert len(cloud.facts.notes) == 1


@pytest.mark.parametrize("person", [CARER, OWNER])
async def test_who_does_not_treat_the_patient_says_nothing(
    cloud: FakeCloud, client_for: ClientFor, person: Any
) -> None:
    answer = await client_for(person).post(ADDRESS, headers=ORIGIN, json={"name": "on_oxygen", "value": True})
    assert answer.status_code == 403
    assert cloud.facts.notes == []


async def test_an_early_warning_is_by_what_was_said_and_a_question_may_say_otherwise(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add(cloud.series, "oxygen_saturation", (cloud.clock.wall_ms() - 1_000, 90.0))
    address = "/api/v1/patients/p-wei/early-warning"
    client = client_for(CARER)
    assert (await client.get(address)).json()["news2"]["lowest"] == 3
    await said(client_for, "spo2_scale", "2")
    await said(client_for, "consciousness", "voice")
    await said(client_for, "birth_date", "1948-03-21")
    news2 = (await client.get(address)).json()["news2"]
    assert (news2["lowest"], news2["assumes_adult"]) == (3, False)
    news2 = (await client.get(address, params={"spo2_scale": "1", "consciousness": "alert"})).json()["news2"]
    assert news2["lowest"] == 3
    news2 = (await client.get(address, params={"consciousness": "alert"})).json()["news2"]
    assert news2["lowest"] == 0
    child = (await client.get(address, params={"age_years": 9})).json()
    assert child["news2"] is None
