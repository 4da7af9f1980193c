"""Takes a picture of every page, as everybody who may open it: `make screenshots`, into docs/images/pages.

Over a household of fakes, so that every page has something to show. On a phone in the light and at a desk in
the dark; `--language zh` in another language. Each picture is kept under 60 kB.
"""

import argparse
import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from cloud.application import application
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES, furnished
from tests.fakes.gallery import gallery
from tests.fakes.http_server import free_port, serving
from tests.fakes.pages import Unlike, every_page
from vitals.clock import ScaledClock

PICTURES: Final = Path(__file__).parents[1] / "docs" / "images" / "pages"
CHROMIUM: Final = "/usr/bin/chromium"
MOST_BYTES: Final = 60_000
QUALITIES: Final = (80, 60, 40, 20)
STRANGER: Final = "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How pages are looked at."""

    name: str
    size: ViewportSize
    scheme: str


LOOKS: Final = (
    Look(name="phone", size={"width": 390, "height": 844}, scheme="light"),
    Look(name="desk", size={"width": 1440, "height": 900}, scheme="dark"),
)


def main() -> None:
    """Take them, and list them in a page of their own."""
    given = _arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    cloud = furnished(FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}"))
    app = application(cloud.services)
    with serving(app, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        unlike = {look.name: Unlike() for look in LOOKS}
        visits = [_Visit(browser, cloud, url, who, given.language, unlike) for who in (STRANGER, *ROLES)]
        taken = [each for visit in visits for each in _taken(visit, every_page(app), given.folder)]
        browser.close()
    (given.folder / "README.md").write_text(_listed(taken))


@dataclass(frozen=True, slots=True)
class _Visit:
    browser: Browser
    cloud: FakeCloud
    url: str
    who: str
    language: str
    unlike: dict[str, Unlike]
    """By look: what two people are shown alike is taken once."""

    def signed_in(self, look: Look) -> tuple[BrowserContext, Page]:
        context = self.browser.new_context(
            locale=self.language,
            viewport=look.size,
            color_scheme=look.scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            service_workers="block",
        )
        page = context.new_page()
        page.route("**/gallery", lambda route: route.fulfill(content_type="text/html", body=gallery()))
        if self.who in ROLES:
            page.goto(f"{self.url}/sign-in?token={self.cloud.sessions.invite(ROLES[self.who].id)}")
            page.locator("main button").click()
            page.wait_for_load_state()
        return context, page


def _taken(visit: _Visit, paths: Sequence[str], folder: Path) -> Iterator[tuple[str, str]]:
    """Take a picture of every page that opens to somebody, and yield its name and look."""
    paths = [*paths, *(["/gallery"] if visit.who == STRANGER else [])]
    for look in LOOKS:
        context, page = visit.signed_in(look)
        for path in paths:
            answer = page.goto(f"{visit.url}{path}")
            if answer is None or not answer.ok or answer.request.redirected_from is not None:
                continue  # elsewhere: it is looked at there
            if not visit.unlike[look.name].is_new(answer.text()):
                continue
            name = f"{visit.who.replace(chr(39), '')}{path.replace('/', '-').rstrip('-') or '-start'}"
            page.wait_for_timeout(150)  # what scripts draw is drawn
            (folder / f"{name}-{look.name}.webp").write_bytes(_picture(context, page))
            yield name, look.name
        context.close()


def _picture(context: BrowserContext, page: Page) -> bytes:
    """Return a page as WebP, as sharp as the room for it allows."""
    tools = context.new_cdp_session(page)
    found = b""
    for quality in QUALITIES:
        said = tools.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        found = base64.b64decode(said["data"])
        if len(found) <= MOST_BYTES:
            break
    tools.detach()
    return found


def _listed(taken: list[tuple[str, str]]) -> str:
    names = dict.fromkeys(name for name, _ in taken)
    looks = {name: [look for each, look in taken if each == name] for name in names}
    lines = ["# Every page", "", "Taken by `make screenshots`, over a household that nobody lives in.", ""]
    for name in names:
        lines += [f"## {name}", "", *(f"![{name}, {look}]({name}-{look}.webp)" for look in looks[name]), ""]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=PICTURES)
    parser.add_argument("--language", default="en-GB")
    return parser.parse_args()


if __name__ == "__main__":
    main()
