"""A folder of labelled strips as the CinC 2017 challenge lays it out, drawn or given."""

import io
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.fakes.ecg import drawn

LABELS = ("N", "A", "O", "~")
_GAIN = 1000


def strip_files(
    record: str,
    ecg_mv: NDArray[np.floating],
    *,
    rate_hz: float = 300.0,
    gain: str = f"{_GAIN}/mV",
) -> dict[str, bytes]:
    """The ``.hea`` and ``.mat`` of one strip, 1000 counts a millivolt whatever the header says of them."""
    counts = np.round(np.asarray(ecg_mv) * _GAIN).astype("<i2")
    header = f"{record} 1 {rate_hz:g} {len(counts)}\n{record}.mat 16+24 {gain} 16 0 0 0 0 ECG\n"
    return {f"{record}.hea": header.encode(), f"{record}.mat": bytes(24) + counts.tobytes()}


def write_loose(folder: Path, labels: dict[str, str], files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    _write_reference(folder, labels)
    return folder


def write_archive(folder: Path, labels: dict[str, str], files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "records.tar.xz", "w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    _write_reference(folder, labels)
    return folder


def _write_reference(folder: Path, labels: dict[str, str]) -> None:
    (folder / "REFERENCE.csv").write_text("".join(f"{name},{label}\n" for name, label in labels.items()))


def challenge(count: int, *, seed: int, duration_s: float = 12.0) -> tuple[dict[str, str], dict[str, bytes]]:
    """Labels and files of ``count`` drawn strips: steady, fibrillating, with early beats, or mere noise."""
    random = np.random.default_rng(seed)
    labels = {f"T{seed:02d}{index:03d}": LABELS[index % len(LABELS)] for index in range(count)}
    files = {}
    for record, label in labels.items():
        files |= strip_files(record, _drawn_as(label, random, duration_s))
    return labels, files


def _drawn_as(label: str, random: np.random.Generator, duration_s: float) -> NDArray[np.float64]:
    rr_s = random.uniform(0.7, 0.9) * np.ones(round(duration_s / 0.4))
    if label == "A":
        rr_s = random.uniform(0.45, 1.1, len(rr_s))
    if label == "O":
        rr_s[4::6] *= 0.6
        rr_s[5::6] *= 1.4
    times_s = np.cumsum(rr_s)
    times_s = times_s[times_s < duration_s - 0.4]
    ecg = drawn(times_s, duration_s=duration_s, rate_hz=300.0, p_waves=label != "A")
    noise_mv = 0.6 if label == "~" else 0.02
    return (ecg if label != "~" else 0 * ecg) + noise_mv * random.normal(size=len(ecg))
