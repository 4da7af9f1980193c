"""Opens every page as whoever may, as a slow phone on a slow line would: `make page-budgets`.

Processor slowed four times, 1.6 Mbit/s, 150 ms there and back, nothing kept from before; the median of three.
Over a household of fakes: what a store takes is measured by `carewire bench history`. Fails if a page is over
its budget; `build/page-budgets.json` has every figure.
"""

import argparse
import json
import logging
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import structlog
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from cloud.application import application
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES, furnished
from tests.fakes.http_server import free_port, serving
from tests.fakes.pages import Unlike, every_page
from tests.fakes.slow_line import Cost, cost_of
from vitals.clock import ScaledClock

REPORT: Final = Path(__file__).parents[1] / "build" / "page-budgets.json"
CHROMIUM: Final = "/usr/bin/chromium"
MOST: Final = Cost(answered_ms=1_000, painted_ms=1_000, usable_ms=1_500, sent_bytes=200_000)
NOBODY: Final = "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page, as whom, and what it cost."""

    who: str
    path: str
    cost: Cost

    @property
    def is_within(self) -> bool:
        """Tell whether it is within every budget."""
        return all(getattr(self.cost, each.name) < getattr(MOST, each.name) for each in fields(Cost))


def main() -> int:
    """Measure, write the report, and print the slowest first."""
    given = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    port = free_port()
    cloud = furnished(FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}"))
    app = application(cloud.services)
    with serving(app, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        unlike = Unlike()
        visits = [_Visit(browser, cloud, url, who, unlike, given.times) for who in (NOBODY, *ROLES)]
        opened = [each for visit in visits for each in _opened(visit, every_page(app))]
        browser.close()
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.write_text(json.dumps([asdict(each) for each in opened], indent=1) + "\n")
    sys.stdout.write(_table(sorted(opened, key=lambda each: -each.cost.usable_ms)))
    return 0 if all(each.is_within for each in opened) else 1


@dataclass(frozen=True, slots=True)
class _Visit:
    browser: Browser
    cloud: FakeCloud
    url: str
    who: str
    unlike: Unlike
    """What two people are shown alike is opened once."""
    times: int

    def signed_in(self) -> BrowserContext:
        phone: ViewportSize = {"width": 390, "height": 844}
        context = self.browser.new_context(locale="en-GB", viewport=phone, service_workers="block")
        if self.who in ROLES:
            page = context.new_page()
            page.goto(f"{self.url}/sign-in?token={self.cloud.sessions.invite(ROLES[self.who].id)}")
            page.locator("main button").click()
            page.wait_for_load_state()
            page.close()
        return context


def _opened(visit: _Visit, paths: Sequence[str]) -> Iterator[Opened]:
    """Measure every page that opens to somebody and was not seen before."""
    context = visit.signed_in()
    for path in paths:
        answer = context.request.get(f"{visit.url}{path}")
        is_page = answer.ok and answer.headers["content-type"].startswith("text/html")
        if is_page and visit.unlike.is_new(answer.text()):
            costs = [cost_of(context, f"{visit.url}{path}") for _ in range(visit.times)]
            yield Opened(who=visit.who, path=path, cost=_median(costs))
    context.close()


def _median(costs: Sequence[Cost]) -> Cost:
    middle = {
        each.name: round(statistics.median(getattr(cost, each.name) for cost in costs))
        for each in fields(Cost)
    }
    return Cost(**middle)


def _table(opened: Sequence[Opened]) -> str:
    lines = ["| page | as | first byte ms | painted ms | usable ms | kB | |", "|---|---|---|---|---|---|---|"]
    for each in opened:
        cost = each.cost
        lines.append(
            f"| {each.path} | {each.who} | {cost.answered_ms:.0f} | {cost.painted_ms:.0f} | "
            f"{cost.usable_ms:.0f} | {cost.sent_bytes / 1000:.0f} | {'' if each.is_within else 'over'} |"
        )
    return "\n".join(lines) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
