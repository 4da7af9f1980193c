"""What lies between two beats that a ring of ECG still holds."""

from typing import Final

from edge.streams.windows import EcgRing
from vitals.features.silence import SilenceSigns, silence_signs

__all__ = ["silence_in"]

_BEATS_S: Final = 16.0
"""The beats of so many seconds before it say how high a beat is."""


def silence_in(ring: EcgRing, before: int, after: int) -> SilenceSigns | None:
    """Measure the ring from the beat at `before` up to `after`; `None`: it cannot be told."""
    first = max(ring.start, before - round(_BEATS_S * ring.rate_hz))
    held = ring.last(ring.end - first)
    return silence_signs(
        held.ecg_mv,
        ring.rate_hz,
        [peak for peak in held.r_peaks if peak <= before - first],
        after=before - first,
        until=after - first,
    )
