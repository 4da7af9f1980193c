import io
import tarfile

import numpy as np
import pytest

from models.datasets import Strip
from models.left_out import LeftOut
from models.rr_af.recordings import afdb, afdb_folder, strip_intervals
from tests.fakes.ecg import steady
from tests.fakes.rr import RR_EXCERPTS, excerpts
from vitals.errors import RecordingError

QRS = "10\t0.800\t210\n210\t0.400\t310\n460\t0.800\t660\n660\t0.900\t885\n"
ATR = (
    "Elapsed time  Sample #  Type  Sub Chan  Num\tAux\n"
    " 0:00.0  10  +  0  0  0\t(N\n"
    " 0:01.2  300  +  0  0  0\t(AFIB\n"
)


def archive(folder, **texts):
    with tarfile.open(folder / "afdb_rr.tar.xz", "w:xz") as members:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"{name}.txt")
            member.size = len(text)
            members.addfile(member, io.BytesIO(text.encode()))
    return folder


def test_the_excerpts_are_read_with_their_rhythms():
    found = excerpts()
    assert {record: len(one.rr_ms) for record, one in found.items()} == {
        "04043": 2000,
        "04746": 1500,
        "04908": 1500,
        "06995": 1500,
    }
    assert int(found["04746"].is_fibrillation.sum()) == 1500 - (10252 - 9500)
    assert set(found["06995"].rhythms) == {"AFIB", "AFL", "N"}


def test_an_interval_has_the_rhythm_of_the_beat_that_ends_it_and_lost_beats_are_unknown(tmp_path):
    (one,) = afdb(archive(tmp_path, qrs00001=QRS, atr00001=ATR))
    np.testing.assert_array_equal(one.rr_ms, [800.0, 400.0, np.nan, 800.0, 900.0])
    assert one.rhythms.tolist() == ["N", "AFIB", "AFIB", "AFIB", "AFIB"]


def test_the_folder_itself_or_its_parent_will_do(tmp_path):
    assert afdb_folder(RR_EXCERPTS) == RR_EXCERPTS
    (tmp_path / "afdb_rr").mkdir()
    archive(tmp_path / "afdb_rr", qrs00001=QRS, atr00001=ATR)
    assert afdb_folder(tmp_path) == tmp_path / "afdb_rr"


def test_a_folder_without_the_archive_is_named(tmp_path):
    with pytest.raises(RecordingError, match=r"afdb_rr\.tar\.xz"):
        afdb_folder(tmp_path)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"qrs00001": QRS}, "no qrsNNNNN"),
        ({"qrs00001": "10\t0.8\n", "atr00001": ATR}, "record 00001"),
        ({"qrs00001": "a\tb\tc\n", "atr00001": ATR}, "record 00001"),
        ({"qrs00001": QRS, "atr00001": "nothing\n"}, "names no rhythm"),
    ],
    ids=["beats-alone", "two-columns", "no-numbers", "no-rhythm"],
)
def test_an_archive_of_another_kind_says_what_is_wrong(tmp_path, texts, said):
    with pytest.raises(RecordingError, match=said):
        list(afdb(archive(tmp_path, **texts)))


def test_a_torn_archive_is_refused(tmp_path):
    whole = (RR_EXCERPTS / "afdb_rr.tar.xz").read_bytes()
    (tmp_path / "afdb_rr.tar.xz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="copy it again"):
        list(afdb(tmp_path))


def test_a_recording_is_known_by_its_content():
    first, again = excerpts(), excerpts()
    assert [one.digest for one in first.values()] == [one.digest for one in again.values()]
    assert len({one.digest for one in first.values()}) == len(first)


def test_a_strip_gives_the_intervals_of_its_own_beats():
    strip = Strip(record="A1", label="A", rate_hz=130.0, ecg_mv=steady())
    (one,) = strip_intervals([strip])
    assert np.median(one.rr_ms) == pytest.approx(800.0, abs=20)
    assert one.is_fibrillation.all()


def test_a_strip_without_beats_gives_none():
    silent = Strip(record="A2", label="~", rate_hz=130.0, ecg_mv=np.zeros(3900, dtype=np.float32))
    assert list(strip_intervals([silent])) == []


def test_what_is_torn_or_has_no_rhythms_is_named_and_the_rest_is_judged(tmp_path):
    archive(
        tmp_path,
        qrs00001=QRS, atr00001=ATR,
        qrs00002=QRS + "885\t0.9", atr00002=ATR,
        qrs00003=QRS, atr00003="",
        qrs00004="",  atr00004=ATR,
        qrs00005=QRS,
        qrs00006=QRS.replace("0.400", "nan"), atr00006=ATR,
    )  # fmt: skip
    left_out = LeftOut()
    assert [one.record for one in afdb(tmp_path, left_out)] == ["00001"]
    assert [row["record"] for row in left_out.rows()] == ["00002", "00003", "00004", "00005", "00006"]
    assert "not both" in left_out.reasons["00005"]
    with pytest.raises(RecordingError, match="record 00002"):
        list(afdb(tmp_path))
