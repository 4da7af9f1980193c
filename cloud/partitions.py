"""Which share of the patients one belongs to: the same everywhere, in one process and in a cluster.

A partition's patients are evaluated by one process at a time. The number of partitions is part of what
is stored and sent: who changes it, changes it for every process at once.
"""

from typing import Final
from zlib import crc32

__all__ = ["EVERY_PARTITION", "PARTITIONS", "partition_of"]

PARTITIONS: Final = 16
EVERY_PARTITION: Final = frozenset(range(PARTITIONS))


def partition_of(patient_id: str) -> int:
    """Return the partition of a patient."""
    return crc32(patient_id.encode()) % PARTITIONS
