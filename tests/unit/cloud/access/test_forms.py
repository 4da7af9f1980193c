"""What another site's page can make a browser send, and that none of it changes anything here."""

import re
from importlib.resources import files

import httpx
import pytest

from cloud.access.forms import FORM_FIELD, form_token
from cloud.application import application
from tests.fakes.alerts import an_alert
from tests.fakes.browser import Browser, filled_in
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud

HERE = "http://127.0.0.1:8080"
ALERT = an_alert()
FORM = f"/alerts/{ALERT.id}/acknowledge"
JSON = f"/api/v1/alerts/{ALERT.id}/acknowledge"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def browser(cloud: FakeCloud, client_for: ClientFor) -> httpx.AsyncClient:
    """Lin's browser, signed in, with an alert to acknowledge."""
    cloud.alerts.alerts[ALERT.id] = ALERT
    signed_in = client_for(None)
    signed_in.cookies.set("carewire", cloud.token(CARER))
    return signed_in


def _own(browser: httpx.AsyncClient) -> str:
    return form_token(browser.cookies["carewire"])


async def test_a_page_of_ours_is_heard(cloud: FakeCloud, browser: httpx.AsyncClient) -> None:
    page = (await browser.get(f"/alerts/{ALERT.id}")).text
    written = set(re.findall(rf'name="{FORM_FIELD}" value="([^"]+)"', page))
    assert written == {_own(browser)}
    form = {"reason": "real", FORM_FIELD: written.pop()}
    assert (await browser.post(FORM, data=form, headers={"origin": HERE})).status_code == 303
    assert cloud.alerts.alerts[ALERT.id].acknowledged_ms is not None


FORGED = {
    "a form of another site": (FORM, {"origin": "https://evil.example"}, URLENCODED, "own"),
    "a form of a sandboxed frame": (FORM, {"origin": "null"}, URLENCODED, "own"),
    "a form of a neighbour on this host": (FORM, {"origin": "http://127.0.0.1:9999"}, URLENCODED, "own"),
    "a form of a sibling's name": (FORM, {"origin": "http://sub.127.0.0.1:8080"}, URLENCODED, "own"),
    "a form without an origin, though with a cookie": (FORM, {}, URLENCODED, "own"),
    "a form that only says where it comes from": (FORM, {"referer": f"{HERE}/"}, URLENCODED, "own"),
    "a form whose browser says it is from elsewhere": (
        FORM,
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        URLENCODED,
        "own",
    ),
    "a form whose browser says it is a sibling's": (
        FORM,
        {"origin": HERE, "sec-fetch-site": "same-site"},
        URLENCODED,
        "own",
    ),
    "our origin, but no token": (FORM, {"origin": HERE}, URLENCODED, ""),
    "our origin, but a token of another session": (FORM, {"origin": HERE}, URLENCODED, "other"),
    "our origin, but the session itself as token": (FORM, {"origin": HERE}, URLENCODED, "session"),
    "text that looks like a form": (FORM, {"origin": HERE}, "text/plain", "own"),
    "a form sent to the API": (JSON, {"origin": HERE}, URLENCODED, "own"),
    "JSON as plain text, which no browser asks about first": (JSON, {"origin": HERE}, "text/plain", "own"),
    "JSON of another site": (JSON, {"origin": "https://evil.example"}, "application/json", "own"),
    "JSON without an origin, though with a cookie": (JSON, {}, "application/json", "own"),
    "JSON whose browser says it is from elsewhere": (
        JSON,
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        "application/json",
        "own",
    ),
}


@pytest.mark.parametrize("case", FORGED)
async def test_what_was_not_asked_for_here_changes_nothing(
    cloud: FakeCloud, browser: httpx.AsyncClient, case: str
) -> None:
    path, headers, kind, token = FORGED[case]
    tokens = {
        "own": _own(browser),
        "other": form_token(cloud.token(CARER)),
        "session": browser.cookies["carewire"],
        "": "",
    }
    fields = {"reason": "real", FORM_FIELD: tokens[token]}
    as_json = kind == "application/json" or path == JSON
    body = '{"reason": "real"}' if as_json else str(httpx.QueryParams(fields))
    answer = await browser.post(path, content=body, headers={**headers, "content-type": kind})
    assert answer.status_code in {403, 415}
    assert cloud.alerts.alerts[ALERT.id].acknowledged_ms is None


async def test_no_page_elsewhere_signs_a_browser_in_as_somebody_else(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    attackers = client_for(None)
    form = filled_in(attackers, {"token": cloud.sessions.invite(CARER.id)})
    victim = client_for(None)
    for cookie in ({}, {"carewire-form": "of the victim"}):
        victim.cookies.update(cookie)
        assert (await victim.post("/sign-in", data=form, headers={"origin": HERE})).status_code == 403
    assert cloud.store.sessions == {}
    assert (await attackers.post("/sign-in", data=form, headers={"origin": HERE})).status_code == 303


async def test_a_form_is_of_no_use_once_its_session_has_changed(
    cloud: FakeCloud, browser: httpx.AsyncClient
) -> None:
    old = {"reason": "real", FORM_FIELD: _own(browser)}
    browser.cookies.set("carewire", cloud.token(CARER))
    answer = await browser.post(FORM, data=old, headers={"origin": HERE})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "open for too long" in answer.text


async def test_before_anybody_is_signed_in_a_form_comes_with_a_cookie_of_its_own() -> None:
    cloud = FakeCloud(public_url="https://care.example.org")
    transport = httpx.ASGITransport(application(cloud.services))
    async with Browser(transport=transport, base_url="https://care.example.org") as browser:
        given = (await browser.get("/sign-in", params={"token": "x"})).headers["set-cookie"]
        assert given.startswith("__Host-carewire-form=")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(given.split("; "))
        again = await browser.get("/sign-in", params={"token": "x"})
        assert "set-cookie" not in again.headers
        assert "set-cookie" not in (await browser.get("/healthz")).headers


async def test_a_program_is_given_no_cookie_and_needs_no_form(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.alerts.alerts[ALERT.id] = ALERT
    program = client_for(CARER)
    assert "set-cookie" not in (await program.get(f"/alerts/{ALERT.id}")).headers
    assert (await program.post(FORM, data={"reason": "real"})).status_code == 303


@pytest.mark.parametrize(
    ("mode", "dest", "site", "status"),
    [
        ("navigate", "document", "cross-site", 200),
        ("navigate", "document", "none", 200),
        ("navigate", "empty", "cross-site", 200),
        ("cors", "empty", "same-origin", 200),
        ("navigate", "iframe", "cross-site", 403),
        ("no-cors", "script", "cross-site", 403),
        ("no-cors", "image", "same-site", 403),
        ("cors", "empty", "cross-site", 403),
    ],
)
async def test_a_page_elsewhere_may_lead_here_and_load_nothing(
    browser: httpx.AsyncClient, mode: str, dest: str, site: str, status: int
) -> None:
    headers = {"sec-fetch-mode": mode, "sec-fetch-dest": dest, "sec-fetch-site": site}
    assert (await browser.get("/patients/p-wei", headers=headers)).status_code == status


def test_every_form_that_posts_carries_its_token() -> None:
    templates = [each for each in files("cloud.web").joinpath("templates").iterdir() if each.name[0] != "."]
    forms = [
        (template.name, form)
        for template in templates
        for form in re.findall(
            r'<form\b[^>]*method="post".*?</form>', template.read_text(encoding="utf-8"), re.DOTALL
        )
    ]
    assert len(forms) >= 3
    assert [name for name, form in forms if "{{ form_token() }}" not in form] == []


def test_a_token_tells_nothing_of_the_session_it_is_of() -> None:
    assert form_token("a") != form_token("b")
    assert len(form_token("\udc80")) == 43
