import numpy as np
import pytest
import wfdb

from models.beats.recordings import beat_recordings, chosen_lead
from models.left_out import LeftOut
from tests.fakes.ectopics import write_patient
from vitals.errors import RecordingError


@pytest.mark.parametrize(
    ("names", "place"),
    [(("MLII", "V1"), 0), (("V5", "MLII"), 1), (("V5", "ii"), 1), (("V5", "V2"), 0), (("ECG",), 0)],
)
def test_lead_ii_is_judged_wherever_it_stands(names, place):
    assert chosen_lead(names) == place


def test_beats_come_in_the_classes_of_the_standard(tmp_path):
    wfdb.wrsamp(
        "900", fs=360, units=["mV"], sig_name=["MLII"], p_signal=np.zeros((3600, 1)), fmt=["16"],
        write_dir=str(tmp_path),
    )  # fmt: skip
    codes = list("NLRejAaJSVEFfQ+[]")
    wfdb.wrann("900", "atr", np.arange(100, 1800, 100), symbol=codes, write_dir=str(tmp_path))
    (recording,) = beat_recordings(tmp_path)
    assert "".join(recording.labels) == "NNNNNSSSSVVFQQ"
    assert recording.flutter == ((1600, 1700),)
    assert recording.beats[recording.aberrated].tolist() == [700]


def test_a_beat_annotated_twice_or_after_the_end_is_one_beat_or_none(tmp_path):
    write_patient(tmp_path, "900", seconds=20, seed=1, names=("MLII", "V1"))
    at, codes = np.array([300, 300, 700, 90_000]), ["V", "N", "N", "N"]
    wfdb.wrann("900", "atr", at, symbol=codes, write_dir=str(tmp_path))
    (recording,) = beat_recordings(tmp_path)
    assert recording.beats.tolist() == [300, 700]
    assert recording.labels.tolist() == ["V", "N"]


def test_flutter_that_never_ends_lasts_to_the_end(tmp_path):
    write_patient(tmp_path, "900", seconds=20, seed=1, names=("MLII", "V1"))
    wfdb.wrann("900", "atr", np.array([100, 400]), symbol=["N", "["], write_dir=str(tmp_path))
    (recording,) = beat_recordings(tmp_path)
    assert recording.flutter == ((400, len(recording.leads_mv)),)


def test_paced_hearts_are_left_out(tmp_path):
    write_patient(tmp_path, "900", seconds=20, seed=1, names=("MLII", "V1"))
    write_patient(tmp_path, "901", seconds=20, seed=2, names=("MLII", "V1"))
    wfdb.wrann("901", "atr", np.array([100, 400]), symbol=["/", "N"], write_dir=str(tmp_path))
    assert [recording.record for recording in beat_recordings(tmp_path)] == ["900"]


def paced(folder):
    wfdb.wrann("901", "atr", np.array([100, 400]), symbol=["/", "N"], write_dir=str(folder))


def cut_short(folder):
    (folder / "901.dat").write_bytes((folder / "901.dat").read_bytes()[:99])


def without_annotations(folder):
    (folder / "901.atr").unlink()


def without_a_scored_beat(folder):
    wfdb.wrann("901", "atr", np.array([100, 400]), symbol=["Q", "+"], write_dir=str(folder))


def without_a_voltage(folder):
    header = folder / "901.hea"
    header.write_text(header.read_text().replace("/mV", "/mmHg"))


def too_fast(folder):
    header = folder / "901.hea"
    record, signals, _, rest = header.read_text().split(" ", 3)
    header.write_text(f"{record} {signals} 1000 {rest}")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (paced, "paced"),
        (cut_short, "copy it again"),
        (without_annotations, "no .atr"),
        (without_a_scored_beat, "no beat of N, S, V, F"),
        (without_a_voltage, "in volts"),
        (too_fast, "resample it from 1000"),
    ],
)
def test_what_cannot_be_judged_is_named_and_the_rest_is_judged(tmp_path, damage, reason):
    for record in ("900", "901"):
        write_patient(tmp_path, record, seconds=20, seed=1, names=("MLII", "V1"))
    damage(tmp_path)
    left_out = LeftOut()
    assert [recording.record for recording in beat_recordings(tmp_path, left_out)] == ["900"]
    assert list(left_out.reasons) == ["901"]
    assert reason in left_out.reasons["901"]


def test_other_units_are_read_as_millivolts(tmp_path):
    write_patient(tmp_path, "900", seconds=20, seed=1, names=("MLII", "V1"))
    (in_mv,) = beat_recordings(tmp_path)
    header = tmp_path / "900.hea"
    header.write_text(header.read_text().replace("/mV", "/uV"))
    (in_uv,) = beat_recordings(tmp_path)
    np.testing.assert_allclose(1000 * in_uv.leads_mv, in_mv.leads_mv)


def test_a_damaged_recording_stops_training(tmp_path):
    write_patient(tmp_path, "901", seconds=20, seed=1, names=("MLII", "V1"))
    cut_short(tmp_path)
    with pytest.raises(RecordingError, match="copy it again"):
        list(beat_recordings(tmp_path))


def test_the_two_recordings_of_one_person_are_one_patient(tmp_path):
    for record in ("201", "202", "203"):
        write_patient(tmp_path, record, seconds=20, seed=int(record), names=("MLII", "V1"))
    assert [recording.patient for recording in beat_recordings(tmp_path)] == ["201", "201", "203"]


def test_the_recordings_may_lie_in_a_folder_of_the_folder(tmp_path):
    (tmp_path / "mitdb").mkdir()
    write_patient(tmp_path / "mitdb", "900", seconds=20, seed=1, names=("V5", "MLII"))
    (recording,) = beat_recordings(tmp_path)
    assert np.array_equal(recording.lead_mv, recording.leads_mv[:, 1])


def test_a_folder_without_annotated_recordings_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="point at a folder"):
        next(beat_recordings(tmp_path))
