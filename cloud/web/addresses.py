"""Where pages find what they are made of: addresses that change with it, so that none is asked for twice.

A template writes `/static/patient.js`; the page says `/static/VERSION/patient.js`, which a browser keeps for
good. What a script imports is named in the page besides: on a slow line each step from one to the next costs
a round trip.
"""

import re
from collections.abc import Mapping
from typing import Final

from jinja2.ext import Extension

from cloud.web.static_files import StaticFile, static_files, static_version

__all__ = ["StaticAddresses", "imports_of", "static_address"]

_KINDS: Final = (".css", ".js", ".svg")
"""What only pages name. Pictures and the manifest are named by what is installed, and stay where they are."""
_NAMED: Final = re.compile(r'"/static/([a-z0-9_.-]+)"')
_SCRIPT: Final = re.compile(r'<script type="module" src="/static/([a-z0-9_.-]+)"></script>')
_IMPORT: Final = re.compile(rb'^import [^"]+ from "\./([a-z0-9_.-]+)";', re.MULTILINE)


class StaticAddresses(Extension):
    """Puts into every template, as it is read, where its files are, and what its scripts will import."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with addresses that can be kept."""
        del name, filename
        return _NAMED.sub(lambda named: f'"{static_address(named[1])}"', _SCRIPT.sub(_preloaded, source))


def static_address(name: str) -> str:
    """Return the path of a file as pages name it."""
    return f"/static/{static_version()}/{name}" if name.endswith(_KINDS) else f"/static/{name}"


def imports_of(name: str, known: Mapping[str, StaticFile]) -> list[str]:
    """Return every script that a script needs, whether it or another names it."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        fresh = [each for each in _imported(waiting.pop(0), known) if each not in found]
        found += fresh
        waiting += fresh
    return found


def _imported(name: str, known: Mapping[str, StaticFile]) -> list[str]:
    return [each.decode() for each in _IMPORT.findall(known[name].content)] if name in known else []


def _preloaded(script: re.Match[str]) -> str:
    links = (
        f'<link rel="modulepreload" href="/static/{each}">' for each in imports_of(script[1], static_files())
    )
    return "".join((*links, script[0]))
