"""Minutes as values: calm slices as one, all others minute by minute."""

import numpy as np
import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import CourseRule, Rule
from cloud.ports import Rollups
from cloud.rehearsal.columns import Columns
from cloud.rehearsal.history import MINUTE_MS
from cloud.rehearsal.means import SLICE_MS, means_of
from tests.fakes.alert_material import T0

FIRST_MS = T0 - T0 % SLICE_MS


def minutes(
    kind: str, *means: float, counts: tuple[int, ...] = (), peak: dict[int, float] | None = None
) -> Rollups:
    """Minutes one after the other; `peak` gives the highest value of some."""
    mean = np.array(means)
    highest = mean.copy()
    for at, value in (peak or {}).items():
        highest[at] = value
    return Rollups(
        kind=kind,
        from_ms=FIRST_MS + MINUTE_MS * np.arange(len(mean)),
        count=np.array(counts or [60] * len(mean), np.int64),
        minimum=mean,
        maximum=highest,
        mean=mean,
        deviation=np.zeros(len(mean)),
    )


def of(found: Rollups, *rows: Rule) -> list[tuple[float, float]]:
    columns: Columns = means_of(found, found.kind, rows)
    return [
        ((t_ms - FIRST_MS) / MINUTE_MS, value)
        for t_ms, value in zip(columns.t_ms.tolist(), columns.value.tolist(), strict=True)
    ]


def test_a_calm_slice_is_one_mean_of_all_its_values_as_of_its_last_minute() -> None:
    calm = minutes("heart_rate", 60, 62, 64, counts=(60, 30, 10))
    assert of(calm, RULES["news2-high"]) == [(2.5, pytest.approx(61.0))]


def test_one_value_beyond_a_sign_keeps_every_minute_of_its_slice_and_of_no_other() -> None:
    row = RULES["irregular-and-fast"]
    found = minutes("heart_rate", *[70.0] * 15, peak={7: 190.0})
    assert [at for at, _ in of(found, row)] == [4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 14.5]


def test_what_reads_the_course_of_a_kind_sees_every_minute_of_it() -> None:
    row = next(row for row in RULES.values() if isinstance(row, CourseRule) and row.kind == "glucose")
    assert len(of(minutes("glucose", *[110.0] * 7), row)) == 7
    assert len(of(minutes("heart_rate", *[70.0] * 7), row)) == 2


def test_of_nothing_there_is_nothing() -> None:
    assert of(minutes("heart_rate"), RULES["news2-high"]) == []


def test_what_decides_is_thinned_to_no_wider_gaps_than_a_limit_allows() -> None:
    times = T0 + 1000 * np.array([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11])
    run = Columns(t_ms=times, value=np.arange(11.0))
    kept = run.thinned(7_000)
    assert kept.value.tolist() == [0, 3, 6, 9, 10]
    assert run.thinned(1_000).value.tolist() == run.value.tolist()
    assert run[:1].thinned(15_000).value.tolist() == [0]
