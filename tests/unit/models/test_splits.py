import numpy as np

from models.splits import split_of, splits_of

KNOWN = {"train": "A00001", "test": "A00003", "validation": "A00024"}
RECORDS = np.array([f"A{number:05d}" for number in range(1, 6001)])


def test_a_record_falls_on_the_same_side_for_ever():
    assert {part: split_of(record) for part, record in KNOWN.items()} == {part: part for part in KNOWN}


def test_the_parts_have_the_shares_described():
    parts = splits_of(RECORDS)
    for part, share in (("test", 0.15), ("validation", 0.15), ("train", 0.70)):
        assert abs(float((parts == part).mean()) - share) < 0.02


def test_all_windows_of_a_record_stay_together():
    assert len(set(splits_of(np.repeat(RECORDS[:1], 20)))) == 1
