import numpy as np
import wfdb

from models.registry import evaluate
from tests.fakes.ecg import drawn


def test_the_report_counts_missed_and_extra_beats_after_the_first_five_minutes(tmp_path):
    beats_s = np.arange(1.0, 329, 0.8)
    ecg = drawn(beats_s[beats_s != beats_s[390]], duration_s=330, rate_hz=360)
    wfdb.wrsamp(
        "901",
        fs=360,
        units=["mV"],
        sig_name=["I"],
        p_signal=ecg[:, None],
        fmt=["16"],
        write_dir=str(tmp_path),
    )
    beats = np.round(beats_s * 360).astype(int)
    wfdb.wrann("901", "atr", beats, symbol=["N"] * len(beats), write_dir=str(tmp_path))
    told = []
    report = evaluate("qrs", tmp_path, progress=lambda what, share: told.append((what, share))).report
    judged = int((beats_s >= 300).sum())
    for rate in ("130", "360"):
        assert report["rates"][rate]["all"] == {
            "beats": judged,
            "missed": 1,
            "extra": 0,
            "sensitivity": round(1 - 1 / judged, 5),
            "positive_predictivity": 1.0,
        }
    assert told[-1] == ("901 at 360 Hz", 1.0)
