"""What an administrator asks of a gateway, and what those who care for a patient ask for."""

from typing import Any

import pytest

from cloud.commands.waveforms import MOST_OPEN
from cloud.ports import CommandAnswer, HeardDevice
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, ClientFor, FakeCloud
from vitals.records import CommandOutcome

COMMANDS = "/api/v1/gateways/hallway/commands"
REQUESTS = "/api/v1/patients/p-wei/waveform-requests"
MINUTE = {"kind": "ecg", "from": str(NOW_MS - 120_000), "to": str(NOW_MS - 60_000)}


@pytest.fixture(autouse=True)
def _a_gateway_that_hears_a_strap(cloud: FakeCloud) -> None:
    cloud.back_office.heard["hallway"] = NOW_MS
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=NOW_MS))
    cloud.directory.bind("c0-01", "p-wei", 0)


def answer(cloud: FakeCloud, command_id: str, outcome: CommandOutcome, detail: str = "") -> None:
    cloud.commands.note_answer(
        CommandAnswer(
            gateway="hallway",
            command_id=command_id,
            name="identify",
            outcome=outcome,
            detail=detail,
            t_ms=NOW_MS + 500,
            received_ms=NOW_MS + 600,
        )
    )


async def test_a_command_is_kept_with_who_asked_and_told_as_pending(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    told = (await client_for(ADMIN).post(COMMANDS, json={"name": "identify", "body": {"seconds": 5}})).json()
    assert told == {
        "id": "command-0001",
        "gateway": "hallway",
        "name": "identify",
        "body": {"seconds": 5},
        "state": "pending",
        "detail": None,
        "issued": "2023-11-14T22:13:20.000Z",
        "issued_by": ADMIN.id,
        "expires": "2023-11-14T23:13:20.000Z",
        "answered": None,
    }
    assert cloud.commands.commands["command-0001"].patient_id is None


async def test_the_states_of_commands_are_told_newest_first(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(ADMIN)
    for life_s in (3_600, 3_600, 60):
        await client.post(COMMANDS, json={"name": "identify", "expires_in_s": life_s})
        cloud.clock.advance(1)  # type: ignore[attr-defined] # the fake moves
    answer(cloud, "command-0001", CommandOutcome.REFUSED, "no light here")
    cloud.clock.advance(60)  # type: ignore[attr-defined] # as above
    told = (await client.get(COMMANDS, params={"limit": 2})).json()
    assert [(one["id"], one["state"]) for one in told["commands"]] == [
        ("command-0003", "expired"),
        ("command-0002", "pending"),
    ]
    assert told["omitted"]
    oldest = (await client.get(COMMANDS)).json()["commands"][-1]
    assert (oldest["state"], oldest["detail"], oldest["answered"]) == (
        "refused",
        "no light here",
        "2023-11-14T22:13:20.500Z",
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"name": "apply-release"}, "a roll-out asks that"),
        ({"name": "open-door"}, "there is no command 'open-door'"),
        ({"name": "identify", "body": {"seconds": 99}}, "the body is not what identify holds"),
        ({"name": "identify", "body": {"loudly": True}}, "loudly"),
        ({"name": "alert-acknowledged", "body": {"event_id": "x"}}, "event_id"),
    ],
)
async def test_what_no_gateway_could_do_is_refused_before_it_is_sent(
    cloud: FakeCloud, client_for: ClientFor, asked: dict[str, Any], says: str
) -> None:
    refused = await client_for(ADMIN).post(COMMANDS, json=asked)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
    assert cloud.commands.commands == {}


@pytest.mark.parametrize(
    "body",
    [
        r'{"event_id": "episode-\ud800"}',
        r'{"event_id": "episode-1", "\ud800": 1}',
    ],
)
async def test_half_of_a_surrogate_pair_is_no_text_and_refused(
    cloud: FakeCloud, client_for: ClientFor, body: str
) -> None:
    refused = await client_for(ADMIN).post(
        COMMANDS,
        content=f'{{"name": "alert-acknowledged", "body": {body}}}',
        headers={"content-type": "application/json"},
    )
    assert refused.status_code == 422
    assert cloud.commands.commands == {}


async def test_a_gateway_nobody_ever_heard_is_no_gateway(client_for: ClientFor) -> None:
    refused = await client_for(ADMIN).post("/api/v1/gateways/halway/commands", json={"name": "identify"})
    assert refused.status_code == 404
    assert "check the name" in refused.json()["detail"]


@pytest.mark.parametrize("person", [CARER, OWNER])
async def test_a_minute_is_asked_of_the_gateway_that_heard_what_the_patient_wore(
    cloud: FakeCloud, client_for: ClientFor, person: Any
) -> None:
    client = client_for(person)
    told = (await client.post(REQUESTS, json=MINUTE)).json()
    assert told == {
        "requests": [
            {
                "id": "command-0001",
                "device": "c0-01",
                "kind": "ecg",
                "from": "2023-11-14T22:11:20.000Z",
                "to": "2023-11-14T22:12:20.000Z",
                "state": "pending",
                "detail": None,
                "asked": "2023-11-14T22:13:20.000Z",
                "answered": None,
            }
        ],
        "omitted": False,
    }
    issued = cloud.commands.commands["command-0001"]
    assert (issued.gateway, issued.name, issued.issued_by, issued.patient_id) == (
        "hallway",
        "upload-waveform",
        person.id,
        "p-wei",
    )
    answer(cloud, "command-0001", CommandOutcome.PARTLY, "40.0 of 60.0 s are on their way")
    (state,) = (await client.get(REQUESTS)).json()["requests"]
    assert (state["state"], state["detail"]) == ("partly", "40.0 of 60.0 s are on their way")


async def test_who_asked_for_whose_waveform_is_shown_to_no_administrator_without_a_relation(
    client_for: ClientFor,
) -> None:
    await client_for(CARER).post(REQUESTS, json=MINUTE)
    await client_for(ADMIN).post("/api/v1/gateways/hallway/commands", json={"name": "identify"})
    listed = (await client_for(ADMIN).get("/api/v1/gateways/hallway/commands?limit=1")).json()
    assert [one["name"] for one in listed["commands"]] == ["identify"]
    assert not listed["omitted"]
    assert len((await client_for(OWNER).get(REQUESTS)).json()["requests"]) == 1


async def test_only_the_time_of_wearing_is_asked_for(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.bindings[:] = [("c0-01", "p-wei", NOW_MS - 90_000)]
    await client_for(CARER).post(REQUESTS, json=MINUTE)
    (issued,) = cloud.commands.commands.values()
    assert (issued.body["from_ms"], issued.body["to_ms"]) == (NOW_MS - 90_000, NOW_MS - 60_000)


async def test_without_a_device_worn_then_there_is_nobody_to_ask(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.bindings.clear()
    refused = await client_for(CARER).post(REQUESTS, json=MINUTE)
    assert refused.status_code == 409
    assert "check the time, and who wears which device" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"to": str(NOW_MS + 1)}, 422, "still to come"),
        ({"from": str(NOW_MS - 700_000)}, 422, "longer than 600 s"),
        ({"from": MINUTE["to"]}, 422, "must be before"),
        ({"kind": "mood"}, 404, "there is no such kind"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused(
    client_for: ClientFor, changes: dict[str, str], status: int, says: str
) -> None:
    refused = await client_for(CARER).post(REQUESTS, json=MINUTE | changes)
    assert refused.status_code == status
    assert says in refused.json()["detail"]


async def test_requests_that_wait_are_bounded(client_for: ClientFor) -> None:
    client = client_for(CARER)
    statuses = [(await client.post(REQUESTS, json=MINUTE)).status_code for _ in range(MOST_OPEN + 1)]
    assert statuses == [200] * MOST_OPEN + [429]
