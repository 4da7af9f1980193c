"""The last hours of raw waveforms, on disk, whether they were sent or not."""

from edge.ring.ring import WaveformRing
from edge.ring.segments import RingLimits

__all__ = ["RingLimits", "WaveformRing"]
