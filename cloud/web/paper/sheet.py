"""The sheet itself: A4, its margins, and what stands at the foot of each page, with how many there are."""

import io
from collections.abc import Sequence
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate

from cloud.web.paper.pen import LINE, SOFT, Look, OnPaper, Pen
from cloud.web.words import N_

__all__ = ["WIDTH", "bound"]

_SIDE: Final = 15 * mm
_TOP: Final = 14 * mm
_BOTTOM: Final = 20 * mm
WIDTH: Final[float] = A4[0] - 2 * _SIDE
"""180 mm: 7.2 s of a heart's trace at 25 mm/s."""
_MOST_LETTERS: Final = 60


def bound(story: Sequence[OnPaper], pen: Pen, *, title: str, foot: str) -> bytes:
    """Return a PDF of what is to stand in it: the same story, the same bytes."""
    target = io.BytesIO()
    template = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=title,
        creator="Carewire",
        author="",
        subject="",
        invariant=1,
        lang=pen.local.tag,
    )
    # A frame keeps 6 pt of padding at each side; the sheet's margins are ours alone.
    template.leftMargin -= 6
    template.rightMargin -= 6

    class _Numbered(Canvas):  # type: ignore[misc]
        """Keeps its pages until it is known how many there are."""

        def __init__(self, *args: OnPaper, **options: OnPaper) -> None:
            super().__init__(*args, **options)
            self._kept: list[dict[str, OnPaper]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            """Put a page aside."""
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Write all pages."""
            for number, page in enumerate(self._kept, 1):
                self.__dict__.update(page)
                _draw_foot(self, pen, foot, number, len(self._kept))
                super().showPage()
            super().save()

    template.build(list(story), canvasmaker=_Numbered)
    return target.getvalue()


def _draw_foot(canvas: OnPaper, pen: Pen, foot: str, number: int, count: int) -> None:
    right = A4[0] - _SIDE
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(_SIDE, 14 * mm, right, 14 * mm)
    pen.draw(canvas, (_SIDE, 10 * mm), foot, Look(size=7.5, colour=SOFT))
    pages = pen.said(N_("Page {number} of {count}"), number=number, count=count)
    pen.draw(canvas, (right, 10 * mm), pages, Look(size=7.5, anchor=1.0, colour=SOFT))
    warning = pen.said(N_("Carewire assists; it is no medical device. Nothing here is a diagnosis."))
    pen.draw(canvas, (_SIDE, 6.5 * mm), warning, Look(size=7.0, colour=SOFT))
