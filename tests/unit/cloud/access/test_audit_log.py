"""What the log says of refusals and changes, and that nothing of anybody is in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from cloud.api.routes import PolicedRoute
from cloud.application import application
from tests.fakes.alerts import an_alert
from tests.fakes.browser import filled_in
from tests.fakes.cloud_services import ADMIN, CARER, STRANGER, ClientFor, FakeCloud

PLANTED = 'planted\nevent="access.forged" \u2028 planted'
PLACES = {
    "patient_id": "p-wei",
    "alert_id": "alert-tachycardia",
    "kind": "heart_rate",
    "gateway": "planted-gateway",
    "rule": "tachycardia",
}


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    with capture_logs() as lines:
        yield lines  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _alert(cloud: FakeCloud) -> None:
    alert = an_alert("tachycardia")
    cloud.alerts.alerts[alert.id] = alert


async def test_a_refusal_names_its_route_its_rule_and_whom_by_a_pseudonym(
    client_for: ClientFor, lines: list[dict[str, Any]]
) -> None:
    await client_for(STRANGER).get("/api/v1/patients/p-wei")
    await client_for(STRANGER).get("/api/v1/patients/p-ama")
    first, second = (line for line in lines if line["event"] == "access.refused")
    assert first == second
    assert (
        first.items()
        >= {
            "why": "NotVisibleError",
            "method": "GET",
            "route": "/api/v1/patients/{patient_id}",
            "network": "127.0.0.0/24",
        }.items()
    )
    assert len(first["who"]) == 12
    assert STRANGER.id not in str(first)


async def test_nobody_known_and_a_form_that_is_not_ours_are_refusals_too(
    client_for: ClientFor, lines: list[dict[str, Any]]
) -> None:
    await client_for(None).get("/api/v1/me")
    await client_for(None).post("/sign-in", data={"form_token": "x"}, headers={"origin": "null"})
    await client_for(None).get("/healthz", headers={"host": "evil.example"})
    refusals = [(line["why"], line["who"]) for line in lines if line["event"] == "access.refused"]
    assert refusals == [("NotSignedInError", None), ("ForeignOriginError", None), ("MisdirectedError", None)]


async def test_a_change_is_noted_once_it_is_made_and_a_look_or_a_failure_is_none(
    client_for: ClientFor, lines: list[dict[str, Any]]
) -> None:
    client = client_for(CARER)
    path = "/api/v1/alerts/alert-tachycardia/acknowledge"
    await client.get("/api/v1/patients/p-wei")
    await client.post(path, json={"reason": "because"})
    await client.post(path, json={"reason": "real"})
    (changed,) = (line for line in lines if line["event"] == "access.changed")
    assert (changed["method"], changed["route"]) == ("POST", "/api/v1/alerts/{alert_id}/acknowledge")


async def test_no_planted_value_is_in_any_line(
    cloud: FakeCloud, client_for: ClientFor, lines: list[dict[str, Any]]
) -> None:
    cloud.directory.grant(ADMIN.id, "p-wei", 0, None)
    secrets = [cloud.sessions.invite(CARER.id), cloud.token(CARER), cloud.gateway_access.issue("home-1")]
    browser = client_for(None)
    origin = {"origin": "http://127.0.0.1:8080"}
    await browser.post("/sign-in", data=filled_in(browser, {"token": secrets[0]}), headers=origin)
    clients = [client_for(None), browser, *(client_for(each) for each in (STRANGER, ADMIN))]
    routes = [each for each in application(cloud.services).routes if isinstance(each, PolicedRoute)]
    for route in routes:
        if route.path.endswith("stream") or route.path == "/sign-out":
            continue
        path = route.path_format.format_map(_Places())
        for client in clients:
            for method in route.methods or ():
                given = {} if method in {"GET", "DELETE"} else {"json": {"reason": PLANTED, "label": PLANTED}}
                asked = {"reason": PLANTED, "from": PLANTED}
                await client.request(method, path, params=asked, headers=origin, **given)
    text = json.dumps(lines, default=str)
    for planted in ("planted", "Wei", "Lin", "Ada", "Mei", "p-wei", "alert-tachycardia", *secrets):
        assert planted not in text
    assert len([line for line in lines if line["event"].startswith("access.")]) > len(routes)


class _Places(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return PLACES.get(name, "planted")


def test_no_line_can_be_made_to_look_like_two() -> None:
    rendered = structlog.processors.JSONRenderer()(None, "info", {"event": "x", "said": PLANTED})
    assert "\n" not in str(rendered)
