"""One seed for a patient, and a stream of chance of its own for each part of the body."""

from zlib import crc32

import numpy as np

__all__ = ["Seed", "seed_sequence", "stream"]

Seed = np.random.SeedSequence | int


def seed_sequence(seed: Seed) -> np.random.SeedSequence:
    """Return the seed as a sequence."""
    return seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)


def stream(seed: np.random.SeedSequence, part: str) -> np.random.Generator:
    """Return the chance of one part, the same each time: what other parts draw never shifts it."""
    child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, crc32(part.encode())))
    return np.random.default_rng(child)
