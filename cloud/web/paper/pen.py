"""What writes on a sheet: sentences, numbers and times as the reader has them, in fonts that have them."""

from dataclasses import dataclass
from math import floor, log10
from typing import Any, Final

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from cloud.alerts.wording.quantities import Reader, amount, capital, unit_words
from cloud.alerts.wording.texts import kind_name
from cloud.web.local import Local
from cloud.web.paper.fonts import Fonts
from cloud.web.words import Plural, Sentence
from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "ACCENT",
    "BAND",
    "BAND_WIDE",
    "GRID",
    "GRID_BOLD",
    "INK",
    "LINE",
    "SOFT",
    "Look",
    "OnPaper",
    "Pen",
]

OnPaper = Any
"""Whatever reportlab makes and takes: it comes without types."""

INK: Final[Color] = HexColor("#16201e")
SOFT: Final[Color] = HexColor("#495552")
LINE: Final[Color] = HexColor("#c3ccc9")
GRID: Final[Color] = HexColor("#e3e9e7")
GRID_BOLD: Final[Color] = HexColor("#b9c5c1")
BAND_WIDE: Final[Color] = HexColor("#dfe7e5")
BAND: Final[Color] = HexColor("#a9c3be")
ACCENT: Final[Color] = HexColor("#0f6e69")
_MOST_DIGITS: Final = 1
_LEADING: Final = 1.32
_SIZES: Final = {"title": 20.0, "name": 14.0, "heading": 12.5, "body": 9.5, "small": 8.0}
_BOLD: Final = frozenset({"title", "name", "heading"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a text stands in a drawing; `anchor` is what of it is at its place: 0 the beginning, 1 the end."""

    size: float = 7.0
    anchor: float = 0.0
    bold: bool = False
    colour: Color = SOFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Writes for one reader."""

    local: Local
    reader: Reader
    fonts: Fonts

    def said(self, message: str | Plural, /, **fields: object) -> str:
        """Return a message in the reader's language, filled in."""
        return Sentence(message=message, fields=fields).said(self.local.words)

    def text(
        self, text: str, style: str = "body", *, bold: bool = False, soft: bool = False, right: bool = False
    ) -> OnPaper:
        """Return a paragraph."""
        is_bold = bold or style in _BOLD
        return Paragraph(self.fonts.markup(text, bold=is_bold), _style(self, style, soft=soft, right=right))

    def tell(self, message: str | Plural, /, style: str = "body", **fields: object) -> OnPaper:
        """Return a paragraph of a message."""
        return self.text(self.said(message, **fields), style)

    def draw(self, canvas: OnPaper, at: tuple[float, float], text: str, look: Look | None = None) -> None:
        """Draw a text with its anchor at a place."""
        look = look or Look()
        width = self.fonts.width(text, look.size, bold=look.bold)
        line = canvas.beginText(at[0] - look.anchor * width, at[1])
        line.setFillColor(look.colour)
        for run in self.fonts.runs(text, bold=look.bold):
            line.setFont(run.font, look.size)
            line.textOut(run.text)
        canvas.drawText(line)

    def kind(self, key: str) -> str:
        """Return what a kind is called, as a title."""
        return capital(kind_name(key, self.reader.words))

    def unit(self, ucum: str) -> str:
        """Return what the reader calls a unit."""
        return unit_words(ucum, self.reader)

    def value(self, kind: str, value: float) -> str:
        """Return a value in the reader's unit, with as many digits as its kind has."""
        row = OBSERVATION_KINDS[kind]
        finest = amount(row.resolution, row.ucum, self.reader)
        digits = min(_MOST_DIGITS, max(0, -floor(log10(finest))))
        return self.number(amount(value, row.ucum, self.reader), digits)

    def with_unit(self, kind: str, value: float) -> str:
        """Return a value with its unit."""
        return f"{self.value(kind, value)} {self.unit(OBSERVATION_KINDS[kind].ucum)}".strip()

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with so many decimals."""
        return self.local.written(f"{value:.{digits}f}")

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share of one: what is more than none and less than one is not written as 0 or 100."""
        finest = 10.0 ** -(digits + 2)
        if 0 < share < finest:
            return f"< {self.number(100 * finest, digits)} %"
        return f"{self.number(100 * share, digits)} %"


def _style(pen: Pen, name: str, *, soft: bool, right: bool) -> ParagraphStyle:
    size = _SIZES[name]
    return ParagraphStyle(
        name,
        fontName="Helvetica-Bold" if name in _BOLD else "Helvetica",
        fontSize=size,
        leading=size * _LEADING,
        textColor=SOFT if soft else INK,
        alignment=TA_RIGHT if right else TA_LEFT,
        wordWrap="CJK" if pen.local.words.tag == "zh" else None,
        splitLongWords=1,
        spaceAfter=2,
    )
