"""That what a device measured under nobody goes to who wore it then, whole, however often it is asked for."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cloud.ports import Adopted, ClockDoubt, RecordClock, RollupQuery, Wearing
from cloud.storage import adoption
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import NOW_MS, OTHER_STRAP, STRAP, event, gap, identified, run, strip
from vitals.errors import ConfigurationError, StorageError

HOUR_MS = 3_600_000
START_MS = NOW_MS - NOW_MS % HOUR_MS
WEI_FROM = [Wearing(from_ms=START_MS + 10, patient_id="wei")]


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


def beats(series: SqliteSeries, patient_id: str = "wei") -> list[tuple[int, float]]:
    found = series.observations(patient_id, "heart_rate", 0, 2 * NOW_MS, 1_000).points
    return [(point.t_ms - START_MS, point.value) for point in found]


def stray(*points: tuple[int, float], seq: int = 1, **changes: object):
    moved = run(*((START_MS + t_ms, value) for t_ms, value in points))
    return identified(moved, seq, patient_id=None, **changes)


@pytest.mark.parametrize("are_closed", [False, True])
def test_points_go_to_who_wore_the_device_when_they_were_measured(
    series: SqliteSeries, *, are_closed: bool
) -> None:
    series.commit([stray((0, 50), (9, 51), (10, 60), (20, 61), (HOUR_MS + 5, 62), (2 * HOUR_MS, 70))])
    if are_closed:
        close_all(series)
    wearings = [*WEI_FROM, Wearing(from_ms=START_MS + 2 * HOUR_MS, patient_id="ana")]
    assert series.adopt(STRAP, wearings) == Adopted(points=4, strips=0, events=0, gaps=0)
    assert beats(series) == [(10, 60), (20, 61), (HOUR_MS + 5, 62)]
    assert beats(series, "ana") == [(2 * HOUR_MS, 70)]
    assert beats(series, "") == [(0, 50), (9, 51)]
    assert series.latest("wei")["heart_rate"].value == 62
    assert series.latest("ana")["heart_rate"].value == 70
    assert series.latest("")["heart_rate"].value == 51


def test_what_was_measured_after_it_was_taken_off_stays_nobodys(series: SqliteSeries) -> None:
    series.commit([stray((10, 60), (50, 61), (90, 62))])
    wearings = [
        *WEI_FROM,
        Wearing(from_ms=START_MS + 40, patient_id=None),
        Wearing(from_ms=START_MS + 80, patient_id="wei"),
    ]
    assert series.adopt(STRAP, wearings).points == 2
    assert beats(series) == [(10, 60), (90, 62)]
    assert beats(series, "") == [(50, 61)]


def test_they_are_summed_up_as_if_they_had_always_been_there(series: SqliteSeries) -> None:
    series.commit([stray((20, 60), (30, 62)), identified(run((START_MS + 40, 64)), 2)])
    close_all(series)
    series.adopt(STRAP, WEI_FROM)
    hour = RollupQuery(kind="heart_rate", from_ms=START_MS, to_ms=START_MS + HOUR_MS, every_ms=HOUR_MS)
    for _ in range(2):
        sums = series.rollups("wei", hour)
        assert (sums.count.tolist(), sums.mean.tolist()) == ([3], [62])
        assert series.rollups("", hour).count.tolist() == []
        close_all(series)


def test_strips_events_and_gaps_go_along(series: SqliteSeries) -> None:
    series.commit(
        [
            identified(strip(START_MS + 50), 1, patient_id=None),
            identified(event(START_MS + 60), 2, patient_id=None),
            identified(gap(START_MS + 70, START_MS + 80), 3, patient_id=None),
            identified(strip(START_MS + 5), 4, patient_id=None),
        ]
    )
    assert series.adopt(STRAP, WEI_FROM) == Adopted(points=0, strips=1, events=1, gaps=1)
    until_ms = START_MS + HOUR_MS
    assert [each.t0_ms for each in series.waveforms("wei", "ecg", START_MS, until_ms)] == [START_MS + 50]
    assert [each.t0_ms for each in series.waveforms("", "ecg", START_MS, until_ms)] == [START_MS + 5]
    assert series.events("wei", START_MS, until_ms) == (event(START_MS + 60),)
    assert series.gaps("wei", "ecg", START_MS, until_ms) == (gap(START_MS + 70, START_MS + 80),)
    assert series.pending(9) == ()


def test_what_the_wearer_has_of_the_same_moment_stays(series: SqliteSeries) -> None:
    series.commit([stray((20, 99), (30, 61)), identified(run((START_MS + 20, 60)), 2)])
    series.adopt(STRAP, WEI_FROM)
    assert beats(series) == [(20, 60), (30, 61)]


def test_other_devices_and_other_patients_are_left_alone(series: SqliteSeries) -> None:
    other = msgspec.structs.replace(run((START_MS + 20, 70)), device=OTHER_STRAP)
    series.commit([stray((20, 60)), identified(other, 2, patient_id=None)])
    series.commit([identified(run((START_MS + 21, 80)), 3, patient_id="ana")])
    series.adopt(STRAP, WEI_FROM)
    assert (beats(series), beats(series, ""), beats(series, "ana")) == ([(20, 60)], [(20, 70)], [(21, 80)])
    assert [device.device for device in series.unbound_devices()] == [OTHER_STRAP]


def test_times_put_right_decide_and_those_that_cannot_be_stay(series: SqliteSeries) -> None:
    known = RecordClock(boot_id="a", offset_ms=0, shift_ms=START_MS, by_ntp=True)
    unknown = RecordClock(boot_id="b", offset_ms=0, shift_ms=None)
    series.commit(
        [
            identified(run((100, 60)), 1, patient_id=None, clock=known),
            identified(run((100, 61)), 2, patient_id=None, clock=unknown, clock_doubt=ClockDoubt.UNSYNCED),
        ]
    )
    assert series.adopt(STRAP, WEI_FROM).points == 1
    assert beats(series) == [(100, 60)]
    assert [value for _, value in beats(series, "")] == [61]


def test_nothing_is_given_twice_and_cut_off_anywhere_the_rest_is_given_later(
    series: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    series.commit([stray((20, 60), (HOUR_MS, 61), (2 * HOUR_MS, 62))])
    given = adoption._give_hour
    calls = []

    def dying(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise StorageError("killed")
        return given(*arguments)

    with monkeypatch.context() as killed:
        killed.setattr(adoption, "_give_hour", dying)
        with pytest.raises(StorageError):
            series.adopt(STRAP, WEI_FROM)
    assert len(beats(series)) + len(beats(series, "")) == 3
    assert series.adopt(STRAP, WEI_FROM).points == 2
    assert series.adopt(STRAP, WEI_FROM) == Adopted(points=0, strips=0, events=0, gaps=0)
    assert (len(beats(series)), beats(series, ""), series.unbound_devices()) == (3, [], ())


def test_a_service_that_runs_beside_it_goes_on_writing_to_the_right_series(
    series: SqliteSeries, tmp_path: Path
) -> None:
    series.commit([stray((20, 60))])
    beside = SqliteSeries(tmp_path / "series.db")
    beside.adopt(STRAP, WEI_FROM)
    beside.close()
    series.commit([stray((0, 50), seq=2), identified(run((START_MS + 30, 61)), 3)])
    assert (beats(series), beats(series, "")) == ([(20, 60), (30, 61)], [(0, 50)])


def test_points_in_influxdb_cannot_be_given_away_and_it_says_so(tmp_path: Path) -> None:
    journal = SqliteSeries(tmp_path / "journal.db", keeps_points=False)
    with pytest.raises(ConfigurationError, match="InfluxDB"):
        journal.adopt(STRAP, WEI_FROM)
    journal.close()


def close_all(series: SqliteSeries) -> None:
    """Pack every hour, as the upkeep does once it is over and quiet."""
    for _ in range(3):
        while series.keeping.close_hours(START_MS + 10 * HOUR_MS):
            pass
