"""Signal Data, the notified characteristic of Carewire's streaming service: one frame a notification.

| offset | octets | field        | format | meaning                                                  |
|--------|--------|--------------|--------|----------------------------------------------------------|
| 0      | 1      | Signal       | uint8  | 1 ECG, 2 PPG, 3 acceleration                             |
| 1      | 2      | Sequence     | uint16 | one more than the signal's frame before, modulo 65,536   |
| 3      | 8      | Timestamp    | uint64 | device time of the first samples, microseconds           |
| 11     | 2      | Rate         | uint16 | samples a second of each channel, not 0                  |
| 13     | 2      | Resolution   | uint16 | units a count (ECG nV, PPG 1, acceleration micro-g), not 0 |
| 15     | 1      | Sample Count | uint8  | n, samples of each channel, not 0                        |
| 16     |        | Channels     |        | one after another: ECG 1, PPG 1, acceleration 3 (x, y, z) |

Each channel:

| octets | field        | format | meaning                                          |
|--------|--------------|--------|--------------------------------------------------|
| 3      | First Sample | sint24 | counts                                           |
| 1      | Delta Width  | uint8  | w, 0 to 25                                       |
| k      | Deltas       | sint w | n - 1 times a sample less the one before, counts |

Everything is little-endian. Deltas are two's complement, packed without gaps from the least significant bit
of the first octet on, in k = ceil((n - 1) * w / 8) octets; bits left over in the last octet are 0. A channel
begins on an octet of its own and with a width of its own, so that a still axis costs next to nothing beside
one that moves. A frame says its own rate and resolution, so that it stands alone and a lost notification
costs only its own samples. One sample of one channel needs 20 octets, which fit the smallest ATT_MTU (23);
one of acceleration needs 28.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from vitals.gatt.octets import Octets, fitting
from vitals.gatt.signals import SIGNALS, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NAME = "Signal Data"
HEADER_OCTETS = 16
CHANNEL_OCTETS = 4
"""What each channel takes before its deltas."""
MAX_SAMPLES = 0xFF
ATT_NOTIFICATION_OCTETS = 3
"""What a notification's opcode and handle take of ATT_MTU: `max_octets` is ATT_MTU less this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFrame:
    """Consecutive samples of a signal: counts, a tuple a channel, equally long, in the order of its leads."""

    signal: Signal
    sequence: int
    timestamp_us: int
    rate_hz: int
    resolution: int
    channels: tuple[tuple[int, ...], ...]

    @property
    def length(self) -> int:
        """How many samples each channel has."""
        return len(self.channels[0])

    @property
    def values(self) -> tuple[tuple[float, ...], ...]:
        """The samples in the signal's unit: mV, arbitrary, g."""
        units_per_unit = SIGNALS[self.signal].resolution_units_per_unit
        return tuple(
            tuple(count * self.resolution / units_per_unit for count in channel) for channel in self.channels
        )


def decode(value: bytes) -> SignalFrame:
    """Decode a notified frame."""
    octets = Octets(NAME, value)
    signal = octets.member(Signal, "Signal")
    sequence = octets.uint(2, "Sequence")
    timestamp_us = octets.uint(8, "Timestamp")
    rate_hz = octets.positive(2, "Rate")
    resolution = octets.positive(2, "Resolution")
    count = octets.positive(1, "Sample Count")
    channels = tuple(_decode_channel(octets, count) for _ in SIGNALS[signal].leads)
    octets.finish()
    return SignalFrame(
        signal=signal,
        sequence=sequence,
        timestamp_us=timestamp_us,
        rate_hz=rate_hz,
        resolution=resolution,
        channels=channels,
    )


def encode(frame: SignalFrame) -> bytes:
    """Encode a frame with the narrowest deltas that hold it; raise `ValueError` for what none can."""
    _check_channels(frame.signal, frame.channels)
    if not 1 <= frame.length <= MAX_SAMPLES:
        raise ValueError(f"a frame holds 1 to {MAX_SAMPLES} samples, not {frame.length}: split them")
    if not all(map(_in_range, frame.channels)):
        raise ValueError(f"a sample has {_SAMPLE_BITS} bits: use a coarser resolution")
    return b"".join(
        (
            bytes([frame.signal]),
            fitting(frame.sequence, 16, "Sequence").to_bytes(2, "little"),
            fitting(frame.timestamp_us, 64, "Timestamp").to_bytes(8, "little"),
            fitting(frame.rate_hz, 16, "Rate", low=1).to_bytes(2, "little"),
            fitting(frame.resolution, 16, "Resolution", low=1).to_bytes(2, "little"),
            bytes([frame.length]),
            *map(_encode_channel, frame.channels),
        )
    )


def frame_capacity(signal: Signal, max_octets: int, delta_bits: int) -> int:
    """Return how many samples of each channel fit `max_octets` when no delta needs more than `delta_bits`."""
    channels = SIGNALS[signal].channels
    spare_octets = max_octets - _octets_of_one(signal)
    if spare_octets < 0:
        raise ValueError(
            f"a frame of {signal.name} needs {_octets_of_one(signal)} octets for its first samples; "
            f"{max_octets} cannot hold it"
        )
    return min(MAX_SAMPLES, 1 + spare_octets // channels * 8 // delta_bits) if delta_bits else MAX_SAMPLES


def split_samples(  # noqa: PLR0913 - a frame's header fields, by name, and the room for it
    channels: Sequence[Sequence[int]],
    *,
    signal: Signal,
    sequence: int,
    timestamp_us: int,
    rate_hz: int,
    resolution: int,
    max_octets: int,
) -> Iterator[SignalFrame]:
    """Yield consecutive frames that each encode to at most `max_octets`, as full as they go.

    `sequence` and `timestamp_us` are the first frame's; the next ones count on from it at `rate_hz`.
    `max_octets` is ATT_MTU less 3; where not even one sample of each channel fits, `ValueError` is raised.
    """
    _check_channels(signal, channels)
    start = 0
    while start < len(channels[0]):
        count = _fitting_count(signal, channels, start, max_octets)
        yield SignalFrame(
            signal=signal,
            sequence=sequence % _SEQUENCE_MODULUS,
            timestamp_us=timestamp_us + (start * 1_000_000 + rate_hz // 2) // rate_hz,
            rate_hz=rate_hz,
            resolution=resolution,
            channels=tuple(tuple(channel[start : start + count]) for channel in channels),
        )
        start += count
        sequence += 1


def sequence_step(earlier: int, later: int) -> int:
    """Return how far `later` lies from `earlier` on the counter's circle, -32,768 to 32,767.

    1 is the next frame, 0 the same one again, n > 1 means n - 1 frames were lost; a negative step is a frame
    that comes late or a device that started anew.
    """
    half = _SEQUENCE_MODULUS // 2
    return (later - earlier + half) % _SEQUENCE_MODULUS - half


_SEQUENCE_MODULUS = 1 << 16
_SAMPLE_BITS = 24
_MAX_DELTA_BITS = _SAMPLE_BITS + 1


def _check_channels(signal: Signal, channels: Sequence[Sequence[int]]) -> None:
    expected = SIGNALS[signal].channels
    if len(channels) != expected:
        raise ValueError(f"{signal.name} has {expected} channel(s), not {len(channels)}")
    if len({len(channel) for channel in channels}) > 1:
        raise ValueError("channels are sampled together: give each the same number of samples")


def _decode_channel(octets: Octets, count: int) -> tuple[int, ...]:
    first = octets.sint(3, "First Sample")
    width = octets.uint(1, "Delta Width")
    if width > _MAX_DELTA_BITS:
        octets.reject(f"deltas of 0 to {_MAX_DELTA_BITS} bits and not {width}")
    packed_bits = (count - 1) * width
    packed = octets.uint(_whole_octets(packed_bits), f"{count - 1} deltas of {width} bits")
    if packed >> packed_bits:
        octets.reject("zeros in the bits after the last delta")
    samples = tuple(accumulate(_unpack(packed, count - 1, width), initial=first))
    if not _in_range(samples):
        octets.reject(f"deltas that stay within {_SAMPLE_BITS} bits")
    return samples


def _encode_channel(samples: Sequence[int]) -> bytes:
    deltas = [later - earlier for earlier, later in pairwise(samples)]
    width = max(map(_width, deltas), default=0)
    return samples[0].to_bytes(3, "little", signed=True) + bytes([width]) + _pack(deltas, width)


def _in_range(samples: Sequence[int]) -> bool:
    limit = 1 << _SAMPLE_BITS - 1
    return -limit <= min(samples) and max(samples) < limit


def _unpack(packed: int, count: int, width: int) -> Iterator[int]:
    mask = (1 << width) - 1
    sign = 1 << width >> 1
    for _ in range(count):
        yield (packed & mask ^ sign) - sign
        packed >>= width


def _pack(deltas: Iterable[int], width: int) -> bytes:
    mask = (1 << width) - 1
    packed = bits = 0
    for delta in deltas:
        packed |= (delta & mask) << bits
        bits += width
    return packed.to_bytes(_whole_octets(bits), "little")


def _width(delta: int) -> int:
    """Return the bits a delta needs in two's complement; 0 needs none."""
    return (delta if delta >= 0 else ~delta).bit_length() + 1 if delta else 0


def _whole_octets(bits: int) -> int:
    return (bits + 7) // 8


def _octets_of_one(signal: Signal) -> int:
    return HEADER_OCTETS + CHANNEL_OCTETS * SIGNALS[signal].channels


def _fitting_count(signal: Signal, channels: Sequence[Sequence[int]], start: int, max_octets: int) -> int:
    """Return how many samples from `start` on make the fullest frame of at most `max_octets`."""
    widths = [0] * len(channels)
    most = min(len(channels[0]) - start, frame_capacity(signal, max_octets, 0))  # refuses too small a frame
    spare_octets = max_octets - _octets_of_one(signal)
    for count in range(1, most):
        place = start + count
        steps = (channel[place] - channel[place - 1] for channel in channels)
        widths = [max(width, _width(step)) for width, step in zip(widths, steps, strict=True)]
        if sum(_whole_octets(count * width) for width in widths) > spare_octets:
            return count
    return most
