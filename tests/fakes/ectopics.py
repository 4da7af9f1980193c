"""A drawn patient with premature beats of the atria and of the ventricles, written as a WFDB recording."""

from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

from tests.fakes.ecg import drawn

RATE_HZ = 250.0
_RR_S = 0.8
_WIDE_BUMPS = ((0.0, 0.022, 1.6), (0.07, 0.03, -1.0), (0.28, 0.06, -0.5))
"""Of a ventricular beat: seconds from R, width in seconds, height in mV."""


def ectopic_patient(*, seconds: float, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """``(n, 2)`` mV, the samples of the beats, and their annotation codes: every fifth or so is early."""
    random = np.random.default_rng(seed)
    at_s, codes, now_s = [], [], 0.6
    while now_s < seconds - 1.0:
        code = str(random.choice(["N", "N", "N", "N", "A", "V"])) if codes and codes[-1] == "N" else "N"
        now_s -= 0.25 if code != "N" else 0.0
        at_s.append(now_s)
        codes.append(code)
        now_s += _RR_S + random.normal(0, 0.01) + (0.25 if code != "N" else 0.0)
    beats_s = np.array(at_s)
    wide = np.array([code == "V" for code in codes])
    ecg_mv = drawn(beats_s[~wide], duration_s=seconds, rate_hz=RATE_HZ)
    t_s = np.arange(len(ecg_mv)) / RATE_HZ
    for beat_s in beats_s[wide]:
        for offset_s, width_s, height_mv in _WIDE_BUMPS:
            ecg_mv += height_mv * np.exp(-0.5 * ((t_s - beat_s - offset_s) / width_s) ** 2)
    leads_mv = np.stack([ecg_mv, -0.5 * ecg_mv], axis=1) + random.normal(0, 0.01, (len(ecg_mv), 2))
    return leads_mv, np.round(beats_s * RATE_HZ).astype(np.int64), codes


def write_patient(folder: Path, record: str, *, seconds: float, seed: int, names: tuple[str, str]) -> None:
    """Write ``record.hea``, ``.dat`` and ``.atr``."""
    leads_mv, beats, codes = ectopic_patient(seconds=seconds, seed=seed)
    wfdb.wrsamp(
        record,
        fs=RATE_HZ,
        units=["mV", "mV"],
        sig_name=list(names),
        p_signal=leads_mv,
        fmt=["16", "16"],
        write_dir=str(folder),
    )
    wfdb.wrann(record, "atr", beats, symbol=codes, write_dir=str(folder))
