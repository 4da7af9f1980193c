"""What the annotations say, and that recordings are counted against it stage by stage."""

import shutil
from pathlib import Path

import numpy as np

from carewire.bench.alarms import measure
from carewire.bench.annotated import Truth, spans_of
from firmware_sim.excerpts import FOLDER
from models.datasets import Annotated


def recording(
    beats_s: list[float], symbols: str, *, rhythms: tuple[tuple[int, str], ...] = (), length_s: float = 100.0
) -> Annotated:
    return Annotated(
        record="drawn",
        rate_hz=100.0,
        ecg_mv=np.zeros(round(100 * length_s), dtype=np.float32),
        beats=np.array([round(100 * at_s) for at_s in beats_s], dtype=np.int64),
        beat_symbols=tuple(symbols),
        rhythms=rhythms,
        flutter=((9_000, 9_500),),
    )


def test_silences_between_annotated_beats_are_pauses_and_asystole() -> None:
    truth = spans_of(recording([1.0, 2.0, 5.1, 6.0, 12.0, 13.0], "N" * 6), start_ms=1_000)
    assert truth.of("pause").spans == ((3_000, 6_100), (7_000, 13_000))
    assert truth.of("asystole").spans == ((7_000, 13_000),)


def test_runs_of_ventricular_beats_count_by_length_and_rate() -> None:
    fast = [1.0 + 0.4 * n for n in range(7)]
    truth = spans_of(recording([*fast, 10.0, 11.0], "NVVVVVNNN"), start_ms=0)
    assert truth.of("ventricular-tachycardia").spans == ((1_400, 3_000),)
    slow = [1.0 + 0.8 * n for n in range(7)]
    assert (
        spans_of(recording([*slow, 10.0], "NVVVVVNN"), start_ms=0).of("ventricular-tachycardia").spans == ()
    )


def test_rhythms_last_until_the_next_and_the_last_until_the_end() -> None:
    rhythms = ((0, "N"), (1_000, "AFIB"), (8_000, "N"), (9_000, "AFIB"))
    truth = spans_of(recording([1.0] * 6, "N" * 6, rhythms=rhythms), start_ms=0).of("atrial-fibrillation")
    assert truth.spans == ((10_000, 80_000),)
    assert truth.may == ((10_000, 80_000), (90_000, 100_000))


def test_an_alarm_is_borne_out_within_half_a_minute_and_an_episode_found_while_it_is_told() -> None:
    truth = Truth(spans=((100_000, 200_000),))
    assert [truth.is_near(t_ms) for t_ms in (69_999, 70_000, 230_000, 230_001)] == [False, True, True, False]
    assert truth.found_by([(150_000, 160_000)]) == 1
    assert truth.found_by([(10_000, 90_000), (240_000, 2**62)]) == 0


def test_a_recording_is_played_through_every_stage_and_rule(tmp_path: Path) -> None:
    for suffix in (".hea", ".dat", ".atr"):
        shutil.copy(FOLDER / f"resting-101{suffix}", tmp_path)
    told: list[float] = []
    report = measure(tmp_path, progress=lambda _, share: told.append(share))
    assert [row["stage"] for row in report["stages"]] == [
        "probability alone",
        "and quality",
        "and distance",
        "and certainty",
        "and K of N",
        "and budget",
    ]
    judged = [row["windows_judged"] for row in report["stages"]]
    assert judged == sorted(judged, reverse=True)
    assert judged[0] > 20
    assert {row["false_alarms"] for row in report["rules"].values()} == {0}
    assert told == [1.0]
