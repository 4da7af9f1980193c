"""Roll-outs by the API: for administrators who proved lately who they are, of what an operator signed."""

from base64 import b64encode
from typing import Any

import httpx
import msgspec
import pytest

from cloud.access.proof import PROOF_LIFE_MS
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import ADMIN, DOCTOR, ClientFor, FakeCloud
from tests.fakes.releases import DAY_MS, settings
from vitals.release import SignedRelease

ROLLOUTS = "/api/v1/rollouts"


@pytest.fixture(autouse=True)
def _a_gateway_that_was_heard(cloud: FakeCloud) -> None:
    cloud.back_office.heard["hallway"] = NOW_MS


def of_now(version: int = 3, **changes: Any) -> SignedRelease:
    return settings(version, "ecg_rate_hz = 250", issued_ms=NOW_MS, expires_ms=NOW_MS + DAY_MS, **changes)


def body(one: SignedRelease, **changes: Any) -> dict[str, Any]:
    return {"release": msgspec.to_builtins(one), "first": "hallway", **changes}


async def begun(client: httpx.AsyncClient) -> str:
    answer = await client.post(ROLLOUTS, json=body(of_now()))
    assert answer.status_code == 200, answer.text
    rollout_id: str = answer.json()["id"]
    return rollout_id


async def test_a_roll_out_is_begun_and_shown_with_how_far_it_is(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(ADMIN)
    rollout_id = await begun(client)
    told = (await client.get(f"{ROLLOUTS}/{rollout_id}")).json()
    assert (told["rollout"]["line"], told["rollout"]["version"]) == ("configuration", 3)
    assert (told["rollout"]["state"], told["rollout"]["stage"], told["gateways"]) == ("running", "one", [])
    assert [each["id"] for each in (await client.get(ROLLOUTS)).json()["rollouts"]] == [rollout_id]
    assert cloud.rollouts.kept[rollout_id].begun_by == ADMIN.id


async def test_it_goes_through_its_stages_by_hand(client_for: ClientFor) -> None:
    client = client_for(ADMIN)
    place = f"{ROLLOUTS}/{await begun(client)}"
    assert (await client.post(f"{place}/pause")).json()["state"] == "paused"
    assert (await client.post(f"{place}/resume")).json()["state"] == "running"
    advanced = await client.post(f"{place}/advance", json={"from_stage": "one"})
    assert advanced.json()["stage"] == "share"
    late = await client.post(f"{place}/advance", json={"from_stage": "one"})
    assert (late.status_code, late.json()["detail"]) == (409, "it is in stage share by now: look again")
    assert (await client.post(f"{place}/stop")).json()["state"] == "stopped"


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (of_now(by="thief"), "not trusted"),
        (msgspec.structs.replace(of_now(), document=of_now(9).document), "altered"),
        (of_now(target="elsewhere"), "check the name"),
    ],
)
async def test_what_no_operator_signed_is_refused(
    cloud: FakeCloud, client_for: ClientFor, one: SignedRelease, says: str
) -> None:
    refused = await client_for(ADMIN).post(ROLLOUTS, json=body(one))
    assert refused.status_code == 409
    assert says in refused.json()["detail"]
    assert cloud.rollouts.kept == {}


@pytest.mark.parametrize("path", ["", "/artefacts", "/rollout-1/pause", "/rollout-1/stop"])
async def test_only_an_administrator_who_proved_it_lately_changes_anything(
    cloud: FakeCloud, client_for: ClientFor, path: str
) -> None:
    await begun(client_for(ADMIN))
    before = dict(cloud.rollouts.kept)
    for client, status in ((client_for(None), 401), (client_for(DOCTOR), 403)):
        assert (await client.post(f"{ROLLOUTS}{path}", json=body(of_now(9)))).status_code == status
    administrator = client_for(ADMIN)
    cloud.clock.advance(PROOF_LIFE_MS / 1000)  # type: ignore[attr-defined] # the fake moves
    late = await administrator.post(f"{ROLLOUTS}{path}", json=body(of_now(9)))
    assert late.status_code == 403
    assert "prove again" in late.json()["detail"]
    assert cloud.rollouts.kept == before


async def test_a_models_bundle_is_kept_and_nothing_else_is(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(ADMIN)
    bundle = msgspec.msgpack.encode({"manifest.json": b"x" * 100_000})
    kept = await client.post(f"{ROLLOUTS}/artefacts", json={"bundle": b64encode(bundle).decode()})
    assert kept.json()["size"] == len(bundle)
    assert list(cloud.rollouts.artefacts) == [kept.json()["sha256"]]
    for spoilt in ("UEsDBA==", "!", ""):
        refused = await client.post(f"{ROLLOUTS}/artefacts", json={"bundle": spoilt})
        assert refused.status_code == 409


async def test_a_roll_out_that_is_none_is_not_found(client_for: ClientFor) -> None:
    assert (await client_for(ADMIN).get(f"{ROLLOUTS}/elsewhere")).status_code == 404
