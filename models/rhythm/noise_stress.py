"""How well atrial fibrillation is told as recorded noise rises, with and without the quality gate."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import Strip, at_judgeable_rate
from models.folds import FoldBook, record_digest
from models.interpreter import run_rows
from models.noise import SNRS_DB, Noise, NoiseTape, with_noise
from models.plan import Progress
from models.streaming import stream_r_peaks
from vitals.features.quality import USABLE, assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S, rhythm_inputs
from vitals.manifest import ModelManifest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["noise_figure", "strip_noise_curve"]

_OF_EACH: Final = 60
"""Strips with atrial fibrillation, and as many with a normal rhythm: enough to see where it breaks."""
_FEWEST_BEATS: Final = 10
_SHORTEST_S: Final = 10.0
_OTHER_PART_S: Final = 31.0
"""How much further along its tape each strip's noise begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clean:
    """The first 30 s of a strip, or all of it, with its R peaks, and the network that has not seen it."""

    ecg_mv: NDArray[np.float32]
    rate_hz: float
    r_peaks: NDArray[np.int64]
    fibrillates: bool
    artefact: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    fibrillates: bool
    told: bool
    usable: bool


def strip_noise_curve(
    strips: Iterable[Strip],
    manifest: ModelManifest,
    book: FoldBook,
    tapes: Mapping[Noise, NoiseTape],
    *,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Judge strips labelled A and N in noise, each by the network that has not seen it.

    A row a noise and ratio has ``se``, ``sp``, ``accuracy`` of AF and the count of ``strips``, and ``gated``:
    the same of those strips whose quality lets them be judged, with their ``coverage``.
    """
    clean = list(_chosen(strips, book))
    if not clean:
        return []
    rows = []
    for place, (noise, snr_db) in enumerate((noise, snr_db) for noise in tapes for snr_db in SNRS_DB):
        at_rate = {rate_hz: tapes[noise].at_rate(rate_hz) for rate_hz in {strip.rate_hz for strip in clean}}
        said = [
            _said(strip, _noisy(strip, at_rate[strip.rate_hz], snr_db, turn), manifest)
            for turn, strip in enumerate(clean)
        ]
        usable = [one for one in said if one.usable]
        gated = _shares(usable) | {"coverage": round(len(usable) / len(said), 4)}
        rows.append({"noise": noise.value, "snr_db": snr_db} | _shares(said) | {"gated": gated})
        progress("noise", (place + 1) / (len(tapes) * len(SNRS_DB)))
    return rows


def noise_figure(rows: list[dict[str, Any]]) -> "Figure":
    """Draw the accuracy of every strip, and of those past the gate, against the ratio."""
    from models import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    curves = {}
    for noise in dict.fromkeys(row["noise"] for row in rows):
        of_noise = [row for row in rows if row["noise"] == noise]
        judged = [row for row in of_noise if row["gated"]["accuracy"] is not None]
        curves[noise] = ([row["snr_db"] for row in of_noise], [row["accuracy"] for row in of_noise])
        curves[f"{noise}, past the gate"] = (
            [row["snr_db"] for row in judged],
            [row["gated"]["accuracy"] for row in judged],
        )
    return figures.lines(
        curves, x_label="signal to noise, dB", y_label="right", title="AF or normal, in noise"
    )


def _chosen(strips: Iterable[Strip], book: FoldBook) -> Iterator[_Clean]:
    """Take the first strips of each label that are long enough and have beats to measure the signal by."""
    lacking = {"A": _OF_EACH, "N": _OF_EACH}
    for original in strips:
        strip = at_judgeable_rate(original)
        ecg_mv = strip.ecg_mv[: round(RHYTHM_WINDOW_S * strip.rate_hz)]
        if not lacking.get(strip.label, 0) or len(ecg_mv) < _SHORTEST_S * strip.rate_hz:
            continue
        r_peaks = stream_r_peaks(ecg_mv, strip.rate_hz)
        if len(r_peaks) < _FEWEST_BEATS:
            continue
        lacking[strip.label] -= 1
        yield _Clean(
            ecg_mv=ecg_mv,
            rate_hz=strip.rate_hz,
            r_peaks=r_peaks,
            fibrillates=strip.label == "A",
            artefact=book.artefact_for(record_digest(original.ecg_mv)),
        )
        if not any(lacking.values()):
            return


def _noisy(strip: _Clean, tape: NoiseTape, snr_db: float, turn: int) -> NDArray[np.float64]:
    return with_noise(
        strip.ecg_mv, strip.r_peaks, tape, snr_db=snr_db, from_s=_OTHER_PART_S * turn, lead=turn % 2
    )


def _said(strip: _Clean, noisy: NDArray[np.float64], manifest: ModelManifest) -> _Said:
    r_peaks = stream_r_peaks(noisy, strip.rate_hz)
    probabilities = run_rows(strip.artefact, rhythm_inputs(noisy, strip.rate_hz, r_peaks))[0]
    return _Said(
        fibrillates=strip.fibrillates,
        told=bool(probabilities[manifest.labels.index("A")] >= manifest.thresholds["A"]),
        usable=assess_ecg(noisy, strip.rate_hz, r_peaks).score >= USABLE,
    )


def _shares(said: list[_Said]) -> dict[str, Any]:
    """``se`` and ``sp`` are ``None`` where no such strip is left."""
    return {
        "strips": len(said),
        "se": _share([one.told for one in said if one.fibrillates]),
        "sp": _share([not one.told for one in said if not one.fibrillates]),
        "accuracy": _share([one.told == one.fibrillates for one in said]),
    }


def _share(right: list[bool]) -> float | None:
    return round(sum(right) / len(right), 4) if right else None
