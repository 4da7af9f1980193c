"""That every number of every epoch is in exactly one place, at a cost that no gateway can drive up."""

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.ports import MOST_RANGES, Declared, Discard, Wanted
from cloud.storage.journal import accounts, identities
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import STRAP, identified, run
from tests.contracts.series.store import poison
from vitals.records import Gap, GapReason

EPOCHS = itertools.count()


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


def gap(reason: GapReason = GapReason.LINK_LOST, missed: int | None = None, kind: str = "ecg") -> Gap:
    return Gap(device=STRAP, kind=kind, from_ms=1, to_ms=2, reason=reason, missed=missed)


def numbers(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    stored=st.sets(st.integers(1, 40)),
    aside=st.sets(st.integers(1, 40)),
    discarded=st.sets(st.integers(1, 40)),
)
def test_each_number_up_to_the_highest_is_in_exactly_one_place(
    series: SqliteSeries, stored: set[int], aside: set[int], discarded: set[int]
) -> None:
    name = f"epoch-{next(EPOCHS):06}"
    series.commit([], [poison(seq, epoch=name) for seq in discarded])
    found = [entry.id for entry in series.find(Wanted(), limit=10_000) if entry.record.epoch == name]
    series.discard(found, Discard(by="ada", at_ms=1, why="test"))
    series.commit([], [poison(seq, epoch=name) for seq in aside])
    series.commit([identified(run((seq, 60)), seq, epoch=name) for seq in stored])
    known = stored | aside | discarded
    account = next((each for each in series.accounts() if each.epoch == name), None)
    if account is None:
        assert not known
        return
    places = [numbers(r) for r in (account.stored, account.quarantined, account.discarded, account.missing)]
    assert sorted(number for place in places for number in place) == list(range(1, max(known) + 1))
    assert places[:3] == [sorted(stored), sorted(aside - stored), sorted(discarded - stored - aside)]
    assert [len(place) for place in places] == [
        account.counts.stored,
        account.counts.quarantined,
        account.counts.discarded,
        account.counts.missing,
    ]


def test_what_gaps_declare_is_summed_up_by_reason(series: SqliteSeries) -> None:
    series.commit(
        [
            identified(gap(missed=5), 1),
            identified(gap(missed=7), 2),
            identified(gap(), 3),
            identified(gap(GapReason.OUTBOX_DAMAGED, 12, "outbox"), 4),
        ]
    )
    series.commit([identified(gap(missed=5), 1)])
    (account,) = series.accounts()
    assert set(account.declared) == {
        Declared(reason=GapReason.LINK_LOST, of_records=False, gaps=3, missed=12, uncounted=1),
        Declared(reason=GapReason.OUTBOX_DAMAGED, of_records=True, gaps=1, missed=12, uncounted=0),
    }


def test_a_gateway_that_jumps_to_the_end_of_the_numbers_costs_two_ranges(series: SqliteSeries) -> None:
    series.commit([identified(run((1, 60)), 1), identified(run((2, 61)), 2**53)])
    (account,) = series.accounts()
    assert account.missing == ((2, 2**53 - 1),)
    assert account.counts.missing == 2**53 - 2


def test_many_holes_are_counted_in_the_memory_of_a_thousand(series: SqliteSeries) -> None:
    series.commit([identified(run((1, 60)), 1)])
    with series._file.write() as connection:
        connection.executemany(
            "INSERT INTO stored_range VALUES (1, ?, ?)", ((n, n) for n in range(3, 60_003, 2))
        )
    tracemalloc.start()
    with series._file.read() as connection:
        (account,) = accounts.read(connection)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (account.counts.stored, account.counts.missing) == (30_001, 30_000)
    assert (len(account.stored), len(account.missing)) == (MOST_RANGES, MOST_RANGES)
    assert account.missing[0] == (2, 2)
    assert peak < 2_000_000


def test_a_commit_over_many_holes_looks_at_none_of_them(
    series: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    series.commit([identified(run((1, 60)), 1)])
    with series._file.write() as connection:
        connection.executemany(
            "INSERT INTO stored_range VALUES (1, ?, ?)", ((n, n) for n in range(3, 20_003, 2))
        )
    looked_at = []
    stored = identities._stored

    def noted(*arguments):
        found = stored(*arguments)
        looked_at.extend(found)
        return found

    monkeypatch.setattr(identities, "_stored", noted)
    outcome = series.commit([identified(run((n, 60)), n) for n in (1, 10_000, 30_000)])
    assert (outcome.fresh, outcome.duplicates) == (2, 1)
    assert len(looked_at) <= 4
    (account,) = series.accounts()
    assert account.counts.missing == 30_000 - 10_003


def test_devices_that_nobody_owns_are_counted(series: SqliteSeries) -> None:
    series.commit([identified(run((1, 60)), 1, patient_id=None, received_ms=100)])
    series.commit([identified(run((2, 60)), 2, patient_id=None, received_ms=900)])
    series.commit([identified(run((3, 60)), 3), identified(gap(), 4, patient_id=None)])
    (device,) = series.unbound_devices()
    assert (device.device, device.gateway, device.records) == (STRAP, "home-1", 2)
    assert (device.first_received_ms, device.last_received_ms) == (100, 900)
