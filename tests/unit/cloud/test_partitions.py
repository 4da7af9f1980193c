"""Which partition a patient belongs to is part of what is stored and sent: it never changes."""

import pytest

from cloud.partitions import EVERY_PARTITION, PARTITIONS, partition_of


@pytest.mark.parametrize(
    ("patient_id", "partition"), [("", 0), ("123456789", 0xCBF43926 % 16), ("p-wei", 10), ("p-größe", 11)]
)
def test_a_patient_belongs_to_one_partition_for_ever(patient_id: str, partition: int) -> None:
    assert partition_of(patient_id) == partition


def test_every_partition_has_its_share_of_many_patients() -> None:
    counts = dict.fromkeys(EVERY_PARTITION, 0)
    for number in range(16_000):
        counts[partition_of(f"p-{number:016x}")] += 1
    assert len(counts) == PARTITIONS
    assert 800 < min(counts.values()) <= max(counts.values()) < 1_200
