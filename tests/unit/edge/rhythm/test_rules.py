"""What the rules of the ECG tell, of drawn hearts with known times and of real ones."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.rhythm.rates import RATE_LIMITS
from tests.fakes.ecg import excerpt
from tests.fakes.ecg_watch import events_in, rules
from tests.fakes.strap import beats_mv
from vitals.records import HealthEvent, Phase

RATE_HZ = 130
Turn = tuple[str, Phase, float]


def turns(events: list[HealthEvent]) -> list[Turn]:
    return [(event.condition, event.phase, event.t_ms / 1000) for event in events]


def heart(*stretches: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw beats `rr_s` apart for so many seconds each; return ``(n,)`` mV and the beats' times in s."""
    times_s, at_s = [], 0.4
    until_s = 0.0
    for rr_s, seconds in stretches:
        until_s += seconds
        while at_s < until_s:
            times_s.append(at_s)
            at_s += rr_s
    return beats_mv(np.array(times_s), until_s, RATE_HZ), np.array(times_s)


def with_silence(
    silence_s: float, *, before_s: float = 20.0, after_s: float = 20.0
) -> tuple[NDArray[np.float64], float]:
    """Draw a heart at 75 /min that rests once; return it and when its last beat before that was."""
    first = np.arange(0.4, before_s, 0.8)
    second = np.arange(first[-1] + silence_s, first[-1] + silence_s + after_s, 0.8)
    times_s = np.concatenate([first, second])
    return beats_mv(times_s, float(times_s[-1]) + 1.0, RATE_HZ), float(first[-1])


# --- Silence -----------------------------------------------------------------------------------


def test_a_silence_of_three_seconds_is_a_pause_from_the_last_beat_before_it() -> None:
    ecg, last_s = with_silence(3.1)
    ((condition, phase, at_s),) = turns(events_in(ecg, RATE_HZ))
    assert (condition, phase) == ("pause", Phase.ONSET)
    assert at_s == pytest.approx(last_s, abs=0.02)


def test_a_silence_a_little_shorter_is_none() -> None:
    ecg, _ = with_silence(2.9)
    assert events_in(ecg, RATE_HZ) == []


def test_pauses_less_than_a_minute_apart_are_one_episode_that_ends_with_the_last() -> None:
    once, _ = with_silence(3.2, after_s=30.0)
    ecg = np.concatenate([once, once, heart((0.8, 90.0))[0]])
    onset, end = events_in(ecg, RATE_HZ)
    assert (onset.phase, end.phase, onset.event_id) == (Phase.ONSET, Phase.END, end.event_id)
    assert end.t_ms / 1000 == pytest.approx(len(once) / RATE_HZ + 19.6 + 3.2, abs=0.1)


def test_a_clock_set_back_keeps_no_pause_standing_until_it_has_caught_up() -> None:
    watches = rules()
    (onset,) = events_in(with_silence(3.2)[0], RATE_HZ, watches, from_s=86_400.0)
    (end,) = events_in(heart((0.8, 10.0))[0], RATE_HZ, watches)
    assert (end.condition, end.phase, end.event_id) == ("pause", Phase.END, onset.event_id)


def test_a_heart_that_stops_is_told_while_it_stands_still_and_ends_once_it_beats_again() -> None:
    ecg, last_s = with_silence(9.0)
    events = events_in(ecg, RATE_HZ)
    assert [(event.condition, event.phase) for event in events] == [
        ("asystole", Phase.ONSET),
        ("asystole", Phase.END),
    ]
    onset, end = events
    assert onset.t_ms / 1000 == pytest.approx(last_s, abs=0.02)
    assert 4.0 <= onset.noticed_ms / 1000 - last_s < 6.5
    assert end.t_ms / 1000 == pytest.approx(last_s + 9.0, abs=0.02)


@pytest.mark.parametrize(
    "electrode",
    [
        np.zeros,
        lambda n: np.full(n, 5.0),
        lambda n: (
            3.0 * np.exp(-np.arange(n) / (2.5 * RATE_HZ)) + 0.01 * np.random.default_rng(1).normal(size=n)
        ),
        lambda n: 0.4 * np.random.default_rng(1).normal(size=n),
    ],
    ids=["flat", "saturated", "swinging-back", "noise"],
)
def test_an_electrode_that_comes_off_is_no_silent_heart(electrode: object) -> None:
    ecg, last_s = with_silence(9.0)
    first = round((last_s + 0.3) * RATE_HZ)
    spoilt = ecg.copy()
    spoilt[first : first + round(8.5 * RATE_HZ)] = electrode(round(8.5 * RATE_HZ))  # type: ignore[operator]
    assert events_in(spoilt, RATE_HZ) == []


def test_a_faint_beat_nobody_counted_is_no_pause() -> None:
    ecg, last_s = with_silence(3.6)
    faint = 0.4 * beats_mv(np.array([last_s + 1.8]), len(ecg) / RATE_HZ, RATE_HZ)
    assert events_in(ecg + faint, RATE_HZ) == []


def test_p_waves_that_no_ventricle_answers_leave_a_silence_silent() -> None:
    ecg, last_s = with_silence(3.6)
    t_s = np.arange(len(ecg)) / RATE_HZ
    for after_s in (0.9, 1.7, 2.5):
        ecg = ecg + 0.12 * np.exp(-(((t_s - last_s - after_s) / 0.035) ** 2))
    assert [turn[:2] for turn in turns(events_in(ecg, RATE_HZ))] == [("pause", Phase.ONSET)]


def test_an_electrode_that_really_came_off_raises_nothing() -> None:
    recording = excerpt("116")
    assert events_in(recording.ecg_mv, recording.rate_hz) == []


def test_what_lies_before_a_gap_in_the_signal_is_no_silence() -> None:
    watches, (ecg, _) = rules(), heart((0.8, 20.0))
    assert events_in(ecg, RATE_HZ, watches) == []
    assert events_in(ecg, RATE_HZ, watches, from_s=60.0) == []


# --- Rates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rr_s", "condition"),
    [(60 / 38, "extreme-bradycardia"), (60 / 156, "extreme-tachycardia")],
    ids=["38", "156"],
)
def test_a_rate_beyond_its_limit_is_told_and_ends_with_hysteresis(rr_s: float, condition: str) -> None:
    ecg, _ = heart((0.8, 20.0), (rr_s, 50.0), (0.8, 60.0))
    onset, end = events_in(ecg, RATE_HZ)
    assert (onset.condition, onset.phase, end.phase) == (condition, Phase.ONSET, Phase.END)
    assert onset.event_id == end.event_id
    assert 20.0 <= onset.t_ms / 1000 < 40.0
    assert 70.0 <= end.t_ms / 1000 < 90.0
    assert onset.evidence is not None
    assert onset.evidence.features[0].value == pytest.approx(60 / rr_s, abs=1.5)


@pytest.mark.parametrize("per_min", [42, 60, 100, 131, 146])
def test_a_rate_within_the_limits_is_not_told(per_min: int) -> None:
    assert events_in(heart((60 / per_min, 80.0))[0], RATE_HZ) == []


def test_a_fast_heart_is_told_only_after_half_a_minute() -> None:
    assert events_in(heart((0.8, 20.0), (60 / 170, 25.0), (0.8, 30.0))[0], RATE_HZ) == []


def test_half_of_a_hearts_beats_missed_are_no_slow_heart() -> None:
    times_s = np.arange(0.4, 60.0, 0.8)
    faint = beats_mv(times_s[1::2], 60.0, RATE_HZ) * 0.3
    assert events_in(beats_mv(times_s[::2], 60.0, RATE_HZ) + faint, RATE_HZ) == []


@pytest.mark.parametrize("limit", RATE_LIMITS, ids=lambda limit: limit.name)
def test_each_limit_clears_on_its_own_side_and_names_its_source(limit: object) -> None:
    row = next(each for each in RATE_LIMITS if each is limit)
    assert (row.clear_at > row.limit) is row.is_low
    assert row.source


# --- Fibrillation ------------------------------------------------------------------------------


def test_ventricular_fibrillation_is_told_within_seconds() -> None:
    recording = excerpt("cu01", database="cudb")
    (event,) = events_in(recording.ecg_mv, recording.rate_hz)
    assert (event.condition, event.phase) == ("ventricular-fibrillation", Phase.ONSET)
    assert 8.0 < event.t_ms / 1000 < 14.0
    assert event.noticed_ms / 1000 < 20.0
    assert event.evidence is not None
    assert 150 <= len(event.evidence.strip_uv) <= 400


def test_ventricular_flutter_is_told_once_while_it_comes_and_goes() -> None:
    recording = excerpt("207")
    (event,) = events_in(recording.ecg_mv, recording.rate_hz)
    assert event.condition == "ventricular-fibrillation"
    assert 7.0 < event.t_ms / 1000 < 14.0


def test_it_ends_once_beats_have_been_back_for_ten_seconds() -> None:
    recording = excerpt("207")
    calm = np.tile(recording.ecg_mv[: round(7.0 * recording.rate_hz)], 4)
    onset, end = events_in(np.concatenate([recording.ecg_mv, calm]), recording.rate_hz)
    assert (onset.phase, end.phase, onset.event_id) == (Phase.ONSET, Phase.END, end.event_id)


@pytest.mark.parametrize("record", ["101", "203"])
def test_a_heart_that_beats_raises_nothing_however_unevenly(record: str) -> None:
    recording = excerpt(record)
    assert events_in(recording.ecg_mv, recording.rate_hz) == []


def test_every_time_told_rises_with_the_signal() -> None:
    ecg, _ = with_silence(9.0)
    told = events_in(ecg, RATE_HZ)
    assert all(first.noticed_ms <= second.noticed_ms for first, second in pairwise(told))
