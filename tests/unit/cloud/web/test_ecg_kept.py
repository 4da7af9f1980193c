"""Asking the gateway, from the page of an ECG, for what it kept of it."""

from html import unescape

import pytest

from cloud.access.sessions import HOUR_MS
from cloud.commands.waveforms import MOST_OPEN
from cloud.ports import CommandAnswer, HeardDevice, Scope
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from vitals.records import CommandOutcome

PATH = "/patients/p-wei/ecg"


@pytest.fixture(autouse=True)
def now_ms(cloud: FakeCloud) -> int:
    """Six hours ago Wei put on a strap that a gateway hears."""
    now_ms = cloud.clock.wall_ms()
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="hallway", received_ms=now_ms))
    cloud.directory.bind("c0-01", "p-wei", now_ms - 6 * HOUR_MS)
    return now_ms


def answered(cloud: FakeCloud, command_id: str, outcome: CommandOutcome) -> None:
    asked = cloud.commands.commands[command_id]
    cloud.commands.note_answer(
        CommandAnswer(
            gateway=asked.gateway,
            command_id=asked.id,
            name=asked.name,
            outcome=outcome,
            detail="",
            t_ms=asked.issued_ms,
            received_ms=asked.issued_ms,
        )
    )


async def test_ten_minutes_round_what_is_shown_are_asked_for_and_under_way(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    client, at_ms = client_for(CARER), now_ms - HOUR_MS
    asked = await client.post(f"{PATH}?at={at_ms}&gain=5")
    assert asked.status_code == 303
    assert asked.headers["location"].startswith(f"{PATH}?at={at_ms}&speed=25&gain=5")
    (issued,) = cloud.commands.commands.values()
    assert (issued.body["kind"], issued.issued_by) == ("ecg", CARER.id)
    assert (issued.body["from_ms"], issued.body["to_ms"]) == (at_ms - 295_000, at_ms + 305_000)
    page = (await client.get(asked.headers["location"])).text
    assert "Under way: the gateway has not answered yet." in page
    assert f"?at={at_ms - 295_000}&amp;speed=25&amp;gain=5" in page


async def test_what_is_still_to_come_of_the_ten_minutes_is_not_asked_for(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    await client_for(CARER).post(f"{PATH}?at={now_ms - 10_000}")
    (issued,) = cloud.commands.commands.values()
    assert issued.body["to_ms"] == now_ms


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (CommandOutcome.DONE, "The gateway sends it: it shows here as it comes in."),
        (CommandOutcome.PARTLY, "The gateway sends what it still has of it."),
        (CommandOutcome.REFUSED, "Not possible: the gateway has nothing of it any more"),
        (CommandOutcome.FAILED, "Not possible: the gateway tried and failed."),
    ],
)
async def test_what_became_of_it_is_said(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int, outcome: CommandOutcome, said: str
) -> None:
    client = client_for(CARER)
    await client.post(f"{PATH}?at={now_ms - HOUR_MS}")
    answered(cloud, "command-0001", outcome)
    assert said in unescape((await client.get(f"{PATH}/overview?at={now_ms}")).text)


async def test_a_gateway_that_does_not_answer_within_a_day_is_told_of(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    client = client_for(CARER)
    await client.post(f"{PATH}?at={now_ms - HOUR_MS}")
    cloud.clock.advance(24 * 3_600)  # type: ignore[attr-defined] # the fake moves
    assert "the gateway did not answer within a day" in (await client.get(PATH)).text


async def test_of_two_gateways_what_the_better_one_does_counts(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    cloud.back_office.heard_from.append(HeardDevice(device="c0-01", gateway="bedroom", received_ms=now_ms))
    client = client_for(CARER)
    await client.post(f"{PATH}?at={now_ms - HOUR_MS}")
    answered(cloud, "command-0001", CommandOutcome.REFUSED)
    answered(cloud, "command-0002", CommandOutcome.PARTLY)
    page = (await client.get(PATH)).text
    assert "sends what it still has" in page
    assert "Not possible" not in page


@pytest.mark.parametrize(
    ("at_ms", "before", "said"),
    [
        (HOUR_MS, 0, "That time is still to come: ask for what is past."),
        (-12 * HOUR_MS, 0, "Nothing that a gateway hears was worn then"),
        (-HOUR_MS, MOST_OPEN, f"{MOST_OPEN} requests of this patient wait: let them be answered."),
    ],
)
async def test_what_cannot_be_asked_for_is_said_above_the_button(
    cloud: FakeCloud, client_for: ClientFor, at_ms: int, before: int, said: str
) -> None:
    client, path = client_for(CARER), f"{PATH}?at={cloud.clock.wall_ms() + at_ms}"
    for _ in range(before):
        await client.post(path)
    refused = await client.post(path)
    assert refused.status_code == 409
    assert said in unescape(refused.text)
    assert len(cloud.commands.commands) == before


async def test_a_stranger_asks_for_nothing_and_sees_nothing_asked_for(
    cloud: FakeCloud, client_for: ClientFor, now_ms: int
) -> None:
    assert (await client_for(STRANGER).post(f"{PATH}?at={now_ms}")).status_code == 404
    cloud.directory.grant(STRANGER.id, "p-wei", 0, None, scopes=frozenset({Scope.VITALS, Scope.ALERTS}))
    assert (await client_for(STRANGER).post(f"{PATH}?at={now_ms}")).status_code == 403
    assert cloud.commands.commands == {}
