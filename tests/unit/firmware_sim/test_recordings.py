from pathlib import Path

import numpy as np
import pytest
import wfdb
from scipy.io import savemat

from firmware_sim.excerpts import EXCERPTS, load_excerpt
from firmware_sim.heart import HeartSegment
from firmware_sim.physiology import GeneratedBeating
from firmware_sim.recordings import Recording, load_wfdb, resample
from firmware_sim.rhythms import Sinus
from firmware_sim.worn_heart import WornHeart
from tests.fakes.steady_drive import SteadyDrive
from vitals.errors import RecordingError

RATE_HZ = 360


def a_heart(seconds: int = 30, rate_hz: int = RATE_HZ) -> np.ndarray:
    return lived(seconds, rate_hz).ecg_mv


def lived(seconds: int, rate_hz: int = RATE_HZ) -> HeartSegment:
    rng = np.random.default_rng(3)
    beating = GeneratedBeating({0.0: Sinus()}, drive=SteadyDrive(), rng=rng)
    return WornHeart(beating, rate_hz=rate_hz, rng=rng).read(seconds * rate_hz)


def write_record(folder: Path, signals: dict[str, np.ndarray], *, unit: str = "mV", fmt: str = "16") -> Path:
    wfdb.wrsamp(
        "record",
        fs=RATE_HZ,
        units=[unit] * len(signals),
        sig_name=list(signals),
        p_signal=np.column_stack(list(signals.values())),
        fmt=[fmt] * len(signals),
        write_dir=str(folder),
    )
    return folder / "record.hea"


@pytest.mark.parametrize("fmt", ["16", "212"])
def test_both_common_formats_give_the_samples_in_millivolts(tmp_path: Path, fmt: str) -> None:
    ecg_mv = a_heart()

    recording = load_wfdb(write_record(tmp_path, {"MLII": ecg_mv}, fmt=fmt))

    assert recording.rate_hz == RATE_HZ
    assert recording.lead == "MLII"
    assert recording.ecg_mv == pytest.approx(ecg_mv, abs=0.001)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1000.0), ("V", 0.001)])
def test_other_units_become_millivolts(tmp_path: Path, unit: str, factor: float) -> None:
    ecg_mv = a_heart()

    recording = load_wfdb(write_record(tmp_path, {"II": ecg_mv * factor}, unit=unit))

    assert recording.ecg_mv == pytest.approx(ecg_mv, abs=0.001)


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="only V, mV and uV"):
        load_wfdb(write_record(tmp_path, {"II": a_heart()}, unit="mmHg"))


def test_the_ecg_is_chosen_over_what_stands_before_it(tmp_path: Path) -> None:
    ecg_mv = a_heart()
    others = {"PLETH": np.zeros_like(ecg_mv), "V": ecg_mv / 2, "II": ecg_mv, "ABP": ecg_mv + 80.0}

    recording = load_wfdb(write_record(tmp_path, others))

    assert recording.lead == "II"
    assert recording.ecg_mv == pytest.approx(ecg_mv, abs=0.001)


def test_a_challenge_2017_mat_file_is_read(tmp_path: Path) -> None:
    counts = (a_heart(rate_hz=300) * 1000).round().astype(np.int16)
    savemat(tmp_path / "A00001.mat", {"val": counts[np.newaxis]}, format="4")
    (tmp_path / "A00001.hea").write_text(
        f"A00001 1 300 {len(counts)}\nA00001.mat 16+24 1000/mV 16 0 {counts[0]} 0 0 ECG\n"
    )

    recording = load_wfdb(tmp_path / "A00001.hea")

    assert (recording.rate_hz, recording.lead) == (300, "ECG")
    assert recording.ecg_mv == pytest.approx(counts / 1000)


def test_annotated_beats_are_taken_without_the_marks_that_are_no_beats(tmp_path: Path) -> None:
    header = write_record(tmp_path, {"MLII": a_heart()})
    marks = {"sample": np.array([10, 360, 700, 720]), "symbol": ["+", "N", "~", "V"]}
    wfdb.wrann("record", "atr", **marks, aux_note=["(N", "", "", ""], write_dir=str(tmp_path))

    beats = load_wfdb(header).beats

    assert [(beat.sample(RATE_HZ), beat.symbol) for beat in beats] == [(360, "N"), (720, "V")]


def test_beats_are_detected_where_nobody_annotated_them(tmp_path: Path) -> None:
    segment = lived(30)

    detected = load_wfdb(write_record(tmp_path, {"MLII": segment.ecg_mv})).beats

    expected_s = [beat.at_s for beat in segment.beats]
    assert [beat.at_s for beat in detected] == pytest.approx(expected_s, abs=0.01)


def test_missing_samples_are_bridged(tmp_path: Path) -> None:
    ecg_mv = a_heart()
    ecg_mv[1000:1010] = np.nan

    recording = load_wfdb(write_record(tmp_path, {"MLII": ecg_mv}))

    bridge = np.interp(np.arange(1000, 1010), [999, 1010], [ecg_mv[999], ecg_mv[1010]])
    assert recording.ecg_mv[1000:1010] == pytest.approx(bridge, abs=0.001)


def test_a_lead_that_was_never_sampled_is_refused(tmp_path: Path) -> None:
    header = write_record(tmp_path, {"MLII": a_heart()})
    (tmp_path / "record.dat").write_bytes(b"\x00\x80" * 30 * RATE_HZ)

    with pytest.raises(RecordingError, match="without a single sample"):
        load_wfdb(header)


@pytest.mark.parametrize("missing", ["record.hea", "record.dat"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    header = write_record(tmp_path, {"MLII": a_heart()})
    (tmp_path / missing).unlink()

    with pytest.raises(RecordingError, match=rf"{missing} is missing"):
        load_wfdb(header)


def test_a_record_without_an_ecg_says_what_it_holds(tmp_path: Path) -> None:
    signals = {"PLETH": np.linspace(0, 1, 3600), "RESP": np.linspace(1, 0, 3600)}

    with pytest.raises(RecordingError, match="no ECG lead but PLETH, RESP"):
        load_wfdb(write_record(tmp_path, signals))


def test_a_broken_header_is_reported_as_such(tmp_path: Path) -> None:
    (tmp_path / "record.hea").write_text("this is no header\n")

    with pytest.raises(RecordingError, match="cannot be read as a WFDB record"):
        load_wfdb(tmp_path / "record.hea")


def test_a_snippet_too_short_to_play_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"lasts 3\.0 s"):
        load_wfdb(write_record(tmp_path, {"MLII": a_heart(seconds=3)}))


@pytest.mark.parametrize("rate_hz", [130, 250])
@pytest.mark.parametrize("excerpt", ["resting-101", "atrial-fibrillation-201"])
def test_resampling_keeps_r_peaks_within_a_sample(excerpt: str, rate_hz: int) -> None:
    original = load_excerpt(excerpt)
    resampled = resample(original, rate_hz)

    assert resampled.duration_s == pytest.approx(original.duration_s, abs=1 / rate_hz)
    assert resampled.beats == original.beats
    apart_s = [
        abs(peak_s(resampled, beat.at_s) - peak_s(original, beat.at_s))
        for beat in original.beats
        if 1 < beat.at_s < original.duration_s - 1
    ]
    assert max(apart_s) <= 1 / rate_hz


def peak_s(recording: Recording, near_s: float) -> float:
    """Return where the ECG is highest within 50 ms."""
    low = round((near_s - 0.05) * recording.rate_hz)
    high = round((near_s + 0.05) * recording.rate_hz)
    return (low + int(np.argmax(recording.ecg_mv[low:high]))) / recording.rate_hz


def test_resampling_lets_nothing_alias() -> None:
    t_s = np.arange(0, 10, 1 / RATE_HZ)
    hum = Recording(
        name="hum", lead="II", ecg_mv=np.sin(2 * np.pi * 100 * t_s), rate_hz=RATE_HZ, beats=(), source=""
    )

    resampled = resample(hum, 130)  # 100 Hz would come back as 30 Hz

    assert np.std(resampled.ecg_mv[130:-130]) < 0.01


def test_every_shipped_excerpt_is_listed_with_where_it_was_cut() -> None:
    listed = (Path(__file__).parents[3] / "firmware_sim/excerpts/README.md").read_text()
    for row in EXCERPTS.values():
        recording = load_excerpt(row.name)
        place = f"{row.record} | {recording.lead} | {row.start_s} s | {row.duration_s} s"
        assert f"| {row.name} | {place} | {row.shows} |" in listed
        assert recording.duration_s == row.duration_s
        assert len(recording.beats) > row.duration_s * 0.8
