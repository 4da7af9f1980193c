import shutil
import tarfile

import pytest

from models.deterioration.stays import source_files, stays
from models.left_out import LeftOut
from tests.fakes.stays import EXCERPT, a_set
from vitals.errors import RecordingError


def test_the_excerpt_is_read_with_ages_sexes_and_ends():
    found = list(stays(EXCERPT))
    assert len(found) == 48
    assert sum(stay.died for stay in found) == 14
    first = min(found, key=lambda stay: stay.record)
    assert (first.record, first.age_years, first.sex, first.unit) == ("132539", 54.0, "female", "not told")
    minutes, values = first.series("HR")
    assert (minutes[0], values[0]) == (7.0, 73.0)
    assert {stay.unreadable for stay in found} == {0}


def test_the_sets_of_a_folder_are_read_together_whatever_their_letters(tmp_path):
    a_set(tmp_path, "b", {"200001": "00:00,Age,70\n"}, {"200001": 1})
    a_set(tmp_path, "c", {"300001": "00:00,Age,40\n"}, {"300001": 0}, suffix="tar")
    assert [(stay.record, stay.died) for stay in stays(tmp_path)] == [("200001", True), ("300001", False)]


def test_loose_files_are_read_as_packed_ones_are_and_the_parent_will_do(tmp_path):
    place = tmp_path / "cinc2012"
    with tarfile.open(EXCERPT / "set-a.tar.xz") as archive:
        archive.extractall(place, filter="data")
    shutil.copy(EXCERPT / "Outcomes-a.txt", place)
    loose = {stay.record: stay.digest for stay in stays(tmp_path)}
    assert loose == {stay.record: stay.digest for stay in stays(EXCERPT)}
    assert len(source_files(tmp_path)) == 49


def test_a_stay_whose_end_nobody_tells_is_left_out(tmp_path):
    files = {"200001": "00:00,Age,70\n", "200002": "00:00,Age,70\n", "200003": "00:00,Age,70\n"}
    a_set(tmp_path, files=files, outcomes={"200001": 0, "200002": -1})
    assert [stay.record for stay in stays(tmp_path)] == ["200001"]


def test_what_is_not_judged_is_named(tmp_path):
    files = {"200001": "00:00,Age,70\n", "200002": "00:00,Age,70\n", "200003": "torn"}
    a_set(tmp_path, files=files, outcomes={"200001": 0, "200003": 1, "200004": 1})
    left_out = LeftOut()
    assert [stay.record for stay in stays(tmp_path, left_out)] == ["200001"]
    assert left_out.reasons == {
        "200002": "no Outcomes-*.txt tells how it ended",
        "200003": "the file of stay 200003 has not one line of time, name and value: copy it again",
        "200004": "an Outcomes-*.txt tells how it ended, but no set-* has its file",
    }
    with pytest.raises(RecordingError, match="stay 200003"):
        list(stays(tmp_path))


def test_files_without_a_folder_of_their_own_are_read_too(tmp_path):
    with tarfile.open(EXCERPT / "set-a.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    for path in list(tmp_path.glob("set-a/*.txt")):
        path.rename(tmp_path / path.name)
    shutil.copy(EXCERPT / "Outcomes-a.txt", tmp_path)
    assert {stay.digest for stay in stays(tmp_path)} == {stay.digest for stay in stays(EXCERPT)}


def test_lines_that_cannot_be_read_are_counted_and_cost_nothing_else(tmp_path):
    lines = "00:00,Age,70\n00:10,HR\nnoon,HR,80\n00:20,HR,fast\n00:25,HR,nan\n\n00:30,HR,80\n"
    (stay,) = stays(a_set(tmp_path, files={"200001": lines}))
    assert stay.unreadable == 5
    assert stay.series("HR")[1].tolist() == [80.0]


def test_what_is_not_known_of_a_person_is_said_so(tmp_path):
    (stay,) = stays(a_set(tmp_path, files={"200001": "00:00,Age,-1\n00:00,Gender,-1\n00:00,ICUType,4\n"}))
    assert (stay.age_years, stay.sex, stay.unit) == (None, "not told", "surgical")


def test_an_empty_folder_says_what_to_point_at(tmp_path):
    with pytest.raises(RecordingError, match=r"point at the folder of it"):
        next(stays(tmp_path))


def test_a_set_without_outcomes_says_what_is_missing(tmp_path):
    a_set(tmp_path)
    (tmp_path / "Outcomes-b.txt").unlink()
    with pytest.raises(RecordingError, match=r"Outcomes-\*.txt"):
        list(stays(tmp_path))


def test_a_torn_archive_is_refused(tmp_path):
    a_set(tmp_path)
    whole = (EXCERPT / "set-a.tar.xz").read_bytes()
    (tmp_path / "set-b.tar.xz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="copy it again"):
        list(stays(tmp_path))
