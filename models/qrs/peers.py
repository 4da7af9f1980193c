"""Known detectors on the same records: they work offline, and see all of a recording before they answer."""

import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated
from models.plan import Progress
from models.qrs.matching import Tally
from models.qrs.tallies import tally_of

__all__ = ["PEERS", "Peer", "compare"]

Detect = Callable[[NDArray[np.floating], float], NDArray[np.integer]]


class Peer(NamedTuple):
    """One row: the package it comes from (extra ``peers``), and how it finds R peaks in ``(n,)`` mV."""

    package: str
    detect: Detect

    @property
    def is_installed(self) -> bool:
        """Whether its package can be imported here."""
        return find_spec(self.package) is not None


def _xqrs(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.integer]:
    from wfdb.processing import XQRS  # noqa: PLC0415 - only where it is installed

    detector = XQRS(sig=ecg_mv.astype(np.float64), fs=rate_hz)
    detector.detect(verbose=False)
    return np.asarray(detector.qrs_inds, dtype=np.int64)


def _sleepecg(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.integer]:
    import sleepecg  # noqa: PLC0415 - likewise

    return np.asarray(sleepecg.detect_heartbeats(ecg_mv.astype(np.float64), rate_hz), dtype=np.int64)


def _neurokit2(ecg_mv: NDArray[np.floating], rate_hz: float) -> NDArray[np.integer]:
    import neurokit2  # noqa: PLC0415 - likewise

    clean = neurokit2.ecg_clean(ecg_mv, sampling_rate=rate_hz, method="pantompkins1985")
    _, found = neurokit2.ecg_peaks(clean, sampling_rate=rate_hz, method="pantompkins1985")
    return np.asarray(found["ECG_R_Peaks"], dtype=np.int64)


PEERS: Final[Mapping[str, Peer]] = {
    "wfdb xqrs": Peer("wfdb", _xqrs),
    "sleepecg": Peer("sleepecg", _sleepecg),
    "neurokit2 pantompkins1985": Peer("neurokit2", _neurokit2),
}


def compare(
    recordings: list[Annotated], peers: Mapping[str, Peer] = PEERS, *, progress: Progress
) -> dict[str, dict[str, Any]]:
    """Return ``se``, ``ppv``, ``f1`` over all beats and ``s_per_ecg_hour`` of each peer that is installed."""
    return {
        name: _judge(name, peer, recordings, progress) for name, peer in peers.items() if peer.is_installed
    }


def _judge(name: str, peer: Peer, recordings: list[Annotated], progress: Progress) -> dict[str, Any]:
    total, spent_s = Tally(), 0.0
    for place, recording in enumerate(recordings):
        began_s = time.process_time()
        found = peer.detect(recording.ecg_mv, recording.rate_hz)
        spent_s += time.process_time() - began_s
        total += tally_of(recording, np.sort(found))
        progress(name, (place + 1) / len(recordings))
    hours = sum(len(recording.ecg_mv) / recording.rate_hz for recording in recordings) / 3600
    return total.shares() | {"s_per_ecg_hour": round(spent_s / hours, 2)}
