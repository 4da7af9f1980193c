"""The administrator's pages of roll-outs: what they say, and that nothing happens before it is confirmed."""

import httpx
import pytest

from cloud.ports import GatewayProgress, LedgerNote, Progress, RolloutState, RunningVersion, Stage
from cloud.ports.ledger import Deed
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor, FakeCloud
from tests.fakes.every_route import RELEASE
from vitals.release import SignedRelease

ORIGIN = {"origin": "http://127.0.0.1:8080"}
PAGE = "/admin/rollouts"


@pytest.fixture
def admin(cloud: FakeCloud, client_for: ClientFor) -> httpx.AsyncClient:
    cloud.back_office.heard["hallway"] = cloud.clock.wall_ms()
    return client_for(ADMIN)


async def posted(admin: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await admin.post(path, data=fields, headers=ORIGIN)


async def begun(admin: httpx.AsyncClient) -> str:
    answer = await posted(admin, PAGE, release=RELEASE, first="hallway", share="25")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_with_nothing_given_out_it_says_so_and_how_to_begin(admin: httpx.AsyncClient) -> None:
    page = (await admin.get(PAGE)).text
    assert "Nothing is being given out now." in page
    assert "Look at it first" in page


async def test_what_runs_where_and_since_when_stands_in_a_table(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    note = LedgerNote(t_ms=1, deed=Deed.MODEL_CHANGED, actor="service")
    runs = RunningVersion(gateway="hallway", line="model beats", version="7", since_ms=cloud.clock.wall_ms())
    cloud.running.note_running(runs, note)
    page = (await admin.get(PAGE)).text
    assert "model beats" in page
    assert "hallway (" in page


async def test_looking_at_it_first_begins_nothing_and_says_what_it_is(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    page = await posted(admin, f"{PAGE}/review", release=RELEASE, first="hallway", share="25")
    assert "Give out keys, version 1?" in page.text
    assert "hallway tries it alone" in page.text
    assert cloud.rollouts.kept == {}


async def test_once_confirmed_it_is_given_out_and_stands_in_the_list(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    place = await begun(admin)
    (one,) = cloud.rollouts.kept.values()
    assert (one.plan.first, one.plan.share_percent, one.plan.automatic) == ("hallway", 25, False)
    assert "The first is asked as soon as it is there." in (await admin.get(place)).text
    assert "1 roll-out is going on, and goes well." in (await admin.get(PAGE)).text


@pytest.mark.parametrize(
    ("deed", "state", "stage"),
    [
        ("pause", RolloutState.PAUSED, Stage.ONE),
        ("widen", RolloutState.RUNNING, Stage.SHARE),
        ("stop", RolloutState.STOPPED, Stage.ONE),
    ],
)
async def test_each_deed_is_asked_once_more_and_then_done(
    admin: httpx.AsyncClient, cloud: FakeCloud, deed: str, state: RolloutState, stage: Stage
) -> None:
    place = await begun(admin)
    assert "Leave it as it is" in (await admin.get(f"{place}/{deed}")).text
    (one,) = cloud.rollouts.kept.values()
    assert (one.state, one.stage) == (RolloutState.RUNNING, Stage.ONE)
    assert (await posted(admin, f"{place}/{deed}", stage="one")).status_code == 303
    (one,) = cloud.rollouts.kept.values()
    assert (one.state, one.stage) == (state, stage)


async def test_whoever_saw_another_stage_is_told_to_look_again(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    place = await begun(admin)
    assert (await posted(admin, f"{place}/widen", stage="share")).status_code == 409
    (one,) = cloud.rollouts.kept.values()
    assert one.stage is Stage.ONE


async def test_where_it_failed_and_was_taken_back_is_the_first_thing_said(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    place = await begun(admin)
    cloud.rollouts.note_progress(
        GatewayProgress(
            rollout_id=place.rpartition("/")[2],
            gateway="hallway",
            progress=Progress.ROLLED_BACK,
            changed_ms=cloud.clock.wall_ms(),
            reason="rolled-back: no wearable streamed",
        )
    )
    page = (await admin.get(place)).text
    assert "did not go well at hallway." in page
    assert "Tried it and went back" in page
    assert "no wearable streamed" in page
    assert "1 roll-out did not go well everywhere." in (await admin.get(PAGE)).text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"release": "{", "first": "hallway"}, 422),
        ({"release": RELEASE, "first": "hallway", "share": "0"}, 422),
        ({"release": RELEASE, "first": "hallway", "share": "00100000"}, 422),
        ({"release": RELEASE, "first": "attic"}, 409),
        ({"release": RELEASE.replace("signature", "seal"), "first": "hallway"}, 422),
    ],
)
async def test_what_cannot_be_is_told_and_begins_nothing(
    admin: httpx.AsyncClient, cloud: FakeCloud, fields: dict[str, str], status: int
) -> None:
    assert (await posted(admin, PAGE, **fields)).status_code == status
    assert cloud.rollouts.kept == {}


async def test_what_no_operator_signed_is_refused_when_it_is_looked_at(
    admin: httpx.AsyncClient,
) -> None:
    forged = SignedRelease(document="{}", key="ab" * 32, signature="")
    fields = {"release": f'{{"document":"{{}}","key":"{forged.key}","signature":""}}', "first": "hallway"}
    assert (await posted(admin, f"{PAGE}/review", **fields)).status_code == 409


async def test_one_that_is_not_there_is_not_found(admin: httpx.AsyncClient) -> None:
    assert (await admin.get(f"{PAGE}/none")).status_code == 404
    assert (await admin.get(f"{PAGE}/none/stop")).status_code == 404


async def test_it_is_for_administrators_alone(client_for: ClientFor) -> None:
    for path in (PAGE, f"{PAGE}/rollout-1", f"{PAGE}/rollout-1/stop"):
        assert (await client_for(CARER).get(path)).status_code == 403
