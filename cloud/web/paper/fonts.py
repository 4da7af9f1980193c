"""Which font draws which sign: names come in any script, and a sign that none can draw is seen to be missing.

Latin and Chinese are drawn by fonts that every reader of PDFs has or replaces; what is left, by one that is
embedded: DejaVu Sans where the machine has it, else the Vera Sans that comes with reportlab.
"""

import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape
from itertools import groupby
from typing import Final

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from cloud.web.paper.direction import visual

__all__ = ["MISSING", "Fonts", "Run", "fonts"]

MISSING: Final = "\u25a1"
"""What stands in the place of a sign that no font here has: Chinese fonts have this square."""
_LATIN: Final = ("Helvetica", "Helvetica-Bold")
_CHINESE: Final = "STSong-Light"
_KOREAN: Final = "HYSMyeongJo-Medium"
_WIDE: Final = (("DejaVuSans", "DejaVuSans-Bold"), ("Vera", "VeraBd"))
_EAST_ASIAN: Final = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO", "KANGXI")
_LAST_OF_UCS2: Final = "\uffff"


@dataclass(frozen=True, slots=True)
class Run:
    """Signs in a row that one font draws."""

    font: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """The fonts of a document; `missing` collects the signs that none of them has."""

    wide: tuple[str, str]
    wide_signs: Container[int]
    missing: set[str] = field(default_factory=set)

    def runs(self, text: str, *, bold: bool = False) -> Iterator[Run]:
        """Yield a text in the order in which it is drawn, by font."""
        signs = [self._drawn(sign) for sign in visual(text)]
        for font, stretch in groupby(signs, key=lambda sign: self._font(sign, bold=bold)):
            yield Run(font, "".join(stretch))

    def markup(self, text: str, *, bold: bool = False) -> str:
        """Return a text as paragraphs take it."""
        return "".join(
            f'<font name="{run.font}">{escape(run.text, quote=False)}</font>'
            for run in self.runs(text, bold=bold)
        )

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return how wide a text is, in points."""
        return sum(float(stringWidth(run.text, run.font, size)) for run in self.runs(text, bold=bold))

    def _drawn(self, sign: str) -> str:
        if self._font(sign, bold=False) or sign.isspace():
            return sign if sign.isprintable() else " "
        self.missing.add(sign)
        return MISSING

    def _font(self, sign: str, *, bold: bool) -> str:
        """Return the font that draws a sign; none, if none does."""
        if _is_latin(sign) or sign.isspace():
            return _LATIN[bold]
        name = unicodedata.name(sign, "")
        if name.startswith("HANGUL") and sign <= _LAST_OF_UCS2:
            return _KOREAN
        if (name.startswith(_EAST_ASIAN) and sign <= _LAST_OF_UCS2) or sign == MISSING:
            return _CHINESE
        return self.wide[bold] if ord(sign) in self.wide_signs else ""


def fonts() -> Fonts:
    """Return the fonts for a document."""
    wide, signs = _registered()
    return Fonts(wide=wide, wide_signs=signs)


@cache
def _registered() -> tuple[tuple[str, str], Container[int]]:
    for name in (_CHINESE, _KOREAN):
        registerFont(UnicodeCIDFont(name))
    for names in _WIDE:
        try:
            found = [TTFont(name, f"{name}.ttf") for name in names]
        except TTFError:
            continue  # this machine does not have it
        for font in found:
            registerFont(font)
        return names, frozenset(found[0].face.charToGlyph)
    return _LATIN, frozenset()


@cache
def _is_latin(sign: str) -> bool:
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return sign.isprintable()
