"""Every page there is, as addresses: what a browser can open, with the places of a furnished household."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI

from cloud.api.routes import PolicedRoute
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
            and not route.path.endswith((".json", "/now", "/overview"))
        ):
            yield route


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
