import numpy as np
import pytest

from models.folds import FoldBook, fold_of, record_digest, write_folds
from vitals.errors import ModelRejectedError

SEEN, OTHER, STRANGER = (record_digest(np.full(9, number)) for number in (1, 2, 3))


@pytest.fixture
def folder(tmp_path):
    write_folds(tmp_path, [b"without part 0", b"without part 1"], {SEEN: 0, OTHER: 1})
    return tmp_path


def test_a_recording_is_judged_by_the_network_that_never_saw_it(folder):
    book = FoldBook.load(folder, b"shipped")
    assert book.artefact_for(SEEN) == b"without part 0"
    assert book.artefact_for(OTHER) == b"without part 1"
    assert book.artefact_for(STRANGER) == b"shipped"
    assert [book.knows(digest) for digest in (SEEN, OTHER, STRANGER)] == [True, True, False]


def test_without_folds_everybody_is_a_stranger(tmp_path):
    assert FoldBook.load(tmp_path, b"shipped").artefact_for(SEEN) == b"shipped"


def test_a_network_that_was_exchanged_is_refused(folder):
    (folder / "folds" / "0.tflite").write_bytes(b"another")
    with pytest.raises(ModelRejectedError, match="train the model again"):
        FoldBook.load(folder, b"shipped")


def test_what_is_no_list_of_folds_is_refused(folder):
    (folder / "folds" / "folds.json").write_bytes(b"{")
    with pytest.raises(ModelRejectedError, match="no list of folds"):
        FoldBook.load(folder, b"shipped")


def test_a_recording_is_known_by_its_content_alone():
    assert record_digest(np.arange(9)) == record_digest(np.arange(9))
    assert record_digest(np.arange(9)) != record_digest(np.arange(9)[::-1])
    assert record_digest(b"ab") == record_digest(b"a", b"b")


def test_patients_are_spread_over_the_parts():
    parts = [fold_of(f"patient-{number}", 5) for number in range(500)]
    assert all(70 <= parts.count(part) <= 130 for part in range(5))
