"""Evidence small enough to travel with its event, whatever was put into it."""

from collections.abc import Callable
from typing import Final

import msgspec

from vitals.records import Evidence

__all__ = ["MOST_BYTES", "fitted"]

MOST_BYTES: Final = 8_000
"""Of JSON, the larger of the two encodings."""

_Shorter = Callable[[Evidence], Evidence]


def _halved_strip(evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(
        evidence, strip_uv=evidence.strip_uv[::2], strip_rate_hz=evidence.strip_rate_hz / 2
    )


def _one_prototype(evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(evidence, prototypes=evidence.prototypes[:1])


def _no_prototypes(evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(evidence, prototypes=[])


def _no_strip(evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(evidence, strip_uv=[], strip_rate_hz=0.0)


def _no_beats(evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(evidence, median_beat_uv=[], median_beat_rate_hz=0.0, beat_uv=[])


def _few_features(evidence: Evidence) -> Evidence:
    """Keep what a person reads first: whole names only, for a name cut short would be another's."""
    kept = [each for each in evidence.features if len(each.name) <= _LONGEST_NAME and len(each.unit) <= 16]  # noqa: PLR2004 - the longest UCUM unit here has nine
    return msgspec.structs.replace(evidence, features=kept[:20], model=evidence.model[:_LONGEST_NAME])


_LONGEST_NAME: Final = 64
_WAYS: Final[tuple[_Shorter, ...]] = (
    _halved_strip,
    _one_prototype,
    _no_prototypes,
    _no_strip,
    _no_beats,
    _few_features,
)
"""What gives way, in this order: what a person can look up elsewhere first."""


def fitted(evidence: Evidence) -> Evidence:
    """Return the evidence, or as much of it as stays below `MOST_BYTES`."""
    for shorter in _WAYS:
        if len(msgspec.json.encode(evidence)) < MOST_BYTES:
            break
        evidence = shorter(evidence)
    return evidence
