"""Who turns out to be signed out is led back to where they were, with the answer they were giving."""

import httpx
import pytest

from cloud.application import application
from cloud.web.way_back import own_path
from tests.fakes.alerts import an_alert
from tests.fakes.browser import Browser
from tests.fakes.cloud_services import CARER, FakeCloud

HERE = {"origin": "http://127.0.0.1:8080"}


def browser(cloud: FakeCloud, *, with_session: bool = True) -> Browser:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    found = Browser(transport=transport, base_url="http://127.0.0.1:8080")
    if with_session:
        found.cookies.set("carewire", cloud.token(CARER))
    return found


async def sign_in(cloud: FakeCloud, client: Browser) -> httpx.Response:
    token = cloud.sessions.invite(CARER.id)
    client.cookies.delete("carewire")
    await client.get("/sign-in")
    answer = await client.post("/sign-in", headers=HERE, data={"token": token})
    assert answer.headers["location"] == "/"
    return await client.get("/")


async def test_an_answer_given_after_the_session_ended_is_offered_again_once_signed_in(
    cloud: FakeCloud,
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    client = browser(cloud)
    cloud.sessions.end_all(CARER.id)
    answer = await client.post(
        f"/alerts/{alert.id}/acknowledge", headers=HERE, data={"reason": "false-alarm"}
    )
    assert answer.headers["location"] == "/sign-in"
    assert "you go on where you were" in (await client.get("/sign-in")).text
    back = await sign_in(cloud, client)
    assert back.headers["location"] == f"/alerts/{alert.id}?answer=false-alarm"
    page = (await client.get(back.headers["location"])).text
    assert '<option value="false-alarm" selected>' in page
    assert cloud.alerts.alerts[alert.id].acknowledged_ms is None
    assert (await client.get("/")).headers["location"] == "/patients/p-wei"


async def test_so_is_one_whose_browser_let_go_of_the_session_itself(cloud: FakeCloud) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    client = browser(cloud)
    form_token = (await client.get(f"/alerts/{alert.id}")).text.split('name="form_token" value="')[1][:43]
    client.cookies.delete("carewire")
    answer = await client.post(
        f"/alerts/{alert.id}/acknowledge", headers=HERE, data={"reason": "real", "form_token": form_token}
    )
    assert answer.headers["location"] == "/sign-in"
    assert (await sign_in(cloud, client)).headers["location"] == f"/alerts/{alert.id}?answer=real"


async def test_a_page_that_was_asked_for_is_shown_once_signed_in_and_what_scripts_ask_for_is_not(
    cloud: FakeCloud,
) -> None:
    client = browser(cloud, with_session=False)
    await client.get("/patients/p-wei/looks?before=7", headers={"accept": "text/html,*/*"})
    await client.get("/patients/p-wei/now")
    assert (await sign_in(cloud, client)).headers["location"] == "/patients/p-wei/looks?before=7"


@pytest.mark.parametrize("planted", ["https://evil.example", "//evil.example", "/\\evil.example", "/"])
async def test_nobody_is_led_elsewhere_by_what_somebody_planted(cloud: FakeCloud, planted: str) -> None:
    client = browser(cloud, with_session=False)
    client.cookies.set("carewire-back", planted)
    assert (await sign_in(cloud, client)).headers["location"] == "/patients/p-wei"


def test_a_path_of_ours_is_one_that_no_browser_takes_for_anything_else() -> None:
    assert own_path("/alerts/a?answer=real") == "/alerts/a?answer=real"
    assert {own_path(each) for each in ("", "//x", "/\\x", "https://x", "/a b", "/a\nb")} == {"/"}


async def test_a_form_that_another_site_sent_remembers_nothing(cloud: FakeCloud) -> None:
    client = browser(cloud, with_session=False)
    answer = await client.post(
        "/alerts/a/acknowledge", headers={"origin": "https://evil.example"}, data={"reason": "real"}
    )
    assert answer.status_code == 403
    assert "carewire-back" not in client.cookies
