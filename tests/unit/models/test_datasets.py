import io
import tarfile

import numpy as np
import pytest
import wfdb

from models.datasets import at_rate, cinc2017, file_sha256, mitdb
from vitals.errors import RecordingError


def cinc_folder(folder, counts):
    (folder / "REFERENCE.csv").write_text("A00001,N\n")
    header = b"A00001 1 300 9000 05:05:15 1/05/2000\nA00001.mat 16+24 1000/mV 16 0 -127 0 0 ECG\n"
    with tarfile.open(folder / "records.tar.xz", "w:xz") as archive:
        for name, content in (("A00001.hea", header), ("A00001.mat", bytes(24) + counts.tobytes())):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder


def mit_folder(folder, *, flutter_ends=True):
    wfdb.wrsamp(
        "900",
        fs=360,
        units=["mV"],
        sig_name=["MLII"],
        p_signal=np.zeros((3600, 1)),
        fmt=["212"],
        write_dir=str(folder),
    )
    wfdb.wrann(
        "900",
        "atr",
        np.array([10, 360, 720, 1080, 1440])[: 5 if flutter_ends else 4],
        symbol=["+", "N", "V", "[", "]"][: 5 if flutter_ends else 4],
        aux_note=["(AFIB", "", "", "", ""][: 5 if flutter_ends else 4],
        write_dir=str(folder),
    )
    return folder


def test_strips_come_in_millivolts_with_label_and_rate(tmp_path):
    (strip,) = cinc2017(cinc_folder(tmp_path, np.array([-127, 1000, 500], dtype="<i2")))
    assert (strip.record, strip.label, strip.rate_hz) == ("A00001", "N", 300.0)
    assert strip.ecg_mv.tolist() == pytest.approx([-0.127, 1.0, 0.5])


@pytest.mark.parametrize("missing", ["REFERENCE.csv", "records.tar.xz"])
def test_a_missing_part_of_the_challenge_is_named(tmp_path, missing):
    folder = cinc_folder(tmp_path, np.zeros(3, dtype="<i2"))
    (folder / missing).unlink()
    with pytest.raises(RecordingError, match=missing):
        next(cinc2017(folder))


def test_recordings_come_with_beats_rhythms_and_flutter(tmp_path):
    (recording,) = mitdb(mit_folder(tmp_path))
    assert recording.beats.tolist() == [360, 720]
    assert recording.beat_symbols == ("N", "V")
    assert recording.rhythms == ((10, "AFIB"),)
    assert recording.flutter == ((1080, 1440),)


def test_flutter_that_never_ends_lasts_to_the_end_of_the_recording(tmp_path):
    (recording,) = mitdb(mit_folder(tmp_path, flutter_ends=False))
    assert recording.flutter == ((1080, 3600),)


def test_a_record_without_the_lead_asked_for_is_left_out(tmp_path):
    assert list(mitdb(mit_folder(tmp_path), lead=1)) == []


def test_annotations_move_with_the_rate(tmp_path):
    (recording,) = mitdb(mit_folder(tmp_path))
    slower = at_rate(recording, 130.0)
    assert len(slower.ecg_mv) == 1300
    assert slower.beats.tolist() == [130, 260]
    assert slower.flutter == ((390, 520),)
    assert at_rate(recording, 360.0) is recording


def test_a_folder_without_recordings_says_what_to_point_at(tmp_path):
    with pytest.raises(RecordingError, match="point at a WFDB folder"):
        next(mitdb(tmp_path))


def test_the_hash_covers_every_file_in_order(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    assert file_sha256(first, second) != file_sha256(second, first)
