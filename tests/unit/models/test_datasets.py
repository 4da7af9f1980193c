import numpy as np
import pytest
import wfdb

from models.datasets import at_judgeable_rate, at_rate, cinc2017, file_sha256, mitdb
from models.left_out import LeftOut
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


def without_its_end(files):
    return {name: content[:-2] if name.endswith(".mat") else content for name, content in files.items()}


def without_samples(files):
    return {name: content for name, content in files.items() if name.endswith(".hea")}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("damage", "reason"), [(without_its_end, "only 2 of its 3 samples"), (without_samples, "not there")]
)
def test_a_damaged_strip_is_left_out_by_name_and_the_others_are_read(tmp_path, layout, damage, reason):
    files = damage(strip_files("A00001", RAMP_MV)) | strip_files("A00002", RAMP_MV)
    LAYOUTS[layout](tmp_path, {"A00001": "N", "A00002": "O"}, files)
    left_out = LeftOut()
    assert [strip.record for strip in cinc2017(tmp_path, left_out=left_out)] == ["A00002"]
    (row,) = left_out.rows()
    assert row["record"] == "A00001"
    assert reason in row["reason"]


def test_a_strip_cut_short_stops_training(tmp_path):
    write_loose(tmp_path, {"A00001": "N"}, without_its_end(strip_files("A00001", RAMP_MV)))
    with pytest.raises(RecordingError, match="only 2 of its 3 samples"):
        next(cinc2017(tmp_path))


def test_a_strip_without_a_label_is_named(tmp_path):
    files = strip_files("A00001", RAMP_MV) | strip_files("A00002", RAMP_MV)
    left_out = LeftOut()
    assert len(list(cinc2017(write_loose(tmp_path, {"A00002": "O"}, files), left_out=left_out))) == 1
    assert left_out.reasons == {"A00001": "REFERENCE.csv has no label for it"}


def test_an_archive_cut_short_says_so(tmp_path):
    noise_mv = np.random.default_rng(1).normal(size=20_000)
    files = strip_files("A00001", noise_mv) | strip_files("A00002", noise_mv[::-1])
    write_archive(tmp_path, {"A00001": "N", "A00002": "N"}, files)
    archive = tmp_path / "records.tar.xz"
    archive.write_bytes(archive.read_bytes()[:40_000])
    with pytest.raises(RecordingError, match="cannot be read to its end"):
        list(cinc2017(tmp_path))


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


def cut_short(folder):
    samples = folder / "901.dat"
    samples.write_bytes(samples.read_bytes()[:1000])


def without_a_header(folder):
    (folder / "901.hea").write_text("nothing of the kind\n")


def without_a_beat(folder):
    wfdb.wrann("901", "atr", np.array([10]), symbol=["+"], aux_note=["(N"], write_dir=str(folder))


def never_connected(folder):
    (folder / "901.dat").write_bytes(b"\x00\x88\x00" * 1800)  # twice -2048: no sample was taken


@pytest.mark.parametrize("damage", [cut_short, without_a_header, without_a_beat, never_connected])
def test_a_damaged_recording_is_left_out_by_name_and_stops_training(tmp_path, damage):
    mit_folder(tmp_path)
    for path in list(tmp_path.iterdir()):
        (tmp_path / f"901{path.suffix}").write_bytes(path.read_bytes().replace(b"900", b"901"))
    damage(tmp_path)
    left_out = LeftOut()
    assert [recording.record for recording in mitdb(tmp_path, left_out=left_out)] == ["900"]
    assert list(left_out.reasons) == ["901"]
    with pytest.raises(RecordingError, match="901"):
        list(mitdb(tmp_path))


def test_a_recording_without_annotations_is_named(tmp_path):
    mit_folder(tmp_path)
    (tmp_path / "901.hea").write_bytes((tmp_path / "900.hea").read_bytes())
    left_out = LeftOut()
    assert len(list(mitdb(tmp_path, left_out=left_out))) == 1
    assert left_out.rows() == [{"record": "901", "reason": "there is no .atr beside its .hea"}]


def test_a_rate_that_is_no_whole_number_is_resampled_too(tmp_path):
    (recording,) = mitdb(mit_folder(tmp_path))
    slower = at_rate(recording, 1000 / 3)
    assert len(slower.ecg_mv) == pytest.approx(3333, abs=1)


def test_pressures_and_light_are_no_leads(tmp_path):
    wfdb.wrsamp(
        "900", fs=360, units=["mmHg", "uV"], sig_name=["ABP", "II"], fmt=["16"] * 2, write_dir=str(tmp_path),
        p_signal=np.column_stack([np.full(3600, 80.0), np.tile([0.0, 500.0], 1800)]),
    )  # fmt: skip
    wfdb.wrann("900", "atr", np.array([360]), symbol=["N"], write_dir=str(tmp_path))
    (recording,) = mitdb(tmp_path)
    assert recording.ecg_mv.max() == pytest.approx(0.5, abs=0.01)
    assert list(mitdb(tmp_path, lead=1)) == []


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
