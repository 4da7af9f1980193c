"""axe finds nothing on any page as whoever may open it, on a phone in the dark and at a desk in the light."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from cloud.application import application
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES, furnished
from tests.fakes.gallery import gallery
from tests.fakes.http_server import free_port, serving
from tests.fakes.pages import Unlike, every_page
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = (({"width": 390, "height": 844}, "dark"), ({"width": 1440, "height": 900}, "light"))
FIND = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.flatMap(each => each.nodes.map(
    node => [each.id, each.help, node.html.slice(0, 160), ...node.any.map(one => one.message)].join(": ")));
}"""


@dataclass(slots=True)
class Looked:
    """A service, a browser, and what was found on which page."""

    url: str
    cloud: FakeCloud
    browser: Browser
    pages: list[str]
    wrong: list[str] = field(default_factory=list)
    unlike: Unlike = field(default_factory=Unlike)

    def at(self, page: Page, what: str) -> None:
        """Look at what a page shows, in every way there is to look at it."""
        page.evaluate(AXE.read_text())
        for size, scheme in LOOKS:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            self.wrong += [f"{what} {size['width']} {scheme}: {each}" for each in page.evaluate(FIND)]
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                self.wrong.append(f"{what} is wider than {size['width']} px")


@pytest.fixture(scope="module")
def looked() -> Iterator[Looked]:
    if not AXE.exists():
        pytest.fail(f"{AXE} is not there: run scripts/web-parts --all")
    port = free_port()
    cloud = furnished(FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}"))
    app = application(cloud.services)
    with serving(app, port) as url, chromium() as browser:
        yield Looked(url, cloud, browser, list(every_page(app)))


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_axe_finds_nothing_on_any_page(looked: Looked, role: str) -> None:
    looked.wrong.clear()
    context = looked.browser.new_context(locale="en-GB", service_workers="block")
    page = context.new_page()
    if role in ROLES:
        page.goto(f"{looked.url}/sign-in?token={looked.cloud.sessions.invite(ROLES[role].id)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
    for path in (*looked.pages, "/nowhere"):
        answer = context.request.get(f"{looked.url}{path}")
        assert answer.status < 500, path
        if looked.unlike.is_new(answer.text()):
            page.goto(f"{looked.url}{path}")
            looked.at(page, f"{role} {path}")
    context.close()
    assert looked.wrong == []


def test_axe_finds_nothing_on_any_piece_of_the_design(looked: Looked) -> None:
    looked.wrong.clear()
    context = looked.browser.new_context(locale="en-GB", service_workers="block")
    page = context.new_page()
    page.route("**/gallery", lambda route: route.fulfill(content_type="text/html", body=gallery()))
    page.goto(f"{looked.url}/gallery")
    looked.at(page, "gallery")
    context.close()
    assert looked.wrong == []
