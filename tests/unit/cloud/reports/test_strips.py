"""Traces cut from recordings: what is drawn is what was recorded, at the time it was."""

import numpy as np

from cloud.ports import Strip
from cloud.reports.strips import AFTER_MS, BEFORE_MS, SHOWN_MS, traces
from tests.fakes.ecg import excerpt
from tests.fakes.series_reader import FakeSeriesReader

AT_MS = 1_700_000_000_000


def strip(values_mv: np.ndarray, t0_ms: int, rate_hz: float, lead: str = "I") -> Strip:
    samples = np.rint(values_mv * 1_000).astype("<i2").tobytes()
    return Strip(
        device="d",
        kind="ecg",
        t0_ms=t0_ms,
        rate_hz=rate_hz,
        samples=samples,
        scale=0.001,
        offset=0.0,
        lead=lead,
    )


def reader(*strips: Strip) -> FakeSeriesReader:
    return FakeSeriesReader(strips={("p", "ecg"): list(strips)})


def test_a_recording_comes_back_sample_by_sample_where_it_was_taken() -> None:
    found = excerpt("207")
    series = reader(strip(found.ecg_mv, AT_MS - 10_000, found.rate_hz))
    (trace,) = traces(series, "p", AT_MS)
    first = round((AT_MS - BEFORE_MS - (AT_MS - 10_000)) / 1_000 * found.rate_hz)
    assert trace.t0_ms == AT_MS - BEFORE_MS
    assert len(trace.values) == round(SHOWN_MS / 1_000 * found.rate_hz)
    assert np.abs(trace.values - found.ecg_mv[first : first + len(trace.values)]).max() < 0.001


def test_strips_that_follow_each_other_stay_pieces_with_the_gap_between() -> None:
    second = np.zeros(250)
    pieces = traces(
        reader(strip(second, AT_MS - 1_500, 250.0), strip(second, AT_MS + 3_000, 250.0)), "p", AT_MS
    )
    assert [(each.t0_ms - AT_MS, len(each.values)) for each in pieces] == [(-1_500, 250), (3_000, 250)]


def test_what_lies_outside_of_the_sheet_is_cut() -> None:
    long = np.zeros(20 * 250)
    (trace,) = traces(reader(strip(long, AT_MS - 8_000, 250.0)), "p", AT_MS)
    assert trace.t0_ms == AT_MS - BEFORE_MS
    assert len(trace.values) == (BEFORE_MS + AFTER_MS) * 250 // 1_000


def test_of_several_leads_the_one_kept_longest_is_drawn() -> None:
    pieces = traces(
        reader(strip(np.zeros(250), AT_MS, 250.0, "II"), strip(np.ones(500), AT_MS, 250.0, "V1")), "p", AT_MS
    )
    assert [each.lead for each in pieces] == ["V1"]


def test_where_nothing_is_kept_there_is_no_trace() -> None:
    assert traces(reader(), "p", AT_MS) == ()
