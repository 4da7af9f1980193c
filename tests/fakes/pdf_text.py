"""What stands on the pages of a PDF that we made, read back by its fonts: enough for tests, and no more."""

import base64
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_FONT = re.compile(rb"/(F\d+(?:\+\d+)?) (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+(?:\+\d+)?) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ENDS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Pdf:
    """The objects of a PDF by their numbers."""

    objects: dict[int, bytes]

    @classmethod
    def read(cls, content: bytes) -> "Pdf":
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")
        return cls({int(number): body for number, body in _OBJECT.findall(content)})

    @property
    def pages(self) -> list[str]:
        """The text of each page, in the order it was written in."""
        found = [
            body for body in self.objects.values() if b"/Type /Page\n" in body or b"/Type /Page " in body
        ]
        return [self._text(self._contents(body)) for body in found]

    @property
    def text(self) -> str:
        return "\n".join(self.pages)

    def drawing(self, page: int) -> bytes:
        """The operators of a page, counted from 0."""
        found = [
            body for body in self.objects.values() if b"/Type /Page\n" in body or b"/Type /Page " in body
        ]
        return self._contents(found[page])

    def _contents(self, page: bytes) -> bytes:
        (number,) = re.findall(rb"/Contents (\d+) 0 R", page)
        return self._stream(int(number))

    def _stream(self, number: int) -> bytes:
        body = self.objects[number]
        (data,) = _STREAM.findall(body)
        if b"/ASCII85Decode" in body:
            data = (
                base64.a85decode(data.strip(), adobe=False)
                if not data.strip().endswith(b"~>")
                else (base64.a85decode(b"<~" + data.strip(), adobe=True))
            )
        return zlib.decompress(data) if b"/FlateDecode" in body else data

    def _text(self, operators: bytes) -> str:
        fonts = {name: self._reader(int(number)) for name, number in self._fonts()}
        said, reader = [], fonts[b"F1"]
        for font, shown in _SHOWN.findall(operators):
            if font:
                reader = fonts[font]
            else:
                said.append(reader(_ESCAPED.sub(_unescaped, shown)))
        return " ".join(said)

    def _fonts(self) -> list[tuple[bytes, bytes]]:
        listed = next(body for body in self.objects.values() if re.match(rb"\s*<<\s*/F1 ", body))
        return _FONT.findall(listed)

    def _reader(self, number: int) -> Callable[[bytes], str]:
        body = self.objects[number]
        if b"UCS2" in body:
            return lambda text: text.decode("utf-16-be")
        if found := re.search(rb"/ToUnicode (\d+) 0 R", body):
            signs = _mapped(self._stream(int(found[1])))
            return lambda text: "".join(signs.get(code, "?") for code in text)
        return lambda text: text.decode("cp1252")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if code.isdigit() else _ENDS.get(code, code)


def _mapped(stream: bytes) -> dict[int, str]:
    signs: dict[int, str] = {}
    for first, _, listed in re.findall(rb"<(\w\w)> <(\w\w)> \[(.*?)\]", stream, re.DOTALL):
        for at, sign in enumerate(re.findall(rb"<(\w+)>", listed)):
            signs[int(first, 16) + at] = bytes.fromhex(sign.decode()).decode("utf-16-be")
    return signs
