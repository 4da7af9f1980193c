"""Tables on paper: a line between rows, and a head that comes again on the next page."""

from collections.abc import Sequence
from typing import Final

from reportlab.platypus import Table, TableStyle

from cloud.web.paper.pen import INK, LINE, OnPaper, Pen
from cloud.web.paper.sheet import WIDTH

__all__ = ["Column", "table"]

_STYLE: Final = (
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 8),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
    ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
)
Column = tuple[str, float]
"""A column's head, and its share of the width."""


def table(pen: Pen, columns: Sequence[Column], rows: Sequence[Sequence[OnPaper]]) -> OnPaper:
    """Return a table; a cell is a text or whatever is drawn in its place."""
    head = [pen.text(words, "small", soft=True) for words, _ in columns]
    body = [[pen.text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    widths = [share * WIDTH for _, share in columns]
    return Table([head, *body], colWidths=widths, repeatRows=1, style=TableStyle(_STYLE), hAlign="LEFT")
