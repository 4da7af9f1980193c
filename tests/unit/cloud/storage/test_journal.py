"""The embedded store beside one that keeps the points: all but the points are its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import event, identified, run, strip
from tests.contracts.series.occurrences import OccurrenceContract
from tests.contracts.series.patient_feed import PatientFeedContract
from tests.contracts.series.quarantine import QuarantineContract
from tests.contracts.series.store import poison, values


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db", keeps_points=False)
    yield opened
    opened.close()


class TestJournal(QuarantineContract, OccurrenceContract, PatientFeedContract):
    """It keeps every contract but those of points."""


def test_points_are_left_to_another_store(store: SqliteSeries) -> None:
    assert store.commit([identified(run((1, 60)), 1)]).fresh == 1
    assert values(store) == []
    assert store.latest("wei") == {}


def test_strips_and_identities_are_kept(store: SqliteSeries) -> None:
    store.commit([identified(strip(1_000), 1), identified(run((1, 60)), 2)])
    assert len(store.waveforms("wei", "ecg", 0, 9_999)) == 1
    assert store.accounts()[0].stored == ((1, 2),)


def test_what_was_never_seen_is_fresh_and_asking_changes_nothing(store: SqliteSeries) -> None:
    records = [identified(run((1, 60)), 1), identified(event(1), 1, epoch="abcd1234-events")]
    assert store.fresh(records) == tuple(records)
    assert store.accounts() == ()


def test_what_is_stored_is_not_fresh(store: SqliteSeries) -> None:
    first, second, third = (identified(run((s, 60)), s) for s in (1, 2, 3))
    store.commit([second])
    assert store.fresh([first, second, third]) == (first, third)


def test_of_one_identity_only_the_first_is_fresh_for_each_wearer(store: SqliteSeries) -> None:
    first = identified(run((1, 60)), 1)
    other_wearer = identified(run((2, 90)), 1, patient_id="ana")
    assert store.fresh([first, identified(run((1, 99)), 1), other_wearer]) == (first, other_wearer)


def test_what_is_only_set_aside_is_still_fresh(store: SqliteSeries) -> None:
    store.commit([], [poison(1)])
    record = identified(run((1, 60)), 1)
    assert store.fresh([record]) == (record,)
