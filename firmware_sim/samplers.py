"""How a wearable samples its wearer's signals: all in step, as counts of its converter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body import Body
from firmware_sim.heart import HeartSource
from firmware_sim.heart_rate_meter import HeartRateMeter
from firmware_sim.signals import SignalSource
from vitals.gatt.signal_control_point import SignalSettings
from vitals.gatt.signals import SIGNALS, Signal

__all__ = ["HeartSampler", "LazySampler", "Sampler", "SignalRow", "Stretch", "samplers_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    """A signal that a model streams; an ECG comes from the heart and names no `source`.

    `rates_hz` are those that its hardware can be set to, the usual one first; each is even.
    """

    signal: Signal
    rates_hz: tuple[int, ...]
    resolution: int
    source: Callable[[Body, int], SignalSource] | None = None

    def settings(self, rate_hz: int) -> SignalSettings:
        """Return what a wearable set to `rate_hz`, where it can be, offers."""
        chosen_hz = rate_hz if rate_hz in self.rates_hz else self.rates_hz[0]
        return SignalSettings(signal=self.signal, rate_hz=chosen_hz, resolution=self.resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive counts of each channel; `start` counts samples since the beginning of life."""

    settings: SignalSettings
    start: int
    channels: tuple[tuple[int, ...], ...]


class Sampler(Protocol):
    """One signal of one wearable."""

    @property
    def settings(self) -> SignalSettings:
        """Signal, rate and resolution."""
        ...

    def begin(self) -> None:
        """Sample from now on, for good."""
        ...

    def read(self, count: int) -> Stretch | None:
        """Return the next `count` samples; `None` while nobody has ever asked for them."""
        ...


class HeartSampler:
    """Electrodes: always on, for the rate is counted from them; after a recording's end they hang loose."""

    def __init__(self, heart: HeartSource, settings: SignalSettings, meter: HeartRateMeter) -> None:
        self.settings = settings
        self._heart = heart
        self._meter = meter
        self._stop = 0

    def begin(self) -> None:
        """Change nothing: it has begun with life."""

    def read(self, count: int) -> Stretch:
        """Return the next samples, and let the meter count their beats."""
        segment = self._heart.read(count)
        missing = count - len(segment.ecg_mv)
        if missing:
            loose_mv = np.pad(segment.ecg_mv, (0, missing))
            segment = replace(segment, start=self._stop, ecg_mv=loose_mv, contact=missing < count)
        self._stop = segment.stop
        self._meter.take(segment)
        return _stretch(self.settings, segment.start, segment.ecg_mv[:, None])


class LazySampler:
    """Any other signal: taken from the moment somebody first asks for it."""

    def __init__(self, make: Callable[[], SignalSource], settings: SignalSettings) -> None:
        self.settings = settings
        self._make = make
        self._source: SignalSource | None = None
        self._position = 0

    def begin(self) -> None:
        """Sample from now on."""
        if self._source is None:
            self._source = self._make()
            self._source.read(self._position)

    def read(self, count: int) -> Stretch | None:
        """Return the next samples."""
        self._position += count
        if self._source is None:
            return None
        segment = self._source.read(count)
        return _stretch(self.settings, segment.start, segment.samples)


def samplers_of(
    rows: Sequence[SignalRow], body: Body, meter: HeartRateMeter, rate_hz: int
) -> tuple[Sampler, ...]:
    """Return a sampler for each row."""
    return tuple(_sampler(row, body, meter, row.settings(rate_hz)) for row in rows)


def _sampler(row: SignalRow, body: Body, meter: HeartRateMeter, settings: SignalSettings) -> Sampler:
    source, rate_hz = row.source, settings.rate_hz
    if source is None:
        return HeartSampler(body.heart(rate_hz), settings, meter)
    return LazySampler(lambda: source(body, rate_hz), settings)


def _stretch(settings: SignalSettings, start: int, samples: NDArray[np.float64]) -> Stretch:
    scale = SIGNALS[settings.signal].resolution_units_per_unit / settings.resolution
    counts = np.rint(samples * scale).astype(int)
    return Stretch(settings=settings, start=start, channels=tuple(tuple(lead) for lead in counts.T.tolist()))
