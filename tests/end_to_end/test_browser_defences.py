"""A browser's own defences, in a real browser over real https: policy, headers, cookies, forms."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from cloud.access.tls import server_context
from cloud.api.routes import PolicedRoute
from cloud.application import application
from cloud.ports import Point
from tests.fakes.alerts import an_alert
from tests.fakes.authority import Authority
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.gateway import eventually
from tests.fakes.http_server import free_port, serving
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

PLACES = {"patient_id": "p-wei", "alert_id": "alert-tachycardia", "name": "carewire.css"}
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=63072000",
}
VIOLATIONS = "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective))"


_SEND_A_FORM = """url => {
  const form = Object.assign(document.createElement("form"), {method: "post", action: url});
  form.innerHTML = '<input name="reason" value="real">';
  document.body.append(form);
  form.submit();
}"""


@dataclass
class Seen:
    """What a browser was answered, and what it complained of."""

    answers: list[Response] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        page.on("response", lambda answer: self.answers.append(answer))  # noqa: PLW0108 - playwright marks it
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium notes as an error whatever page we ourselves answer with 404 or 403.
        if (
            message.type in {"error", "warning"}
            and "the server responded with a status of" not in message.text
        ):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The worker of the pages asks by itself: that a context takes our certificate does not count for it.
    with chromium("--ignore-certificate-errors") as browser:
        yield browser


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    files = Authority(tmp_path_factory.mktemp("authority")).issue("cloud")
    return server_context(files["cert_file"], files["key_file"])


@pytest.fixture
def cloud() -> FakeCloud:
    clock = ScaledClock()
    made = FakeCloud(clock=clock, public_url=f"https://127.0.0.1:{free_port()}")
    alert = an_alert("tachycardia", now_ms=clock.wall_ms())
    made.alerts.alerts[alert.id] = alert
    made.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=clock.wall_ms() - 1_000, value=70.0, quality=None, device="c0-01")
    ]
    return made


@pytest.fixture
def url(cloud: FakeCloud, tls: ssl.SSLContext) -> Iterator[str]:
    with serving(application(cloud.services), int(cloud.public_url.rpartition(":")[2]), tls) as url:
        yield url


@pytest.fixture
def signed_in(browser: Browser, cloud: FakeCloud, url: str) -> Iterator[BrowserContext]:
    """Lin's browser, signed in by a link as people are."""
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    page.goto(f"{url}/sign-in?token={cloud.sessions.invite(CARER.id)}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/patients/p-wei")
    yield context
    context.close()


def _pages(cloud: FakeCloud) -> list[str]:
    """Every address a person can open, and some that lead nowhere."""
    routes = [
        route.path_format.format_map(_Places())
        for route in application(cloud.services).routes
        if isinstance(route, PolicedRoute)
        and "GET" in (route.methods or ())
        and not route.path.startswith(("/api/", "/metrics", "/healthz"))
        and not route.path.endswith((".pdf", ".csv", ".parquet", ".zip"))  # files to keep, not to look at
    ]
    return [*routes, "/nowhere", "/patients/p-nobody", "/alerts/none"]


class _Places(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return PLACES.get(name, "none")


def test_every_page_keeps_to_the_policy_and_every_answer_carries_it(
    cloud: FakeCloud, url: str, signed_in: BrowserContext
) -> None:
    seen = Seen()
    page = seen.watch(signed_in.new_page())
    for path in _pages(cloud):
        page.goto(f"{url}{path}", wait_until="load")
    assert seen.complaints == []
    assert len(seen.answers) > len(_pages(cloud))
    for answer in seen.answers:
        headers = answer.headers
        assert answer.url.startswith("https://"), answer.url
        assert headers.items() >= HEADERS.items(), answer.url
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "camera=()" in headers["permissions-policy"]
        may_be_kept = "/static/" in answer.url and "immutable" in headers["cache-control"]
        assert may_be_kept or headers["cache-control"] in {"no-store", "no-cache"}
        assert "server" not in headers


def test_a_session_is_a_cookie_that_no_script_reads_and_no_other_site_sends(
    url: str, signed_in: BrowserContext
) -> None:
    cookies = {each["name"]: each for each in signed_in.cookies()}
    assert cookies.pop("time_zone", None) is not None, "pages ask a browser for its clock"
    assert set(cookies) == {"__Host-carewire", "__Host-carewire-form"}
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httpOnly"]
        assert cookie["path"] == "/"
        assert cookie["domain"] == "127.0.0.1"
    assert cookies["__Host-carewire"]["sameSite"] in {"Lax", "Strict"}
    assert cookies["__Host-carewire-form"]["sameSite"] == "Strict"
    page = signed_in.new_page()
    page.goto(f"{url}/patients/p-wei")
    readable = page.evaluate("document.cookie").split("; ")
    assert [each.partition("=")[0] for each in readable] == ["time_zone"]


def test_what_is_planted_in_a_page_does_not_run(url: str, signed_in: BrowserContext) -> None:
    seen = Seen()
    page = seen.watch(signed_in.new_page())
    page.goto(f"{url}/patients/p-wei")
    page.evaluate(
        """() => {
          const planted = document.createElement("script");
          planted.textContent = "document.title = 'stolen'";
          document.body.append(planted);
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"document.title='stolen'\\">");
        }"""
    )
    page.wait_for_timeout(100)
    assert page.title() != "stolen"
    assert any("CSP script-src" in each for each in seen.complaints)


def test_a_page_elsewhere_can_neither_frame_nor_read_nor_send(
    cloud: FakeCloud, url: str, signed_in: BrowserContext, tls: ssl.SSLContext
) -> None:
    elsewhere = FakeCloud(public_url=f"https://127.0.0.1:{free_port()}")
    port = int(elsewhere.public_url.rpartition(":")[2])
    with serving(application(elsewhere.services), port, tls) as evil:
        page = signed_in.new_page()
        page.route(
            f"{evil}/trap", lambda route: route.fulfill(content_type="text/html", body="<h1>hello</h1>")
        )
        page.goto(f"{evil}/trap")
        read = page.evaluate(
            "url => fetch(url, {credentials: 'include'}).then(a => a.text()).catch(e => 'refused')",
            f"{url}/api/v1/me",
        )
        assert read == "refused"
        page.evaluate(_SEND_A_FORM, f"{url}/alerts/alert-tachycardia/acknowledge")
        page.wait_for_url(f"{url}/**")
        assert "This is not yours to do" in page.content()
    assert cloud.alerts.alerts["alert-tachycardia"].acknowledged_ms is None


def test_forms_of_ours_work_in_it(cloud: FakeCloud, url: str, signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(f"{url}/patients/p-wei")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    eventually(lambda: cloud.store.sessions == {})


ANSWERS = {
    "an unknown address": ("GET", "/nowhere", {}, 404),
    "a page one is not signed in for": ("GET", "/", {}, 303),
    "another name": ("GET", "/healthz", {"headers": {"host": "evil.example"}}, 421),
    "a method it does not take": ("DELETE", "/sign-in", {}, 405),
    "a body too large": (
        "POST",
        "/sign-in",
        {"data": {"token": "x" * 20_000}, "headers": {"origin": "https://127.0.0.1"}},
        403,
    ),
    "a form of nobody": ("POST", "/sign-in", {"data": {"token": "x"}}, 403),
    "a program without a token": ("GET", "/api/v1/me", {}, 401),
    "a wrong field": ("GET", "/sign-in?token=%00", {}, 422),
    "a style": ("GET", "/static/carewire.css", {}, 200),
    "health": ("GET", "/healthz", {}, 200),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_carries_the_headers_whatever_it_is(url: str, what: str) -> None:
    method, path, given, status = ANSWERS[what]
    with httpx.Client(base_url=url, verify=False, trust_env=False) as client:  # noqa: S501 - signed by nobody
        answer = client.request(method, path, **given)
    assert answer.status_code == status
    assert dict(answer.headers).items() >= HEADERS.items()
    assert "server" not in answer.headers
