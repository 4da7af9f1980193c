"""One kind of a period as a file: every value, by both clocks, in little memory."""

import csv
import io
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.export import stretches
from cloud.export.columns import Wanted, csv_pieces
from cloud.export.parquet import parquet_pieces
from cloud.ports import Point, Series
from tests.fakes.series_reader import FakeSeriesReader

BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))
SPRING_MS = 1_774_746_000_000
"""2026-03-29T01:00Z: the clock is put forward in Berlin."""
WANTED = Wanted(patient_id="p", kind="heart_rate", from_ms=SPRING_MS - 1_000, to_ms=SPRING_MS + 1_000)


def reader(*points: Point) -> FakeSeriesReader:
    return FakeSeriesReader(points={("p", "heart_rate"): list(points)})


def point(t_ms: int, value: float = 60.5, quality: float | None = 0.9, device: str = "strap") -> Point:
    return Point(t_ms=t_ms, value=value, quality=quality, device=device)


AROUND = (
    point(SPRING_MS - 1_000),
    point(SPRING_MS - 1, 61.0, None, "other"),
    point(SPRING_MS),
    point(SPRING_MS + 1_000),
)


def rows(source: FakeSeriesReader) -> list[dict[str, str]]:
    text = b"".join(csv_pieces(source, BERLIN, WANTED)).decode("utf-8-sig")
    return [*csv.DictReader(io.StringIO(text))]


def columns(source: FakeSeriesReader):
    return pq.read_table(io.BytesIO(b"".join(parquet_pieces(source, BERLIN, WANTED))))


def test_a_row_has_both_clocks_value_unit_quality_and_device() -> None:
    found = rows(reader(*AROUND))
    assert found[0] == {
        "time": "2026-03-29T01:59:59.000+01:00",
        "time_utc": "2026-03-29T00:59:59.000Z",
        "value": "60.5",
        "unit": "/min",
        "quality_0_to_1": "0.9",
        "device": "strap",
    }
    assert found[1]["quality_0_to_1"] == ""
    assert found[2]["time"] == "2026-03-29T03:00:00.000+02:00"
    assert len(found) == 3  # the end of the period is not in it


def test_parquet_has_the_same_with_types_and_nothing_where_nothing_is_known() -> None:
    found = columns(reader(*AROUND))
    assert found.column("time_utc").to_pylist()[0] == datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    assert found.column("time").to_pylist()[2] == datetime(2026, 3, 29, 3, 0)  # noqa: DTZ001 - a wall's
    assert found.column("quality_0_to_1").to_pylist() == [0.9, None, 0.9]
    assert found.column("device").to_pylist() == ["strap", "other", "strap"]
    assert str(found.schema.field("time_utc").type) == "timestamp[ms, tz=UTC]"


def test_no_device_is_taken_for_a_formula() -> None:
    assert rows(reader(point(SPRING_MS, device="=1+1")))[0]["device"] == "'=1+1"


def test_of_nothing_there_is_a_file_with_a_head_alone() -> None:
    assert rows(reader()) == []
    assert columns(reader()).num_rows == 0


def test_what_is_more_than_may_be_held_comes_in_halves_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows(reader(*AROUND)), columns(reader(*AROUND)).to_pydict()
    monkeypatch.setattr(stretches, "POINTS_AT_ONCE", 1)
    assert (rows(reader(*AROUND)), columns(reader(*AROUND)).to_pydict()) == whole


class Endless:
    """A reader of a value a second, made when it is asked for."""

    def observations(self, _patient: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        times = np.arange(from_ms + -from_ms % 1_000, to_ms, 1_000, np.int64)
        kept = times[-limit:]
        return Series(
            kind=kind,
            t_ms=kept,
            value=60.0 + kept // 1_000 % 9,
            quality=np.full(len(kept), 0.9),
            device_index=np.zeros(len(kept), np.int32),
            devices=("strap",),
            omitted=len(times) - len(kept),
        )


@pytest.mark.parametrize("pieces", [csv_pieces, parquet_pieces])
def test_hours_at_a_value_a_second_are_written_in_little_memory(
    pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "POINTS_AT_ONCE", 1_000)
    hours = Wanted(patient_id="p", kind="heart_rate", from_ms=SPRING_MS, to_ms=SPRING_MS + 10_800_000)
    tracemalloc.start()
    size = sum(map(len, pieces(Endless(), BERLIN, hours)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 20_000
    assert most < 2 << 20


def test_what_writes_parquet_is_not_read_before_it_is_asked_for() -> None:
    code = "import sys, cloud.application; print([n for n in ('pyarrow', 'reportlab') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
