import json

import numpy as np
import pytest
import wfdb

from models.qrs import noise_stress
from models.qrs.peers import PEERS, Peer, compare
from models.registry import evaluate
from tests.fakes.ecg import drawn, excerpt
from vitals.errors import RecordingError


def write_record(folder, record, leads, beats, *, rate_hz=360, unit="mV"):
    wfdb.wrsamp(
        record,
        fs=rate_hz,
        units=[unit] * len(leads),
        sig_name=[f"lead {number}" for number in range(len(leads))],
        p_signal=np.column_stack(leads),
        fmt=["16"] * len(leads),
        write_dir=str(folder),
    )
    wfdb.wrann(record, "atr", beats, symbol=["N"] * len(beats), write_dir=str(folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two patients, the second with one lead and a beat too few, a damaged third, and a noise beside them."""
    records = tmp_path_factory.mktemp("records")
    mitdb, nstdb = records / "mitdb", records / "nstdb"
    mitdb.mkdir()
    nstdb.mkdir()
    beats_s = np.arange(1.0, 84, 0.8)
    ecg = drawn(beats_s, duration_s=85, rate_hz=360)
    lacking = drawn(beats_s[beats_s != beats_s[70]], duration_s=85, rate_hz=360)
    beats = np.round(beats_s * 360).astype(int)
    write_record(mitdb, "901", [ecg, -0.3 * ecg], beats)
    write_record(mitdb, "902", [lacking], beats)
    (mitdb / "903.hea").write_text("nothing of the kind\n")
    (mitdb / "903.atr").write_bytes((mitdb / "902.atr").read_bytes())
    hum = np.random.default_rng(3).normal(scale=0.2, size=(120 * 360, 2))
    wfdb.wrsamp(
        "ma",
        fs=360,
        units=["mV"] * 2,
        sig_name=["a", "b"],
        p_signal=hum,
        fmt=["16"] * 2,
        write_dir=str(nstdb),
    )
    return records


@pytest.fixture(scope="module")
def evaluation(folder):
    """Noise from half a minute on, at its least and at its most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise_stress, "_NOISY_S", (30.0, 80.0))
        patch.setattr(noise_stress, "SNRS_DB", (24.0, -6.0))
        return evaluate("qrs", folder)


def test_the_report_counts_all_beats_of_first_leads(evaluation):
    beat = evaluation.report["classes"]["beat"]
    assert beat["missed"] == 1
    assert beat["extra"] == 0
    assert beat["se"] == round(1 - 1 / beat["support"], 5)


def test_the_report_holds_second_leads_and_each_rate_beside(evaluation):
    report = evaluation.report
    assert report["second_leads"]["support"] == report["classes"]["beat"]["support"] / 2
    assert report["by_record"][1]["record"] == "902"
    assert report["by_record"][1]["second_lead"] is None
    assert set(report["rates"]) == {"125", "130", "250", "360"}
    assert report["without_worst_record"]["record"] == "902"
    assert report["without_worst_record"]["se"] == 1.0


def test_what_could_not_be_judged_is_named(evaluation):
    (row,) = evaluation.report["left_out"]
    assert row["record"] == "903"
    assert "copy it again" in row["reason"]


def test_a_folder_of_damaged_records_alone_says_what_is_wrong(tmp_path, folder):
    for suffix in (".hea", ".atr"):
        (tmp_path / f"903{suffix}").write_bytes((folder / f"mitdb/903{suffix}").read_bytes())
    with pytest.raises(RecordingError, match=r"can be judged \(903: .*copy it again"):
        evaluate("qrs", tmp_path)


@pytest.mark.parametrize("rate_hz", [100.0, 1000.0])
def test_a_recording_at_a_rate_no_wearable_has_is_judged_at_the_nearest(tmp_path, rate_hz):
    beats_s = np.arange(1.0, 29, 0.8)
    ecg = drawn(beats_s, duration_s=30, rate_hz=rate_hz)
    write_record(tmp_path, "901", [ecg], np.round(beats_s * rate_hz).astype(int), rate_hz=rate_hz)
    assert evaluate("qrs", tmp_path).report["classes"]["beat"]["f1"] > 0.98


def test_samples_that_were_not_taken_and_other_units_cost_only_the_beats_they_hide(tmp_path):
    beats_s = np.arange(1.0, 84, 0.8)
    ecg = drawn(beats_s, duration_s=85, rate_hz=360)
    ecg[: 20 * 360] = np.nan
    write_record(tmp_path, "901", [1000 * ecg], np.round(beats_s * 360).astype(int), unit="uV")
    beat = evaluate("qrs", tmp_path).report["classes"]["beat"]
    assert beat["missed"] == pytest.approx((beats_s < 20).sum(), abs=2)
    assert beat["extra"] == 0


def test_noise_costs_precision_and_the_gate_gives_some_back(evaluation):
    rows = {row["snr_db"]: row for row in evaluation.report["noise"]}
    assert {row["noise"] for row in rows.values()} == {"ma"}
    assert rows[24.0]["f1"] > 0.99
    assert rows[-6.0]["f1"] < rows[24.0]["f1"]
    assert rows[-6.0]["gated"]["coverage"] < rows[24.0]["gated"]["coverage"]


def test_the_report_is_plain_json_with_time_and_memory(evaluation):
    report = json.loads(json.dumps(evaluation.report))
    assert report["model"]["bytes"] == 0
    assert report["model"]["p50_us"] > 0
    assert 0 < report["state_bytes"] < 100_000


def test_the_figures_are_drawn_when_asked_for(evaluation, tmp_path):
    assert {path.name for path in evaluation.draw(tmp_path)} == {"errors_by_record.png", "noise.png"}


def test_peers_that_are_not_installed_are_left_out():
    recording = excerpt("101")
    rows = compare([], {"nobody": Peer("no_such_package", lambda ecg, _rate: ecg)}, progress=print)
    assert rows == {}
    assert PEERS["wfdb xqrs"].is_installed
    found = PEERS["wfdb xqrs"].detect(recording.ecg_mv, recording.rate_hz)
    assert len(found) == pytest.approx(len(recording.beats), abs=2)


def test_an_empty_folder_says_where_to_point(tmp_path):
    with pytest.raises(RecordingError, match="WFDB folder"):
        evaluate("qrs", tmp_path)
