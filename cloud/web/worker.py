"""What a browser keeps of Carewire to be there without a network: the worker, and the page that says so.

It keeps what is the same for everybody, never a page about anybody.
"""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.responses import Response

from cloud.access.guards import Anyone
from cloud.api.routes import policed_router
from cloud.web.addresses import static_address
from cloud.web.rendering import render
from cloud.web.static_files import static_version

__all__ = ["KEPT", "router"]

router = policed_router("worker", documented=False, effort=None)

KEPT: Final = ("carewire.css", "mark.svg", "zone.js", "shell.js", "ages.js", "offline.js", "icon-192.png")
"""The files that the page without a network is made of."""


@router.get("/sw.js")
async def worker(_: Anyone) -> Response:
    """Return the service worker; it changes whenever anything that it keeps does."""
    return Response(
        _worker(), media_type="text/javascript; charset=utf-8", headers={"cache-control": "no-cache"}
    )


@router.get("/offline")
def offline_page(_: Anyone) -> Response:
    """Return the page that is shown where there is no network."""
    return render("offline.html", viewer=None)


@cache
def _worker() -> bytes:
    folder = files("cloud.web")
    source = folder.joinpath("worker.js").read_bytes()
    page = folder.joinpath("templates", "offline.html").read_bytes()
    digest = hashlib.sha256(source + page + static_version().encode())
    told = {"version": digest.hexdigest()[:16], "files": [static_address(name) for name in KEPT]}
    return b"const KEPT = " + json.dumps(told).encode() + b";\n" + source
