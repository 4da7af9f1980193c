"""The heart's trace at true scale: 25 mm a second, 10 mm a millivolt, on squares of 1 and 5 mm."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from reportlab.lib.units import mm
from reportlab.platypus.flowables import Flowable

from cloud.reports.contents import Trace
from cloud.reports.strips import SHOWN_MS
from cloud.web.paper.pen import GRID, GRID_BOLD, INK, SOFT, Look, OnPaper, Pen
from cloud.web.words import N_

__all__ = ["MM_PER_MV", "MM_PER_S", "Strip"]

MM_PER_S: Final = 25.0
MM_PER_MV: Final = 10.0
_HEIGHTS_MM: Final = (30, 60)
"""The least and the most: a sheet is to hold several, and a trace that goes beyond is cut."""
_ROOM_MM: Final = 6
_BIG_MM: Final = 5
_WIDTH_MM: Final = round(SHOWN_MS / 1_000 * MM_PER_S)
_RULE_MM: Final = 50
_BELOW: Final = 12.0


class Strip(Flowable):  # type: ignore[misc]
    """Pieces of one lead on millimetre paper, from `from_ms` on; `mark_ms` is where the event begins."""

    def __init__(self, pen: Pen, pieces: Sequence[Trace], from_ms: int, mark_ms: int) -> None:
        super().__init__()
        self._pen, self._pieces, self._from_ms, self._mark_ms = pen, pieces, from_ms, mark_ms
        every_mv = np.concatenate([each.values for each in pieces])
        low_mv, high_mv = float(every_mv.min()), float(every_mv.max())
        self._tall_mm = _tall_mm(high_mv - low_mv)
        fits = (high_mv - low_mv) * MM_PER_MV <= self._tall_mm
        self._middle_mv = (low_mv + high_mv) / 2 if fits else float(np.median(every_mv))
        self.width, self.height = _WIDTH_MM * mm, self._tall_mm * mm + _BELOW

    def draw(self) -> None:
        """Draw paper, trace, mark and scale."""
        canvas = self.canv
        canvas.saveState()
        canvas.translate(0, _BELOW)
        _paper(canvas, self._tall_mm)
        clip = canvas.beginPath()
        clip.rect(0, 0, self.width, self._tall_mm * mm)
        canvas.clipPath(clip, stroke=0, fill=0)
        self._mark(canvas)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.7)
        canvas.setLineJoin(1)
        for piece in self._pieces:
            canvas.drawPath(self._path(canvas, piece), stroke=1, fill=0)
        canvas.restoreState()
        self._scale(canvas)

    def _path(self, canvas: OnPaper, piece: Trace) -> OnPaper:
        at_s = (piece.t0_ms - self._from_ms) / 1_000 + np.arange(len(piece.values)) / piece.rate_hz
        x = (at_s * MM_PER_S * mm).tolist()
        y = ((self._tall_mm / 2 + (piece.values - self._middle_mv) * MM_PER_MV) * mm).tolist()
        path = canvas.beginPath()
        path.moveTo(x[0], y[0])
        for place in zip(x[1:], y[1:], strict=True):
            path.lineTo(*place)
        return path

    def _mark(self, canvas: OnPaper) -> None:
        x = (self._mark_ms - self._from_ms) / 1_000 * MM_PER_S * mm
        canvas.setStrokeColor(SOFT)
        canvas.setLineWidth(0.6)
        canvas.setDash(2, 2)
        canvas.line(x, 0, x, self._tall_mm * mm)
        canvas.setDash()

    def _scale(self, canvas: OnPaper) -> None:
        """Draw a line of 50 mm to hold a ruler against: printers shrink pages unless told not to."""
        lead = next((each.lead for each in self._pieces if each.lead), "")
        said = self._pen.said(N_("25 mm/s, 10 mm/mV"))
        words = f"{said} · {lead}" if lead else said
        canvas.setStrokeColor(SOFT)
        canvas.setLineWidth(0.8)
        left = self.width - _RULE_MM * mm
        canvas.line(left, 6, self.width, 6)
        for x in (left, self.width):
            canvas.line(x, 4, x, 8)
        self._pen.draw(canvas, (0, 3), words)
        ruler = self._pen.said(N_("50 mm if printed at full size"))
        self._pen.draw(canvas, (left - 4, 3), ruler, Look(anchor=1.0))


def _tall_mm(span_mv: float) -> int:
    """Return how tall the paper is, in whole squares, so that what spans so much fits."""
    least, most = _HEIGHTS_MM
    squares = -(-(span_mv * MM_PER_MV + _ROOM_MM) // _BIG_MM)
    return int(min(most, max(least, squares * _BIG_MM)))


def _paper(canvas: OnPaper, tall_mm: int) -> None:
    for is_bold, colour, width in ((False, GRID, 0.3), (True, GRID_BOLD, 0.45)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        step = _BIG_MM if is_bold else 1
        for at in range(0, _WIDTH_MM + 1, step):
            canvas.line(at * mm, 0, at * mm, tall_mm * mm)
        for at in range(0, tall_mm + 1, step):
            canvas.line(0, at * mm, _WIDTH_MM * mm, at * mm)
