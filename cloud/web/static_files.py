"""The stylesheet, the scripts and pictures, read once and served by name; nothing else can be asked for.

The stylesheet is written in parts and sent as one, without its remarks: on a slow line each further file
costs a round trip, and everything it says delays the first thing that is seen.
"""

import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cloud.access.errors import NotVisibleError
from cloud.access.guards import Anyone
from cloud.api.routes import policed_router
from cloud.web.parts import installed_parts, parts_folder

__all__ = ["STYLES", "STYLESHEET", "StaticFile", "router", "static_files", "static_version"]

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
    "ecg",
    "family",
    "clinician",
    "print",
)
"""Its parts, in their order."""
_MEDIA_TYPES: Final = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".webmanifest": "application/manifest+json",
    }
)
_REMARK: Final = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)
_PACKED: Final = "gzip"
_ASK: Final = "no-cache"
_KEEP: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file as it is served; `packed` is it compressed. What it holds is public: nothing can be guessed."""

    content: bytes
    packed: bytes
    media_type: str
    etag: str


@router.get("/static/{name}")
async def static_file(_: Anyone, request: Request, name: str) -> Response:
    """Return a file of `cloud/web/static`; browsers ask each time and are mostly told "unchanged"."""
    return _answer(request, name, _ASK)


@router.get("/static/{version}/{name}")
async def static_file_of_a_version(_: Anyone, request: Request, version: str, name: str) -> Response:
    """Return the same to be kept for good; a page of another version is given what there is, to ask again."""
    return _answer(request, name, _KEEP if version == static_version() else _ASK)


def _answer(request: Request, name: str, keeping: str) -> Response:
    found = static_files().get(name)
    if found is None:
        raise NotVisibleError("there is no such file: check the address")
    headers = {"etag": found.etag, "cache-control": keeping, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    if _PACKED not in request.headers.get("accept-encoding", ""):
        return Response(found.content, media_type=found.media_type, headers=headers)
    return Response(
        found.packed, media_type=found.media_type, headers=headers | {"content-encoding": _PACKED}
    )


@cache
def static_version() -> str:
    """Return what changes whenever any file does: scripts name each other, and change together."""
    digest = hashlib.sha256()
    for name, file in sorted(static_files().items()):
        digest.update(name.encode() + b"\0" + file.content)
    return digest.hexdigest()[:16]


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return every file that is served, by its name."""
    return {name: _static_file(name, content) for name, content in _contents()}


def _contents() -> Iterator[tuple[str, bytes]]:
    folder = files("cloud.web").joinpath("static")
    styles = (folder.joinpath("styles", f"{part}.css").read_bytes() for part in STYLES)
    yield STYLESHEET, _REMARK.sub(b"", b"\n".join(styles))
    yield from installed_parts(parts_folder()).items()
    for entry in folder.iterdir():
        if PurePath(entry.name).suffix in _MEDIA_TYPES:
            yield entry.name, entry.read_bytes()


def _static_file(name: str, content: bytes) -> StaticFile:
    return StaticFile(
        content=content,
        packed=gzip.compress(content, mtime=0),
        media_type=_MEDIA_TYPES[PurePath(name).suffix],
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
    )
