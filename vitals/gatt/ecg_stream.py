"""ECG Data, the notified characteristic of Carewire's ECG streaming service: one frame a notification.

| offset | octets | field        | format | meaning                                          |
|--------|--------|--------------|--------|--------------------------------------------------|
| 0      | 1      | Frame Type   | uint8  | 0x01: one lead, deltas                           |
| 1      | 2      | Sequence     | uint16 | one more than the frame before, modulo 65,536    |
| 3      | 8      | Timestamp    | uint64 | device time of the first sample, microseconds    |
| 11     | 2      | Rate         | uint16 | samples a second, not 0                          |
| 13     | 2      | Resolution   | uint16 | nanovolts a count, not 0                         |
| 15     | 1      | Sample Count | uint8  | n, not 0                                         |
| 16     | 3      | First Sample | sint24 | counts                                           |
| 19     | 1      | Delta Width  | uint8  | w, 0 to 25                                       |
| 20     | k      | Deltas       | sint w | n - 1 times a sample less the one before, counts |

Everything is little-endian. Deltas are two's complement, packed without gaps from the least significant bit
of offset 20 on, in k = ceil((n - 1) * w / 8) octets; bits left over in the last octet are 0. A frame says its
own rate and resolution, so that it stands alone and a lost notification costs only its own samples. One
sample needs 20 octets, which fit the smallest ATT_MTU (23).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from vitals.gatt.octets import Octets, fitting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NAME = "ECG Data"
SINGLE_LEAD_DELTAS = 0x01
HEADER_OCTETS = 20
MAX_SAMPLES = 0xFF
ATT_NOTIFICATION_OCTETS = 3
"""What a notification's opcode and handle take of ATT_MTU: `max_octets` is ATT_MTU less this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgFrame:
    """Consecutive samples of one lead, in counts of `resolution_nv` nanovolts."""

    sequence: int
    timestamp_us: int
    rate_hz: int
    resolution_nv: int
    samples: tuple[int, ...]

    @property
    def samples_uv(self) -> tuple[float, ...]:
        """The samples in microvolts."""
        return tuple(sample * self.resolution_nv / 1000 for sample in self.samples)


def decode(value: bytes) -> EcgFrame:
    """Decode a notified frame."""
    octets = Octets(NAME, value)
    frame_type = octets.uint(1, "Frame Type")
    if frame_type != SINGLE_LEAD_DELTAS:
        octets.reject(f"frame type 0x{SINGLE_LEAD_DELTAS:02x} and not 0x{frame_type:02x}")
    return EcgFrame(
        sequence=octets.uint(2, "Sequence"),
        timestamp_us=octets.uint(8, "Timestamp"),
        rate_hz=octets.positive(2, "Rate"),
        resolution_nv=octets.positive(2, "Resolution"),
        samples=_decode_samples(octets),
    )


def encode(frame: EcgFrame) -> bytes:
    """Encode a frame with the narrowest deltas that hold it; raise `ValueError` for what none can."""
    if not 1 <= len(frame.samples) <= MAX_SAMPLES:
        raise ValueError(f"a frame holds 1 to {MAX_SAMPLES} samples, not {len(frame.samples)}: split them")
    if not _in_range(frame.samples):
        raise ValueError(f"a sample has {_SAMPLE_BITS} bits: use a coarser resolution")
    deltas = [later - earlier for earlier, later in pairwise(frame.samples)]
    width = max(map(_width, deltas), default=0)
    return b"".join(
        (
            SINGLE_LEAD_DELTAS.to_bytes(1, "little"),
            fitting(frame.sequence, 16, "Sequence").to_bytes(2, "little"),
            fitting(frame.timestamp_us, 64, "Timestamp").to_bytes(8, "little"),
            fitting(frame.rate_hz, 16, "Rate", low=1).to_bytes(2, "little"),
            fitting(frame.resolution_nv, 16, "Resolution", low=1).to_bytes(2, "little"),
            len(frame.samples).to_bytes(1, "little"),
            frame.samples[0].to_bytes(3, "little", signed=True),
            width.to_bytes(1, "little"),
            _pack(deltas, width),
        )
    )


def frame_capacity(max_octets: int, delta_bits: int) -> int:
    """Return how many samples fit `max_octets` when no delta needs more than `delta_bits`."""
    spare_bits = 8 * (max_octets - HEADER_OCTETS)
    if spare_bits < 0:
        raise ValueError(
            f"a frame needs {HEADER_OCTETS} octets for its first sample; {max_octets} cannot hold it"
        )
    return min(MAX_SAMPLES, 1 + spare_bits // delta_bits) if delta_bits else MAX_SAMPLES


def split_samples(  # noqa: PLR0913 - a frame's header fields, by name, and the room for it
    samples: Sequence[int],
    *,
    sequence: int,
    timestamp_us: int,
    rate_hz: int,
    resolution_nv: int,
    max_octets: int,
) -> Iterator[EcgFrame]:
    """Yield consecutive frames that each encode to at most `max_octets`, as full as they go.

    `sequence` and `timestamp_us` are the first frame's; the next ones count on from it at `rate_hz`.
    `max_octets` is ATT_MTU less 3; under 20 no sample fits and `ValueError` is raised.
    """
    start = 0
    while start < len(samples):
        count = _fitting_count(samples, start, max_octets)
        yield EcgFrame(
            sequence=sequence % _SEQUENCE_MODULUS,
            timestamp_us=timestamp_us + (start * 1_000_000 + rate_hz // 2) // rate_hz,
            rate_hz=rate_hz,
            resolution_nv=resolution_nv,
            samples=tuple(samples[start : start + count]),
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


def _decode_samples(octets: Octets) -> tuple[int, ...]:
    count = octets.positive(1, "Sample Count")
    first = octets.sint(3, "First Sample")
    width = octets.uint(1, "Delta Width")
    if width > _MAX_DELTA_BITS:
        octets.reject(f"deltas of 0 to {_MAX_DELTA_BITS} bits and not {width}")
    packed_bits = (count - 1) * width
    packed = octets.uint((packed_bits + 7) // 8, f"{count - 1} deltas of {width} bits")
    octets.finish()
    if packed >> packed_bits:
        octets.reject("zeros in the bits after the last delta")
    samples = tuple(accumulate(_unpack(packed, count - 1, width), initial=first))
    if not _in_range(samples):
        octets.reject(f"deltas that stay within {_SAMPLE_BITS} bits")
    return samples


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
    return packed.to_bytes((bits + 7) // 8, "little")


def _width(delta: int) -> int:
    """Return the bits a delta needs in two's complement; 0 needs none."""
    return (delta if delta >= 0 else ~delta).bit_length() + 1 if delta else 0


def _fitting_count(samples: Sequence[int], start: int, max_octets: int) -> int:
    """Return how many samples from `start` on make the fullest frame of at most `max_octets`."""
    width = 0
    count = 1
    frame_capacity(max_octets, width)  # refuses too small a frame
    for earlier, later in pairwise(samples[start : start + MAX_SAMPLES]):
        width = max(width, _width(later - earlier))
        if count >= frame_capacity(max_octets, width):
            break
        count += 1
    return count
