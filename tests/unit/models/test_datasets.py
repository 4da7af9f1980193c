import numpy as np
import pytest
import wfdb

from models.datasets import at_judgeable_rate, at_rate, cinc2017, file_sha256, mitdb
from tests.fakes.strips import strip_files, write_archive, write_loose
from vitals.errors import RecordingError


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


RAMP_MV = np.array([-0.127, 1.0, 0.5])
LAYOUTS = {"loose": write_loose, "archive": write_archive}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_strips_come_in_millivolts_with_label_and_rate(tmp_path, layout):
    (strip,) = cinc2017(LAYOUTS[layout](tmp_path, {"A00001": "N"}, strip_files("A00001", RAMP_MV)))
    assert (strip.record, strip.label, strip.rate_hz) == ("A00001", "N", 300.0)
    assert strip.ecg_mv.tolist() == pytest.approx(RAMP_MV.tolist())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_record_without_a_label_is_passed_over(tmp_path, layout):
    files = strip_files("A00001", RAMP_MV) | strip_files("A00002", RAMP_MV)
    assert [strip.record for strip in cinc2017(LAYOUTS[layout](tmp_path, {"A00002": "O"}, files))] == [
        "A00002"
    ]


@pytest.mark.parametrize(
    ("gain", "factor"), [("1000", 1.0), ("500/mV", 2.0), ("1/uV", 1.0), ("1000(0)/mV", 1.0), ("0/mV", 5.0)]
)
def test_the_gain_of_the_header_is_kept(tmp_path, gain, factor):
    write_loose(tmp_path, {"A00001": "N"}, strip_files("A00001", RAMP_MV, gain=gain))
    (strip,) = cinc2017(tmp_path)
    assert strip.ecg_mv.tolist() == pytest.approx((factor * RAMP_MV).tolist())


def test_the_count_that_stands_for_zero_is_taken_away(tmp_path):
    write_loose(tmp_path, {"A00001": "N"}, strip_files("A00001", RAMP_MV, gain="1000(100)/mV"))
    assert next(cinc2017(tmp_path)).ecg_mv.tolist() == pytest.approx((RAMP_MV - 0.1).tolist())


def test_a_sample_that_was_not_taken_keeps_the_value_before_it(tmp_path):
    write_loose(tmp_path, {"A00001": "N"}, strip_files("A00001", np.array([-32.768, 0.3, -32.768, 0.5])))
    assert next(cinc2017(tmp_path)).ecg_mv.tolist() == pytest.approx([0, 0.3, 0.3, 0.5])


@pytest.mark.parametrize(
    ("rate_hz", "judged_at_hz"), [(300.0, 300.0), (130.0, 130.0), (100.0, 300.0), (500.0, 300.0)]
)
def test_a_strip_at_a_rate_no_beats_are_found_at_is_resampled(tmp_path, rate_hz, judged_at_hz):
    wave_mv = np.sin(2 * np.pi * np.arange(round(4 * rate_hz)) / rate_hz)
    write_loose(tmp_path, {"A00001": "N"}, strip_files("A00001", wave_mv, rate_hz=rate_hz))
    strip = at_judgeable_rate(next(cinc2017(tmp_path)))
    assert strip.rate_hz == judged_at_hz
    assert len(strip.ecg_mv) == pytest.approx(4 * judged_at_hz, abs=1)
    assert strip.ecg_mv[round(1.25 * judged_at_hz)] == pytest.approx(1, abs=0.05)


def test_a_folder_without_labels_says_what_is_missing(tmp_path):
    write_loose(tmp_path, {"A00001": "N"}, strip_files("A00001", RAMP_MV))
    (tmp_path / "REFERENCE.csv").unlink()
    with pytest.raises(RecordingError, match=r"REFERENCE\.csv is missing"):
        next(cinc2017(tmp_path))


def test_labels_without_their_records_say_what_is_missing(tmp_path):
    write_loose(tmp_path, {"A00009": "N"}, strip_files("A00001", RAMP_MV))
    with pytest.raises(RecordingError, match="none of the records"):
        next(cinc2017(tmp_path))


@pytest.mark.parametrize(
    "header", [b"", b"A00001 1 300\n", b"A00001 1 x 3\nA00001.mat 16+24 1000/mV\n", b"\xff"]
)
def test_a_header_that_says_nothing_is_refused_by_name(tmp_path, header):
    files = strip_files("A00001", RAMP_MV) | {"A00001.hea": header}
    write_loose(tmp_path, {"A00001": "N"}, files)
    with pytest.raises(RecordingError, match="A00001"):
        next(cinc2017(tmp_path))


def test_samples_of_another_format_are_refused(tmp_path):
    files = strip_files("A00001", RAMP_MV)
    files["A00001.hea"] = files["A00001.hea"].replace(b"16+24", b"212+24")
    write_loose(tmp_path, {"A00001": "N"}, files)
    with pytest.raises(RecordingError, match="16-bit"):
        next(cinc2017(tmp_path))


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
