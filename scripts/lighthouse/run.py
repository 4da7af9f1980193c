"""`make lighthouse`: what Lighthouse says of the pages people open most, signed in as whom they are for.

A phone as Lighthouse thinks of one: processor slowed four times, 1.6 Mbit/s, 150 ms there and back. Over a
household of fakes; `build/lighthouse.json` has every figure.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from cloud.application import application
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES, furnished
from tests.fakes.http_server import free_port, serving
from tests.fakes.pages import every_page
from vitals.clock import ScaledClock

HERE: Final = Path(__file__).parent
LIGHTHOUSE: Final = HERE / "node_modules" / ".bin" / "lighthouse"
REPORT: Final = HERE.parents[1] / "build" / "lighthouse.json"
CHROMIUM: Final = "/usr/bin/chromium"
ONE_S: Final = 120
PAGES: Final = (
    ("anybody", "/sign-in"),
    ("patient", "/patients/p-wei"),
    ("patient", "/patients/p-wei/looks"),
    ("patient", "/patients/p-wei/sharing"),
    ("caregiver", "/inbox"),
    ("caregiver", "/alerts/alert-ventricular-tachycardia"),
    ("caregiver", "/duty"),
    ("clinician", "/patients"),
    ("clinician", "/patients/p-wei"),
    ("clinician", "/patients/p-wei/ecg"),
    ("administrator", "/admin/health"),
    ("administrator", "/admin/gateways"),
    ("administrator", "/admin/devices"),
)
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
FIGURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first paint ms": "first-contentful-paint",
        "largest paint ms": "largest-contentful-paint",
        "interactive ms": "interactive",
        "blocked ms": "total-blocking-time",
        "bytes": "total-byte-weight",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What Lighthouse said of a page as somebody."""

    who: str
    path: str
    scores: Mapping[str, int]
    figures: Mapping[str, int]


def main() -> None:
    """Judge every page, write the report, and print the table."""
    given = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    port = free_port()
    cloud = furnished(FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}"))
    app = application(cloud.services)
    there = frozenset(every_page(app))
    with serving(app, port) as url:
        verdicts = [
            _verdict(who, path, _judged(f"{url}{path}", _signed_in(cloud, who)))
            for who, path in PAGES
            if path in there
        ]
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.write_text(json.dumps([_plain(each) for each in verdicts], indent=1) + "\n")
    sys.stdout.write(_table(verdicts))


def _signed_in(cloud: FakeCloud, who: str) -> dict[str, str]:
    """Return the headers of somebody's requests; a cookie here would give way to those that pages set."""
    return {"Authorization": f"Bearer {cloud.token(ROLES[who])}"} if who in ROLES else {}


def _judged(url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    command = [
        str(LIGHTHOUSE),
        url,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        "--chrome-flags=--headless=new --no-sandbox",
        f"--extra-headers={json.dumps(headers)}",
    ]
    environment = os.environ | {"CHROME_PATH": CHROMIUM}
    done = subprocess.run(  # noqa: S603 - addresses of ours
        command, env=environment, capture_output=True, check=True, timeout=ONE_S
    )
    found: dict[str, Any] = json.loads(done.stdout)
    led_to = found["finalDisplayedUrl"]
    if urlsplit(led_to).path != urlsplit(url).path:
        raise SystemExit(f"{url} led to {led_to}: what was judged is not what was meant")
    return found


def _verdict(who: str, path: str, told: dict[str, Any]) -> Verdict:
    return Verdict(
        who=who,
        path=path,
        scores={name: round(100 * told["categories"][name]["score"]) for name in CATEGORIES},
        figures={words: round(told["audits"][name]["numericValue"]) for words, name in FIGURES.items()},
    )


def _plain(verdict: Verdict) -> dict[str, object]:
    return {"who": verdict.who, "path": verdict.path, **verdict.scores, **verdict.figures}


def _table(verdicts: list[Verdict]) -> str:
    columns = ("page", "as", *CATEGORIES, *FIGURES)
    rows = [(each.path, each.who, *each.scores.values(), *each.figures.values()) for each in verdicts]
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
