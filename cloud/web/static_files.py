"""The stylesheet and the scripts, read once and served by name; nothing else can be asked for.

The stylesheet is written in parts and sent as one: on a slow line each further file costs a round trip.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cloud.access.errors import NotVisibleError
from cloud.access.guards import Anyone
from cloud.api.routes import policed_router

router = policed_router("static", documented=False, effort=None)

STYLESHEET: Final = "carewire.css"
STYLES: Final = (
    "tokens",
    "ground",
    "shell",
    "controls",
    "pieces",
    "priority",
    "patient",
    "print",
)
"""Its parts, in their order."""
_MEDIA_TYPES: Final = MappingProxyType(
    {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StaticFile:
    content: bytes
    media_type: str
    etag: str


@router.get("/static/{name}")
async def static_file(_: Anyone, request: Request, name: str) -> Response:
    """Return a file of `cloud/web/static`; browsers ask each time and are mostly told "unchanged"."""
    found = _static_files().get(name)
    if found is None:
        raise NotVisibleError("there is no such file: check the address")
    headers = {"etag": found.etag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)


@cache
def _static_files() -> dict[str, _StaticFile]:
    folder = files("cloud.web").joinpath("static")
    styles = b"\n".join(folder.joinpath("styles", f"{part}.css").read_bytes() for part in STYLES)
    return {STYLESHEET: _static_file(styles, _MEDIA_TYPES[".css"])} | {
        entry.name: _static_file(entry.read_bytes(), media_type)
        for entry in folder.iterdir()
        for suffix, media_type in _MEDIA_TYPES.items()
        if entry.name.endswith(suffix)
    }


def _static_file(content: bytes, media_type: str) -> _StaticFile:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return _StaticFile(content=content, media_type=media_type, etag=etag)
