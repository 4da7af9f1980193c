"""Every page there is, as addresses: what a browser can open, with the places of a furnished household."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI

from cloud.access.site import site
from cloud.api.routes import PolicedRoute
from cloud.application import application
from cloud.ports import Person
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.every_route import PLACES

NO_PAGES = ("/api/", "/metrics", "/healthz", "/static/", "/sw.js", "/sign-in/openid")
HOUSEHOLD = PLACES | {"alert_id": "alert-ventricular-tachycardia"}


def every_page(app: FastAPI) -> Sequence[str]:
    """Return the address of every route that answers a browser with a page; files to keep are none."""
    return [route.path_format.format_map(HOUSEHOLD) for route in _routes(app)]


def every_question(app: FastAPI, text: str) -> Sequence[str]:
    """Return the same pages, asked with `text` wherever an address can hold one."""
    return [
        f"{route.path_format.format_map(HOUSEHOLD)}?{urlencode({each.alias: text})}"
        for route in _routes(app)
        for each in route.dependant.query_params
    ]


def _routes(app: FastAPI) -> Iterator[PolicedRoute]:
    for route in app.routes:
        if (
            isinstance(route, PolicedRoute)
            and "GET" in (route.methods or ())
            and not route.path.startswith(NO_PAGES)
            and not route.path.endswith((".json", ".pdf", ".csv", ".parquet", ".zip", "/now", "/overview"))
        ):
            yield route


async def read_as(
    person: Person | None, cloud: FakeCloud, paths: Sequence[str], language: str = "en"
) -> list[tuple[str, str]]:
    """Return the pages that somebody's browser gets at these addresses; the service fails at none."""
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    headers = {"accept-language": language}
    async with httpx.AsyncClient(transport=transport, base_url=cloud.public_url, headers=headers) as client:
        if person is not None:
            client.cookies.set(site(cloud.public_url).cookie_name, cloud.token(person))
        answers = [(path, await client.get(path)) for path in paths]
    assert [path for path, answer in answers if answer.status_code >= 500] == []
    pages = [(path, answer) for path, answer in answers if "html" in answer.headers.get("content-type", "")]
    return [(path, answer.text) for path, answer in pages]


_CHANGING: Final = re.compile(r'[0-9]+|value="[^"]*"')


@dataclass(slots=True)
class Unlike:
    """Which pages were seen: what two people are shown alike is looked at once."""

    shapes: set[str] = field(default_factory=set)

    def is_new(self, html: str) -> bool:
        """Tell whether a page is unlike all before."""
        shape = _CHANGING.sub("", html.partition("<main")[2].partition("</main>")[0])
        is_new = shape not in self.shapes
        self.shapes.add(shape)
        return is_new
