"""Codes for cameras, drawn on a terminal."""

import io

import segno

__all__ = ["terminal_qr"]


def terminal_qr(text: str) -> str:
    """Return a QR code of half blocks: two of its rows to a line, light on dark as terminals mostly are."""
    drawn = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(drawn, compact=True, border=2)
    return drawn.getvalue()
