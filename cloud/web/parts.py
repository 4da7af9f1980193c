"""What pages are served that is not our own: installed by `make web-parts`, held to what was looked at."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

__all__ = ["PARTS", "Part", "installed_parts", "parts_folder", "wanting_parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a locked package, as it is served; `sha256` is that of the version in `package-lock.json`."""

    package: str
    sha256: str
    serves: str


_CHARTS: Final = "charts"
PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "uplot.js": Part(
            package="uplot",
            sha256="19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
            serves=_CHARTS,
        ),
        "uplot.css": Part(
            package="uplot",
            sha256="df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
            serves=_CHARTS,
        ),
        "uplot-licence.txt": Part(
            package="uplot",
            sha256="8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
            serves=_CHARTS,
        ),
    }
)


def parts_folder() -> Traversable:
    """Return where `scripts/web-parts` puts them."""
    return files("cloud.web").joinpath("static", "parts")


def installed_parts(folder: Traversable) -> Mapping[str, bytes]:
    """Return the content of every part that is there and is what it should be."""
    found = {name: _read(folder.joinpath(name)) for name in PARTS}
    return {name: content for name, content in found.items() if _is_right(name, content)}


def wanting_parts(folder: Traversable) -> tuple[str, ...]:
    """Return a sentence for each part that is not there, or is not what it should be, with what to do."""
    return tuple(
        _wanting(name, _read(folder.joinpath(name))) for name in PARTS if name not in installed_parts(folder)
    )


def _wanting(name: str, content: bytes) -> str:
    state = "is not what was looked at, and is not served" if content else "is not installed"
    return f"pages: {name} {state}: pages show no {PARTS[name].serves} until `make web-parts` was run"


def _is_right(name: str, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == PARTS[name].sha256


def _read(file: Traversable) -> bytes:
    """Return what is in a file; nothing if it cannot be read, or is none."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
