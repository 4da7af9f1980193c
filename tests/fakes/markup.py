"""What a page says and what it would run, as a browser would read it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

_ADDRESSES: Final = frozenset({"href", "src", "action", "formaction", "data", "poster", "xlink:href"})
_CODE: Final = frozenset({"javascript", "data", "vbscript"})
_NEVER: Final = frozenset({"iframe", "object", "embed", "base", "style", "applet"})
_SAID: Final = frozenset({"aria-label", "title", "placeholder", "alt", "content"})
_UNSAID: Final = frozenset({"script", "style", "code", "bdi"})
_VOID: Final = frozenset({"meta", "link", "input", "img", "br", "hr", "source", "wbr", "area", "col"})


@dataclass(slots=True)
class Markup:
    """A page taken apart: `doors` are what would run something, `said` what is read or read aloud."""

    doors: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def markup(page: str) -> Markup:
    """Take a page apart."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Markup()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._inside.append(tag)
        given = {name: (value or "").strip() for name, value in attrs}
        self.found.doors += [
            f"<{tag} {name}={value!r}>" for name, value in given.items() if _is_door(name, value)
        ]
        if tag in _NEVER or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.found.doors.append(f"<{tag}>")
        self.found.said += [
            value for name, value in given.items() if name in _SAID or name.startswith("data-said")
        ]

    def handle_endtag(self, tag: str) -> None:
        while tag in self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not _UNSAID.intersection(self._inside):
            self.found.said.append(data)


def _is_door(name: str, value: str) -> bool:
    is_code = name in _ADDRESSES and urlsplit(value).scheme.lower() in _CODE
    return is_code or name.startswith("on") or name == "style"
