"""A run's report accounts for every record that was made, and counts as lost what is nowhere."""

from hypothesis import given
from hypothesis import strategies as st

from carewire.report import Account, balance, quantiles, run_report


def account(stored=(), quarantined=(), duplicates=0, epoch="e-events") -> Account:
    return Account(epoch=epoch, stored=stored, quarantined=quarantined, duplicates=duplicates)


def test_what_is_nowhere_is_lost() -> None:
    ledger = balance(
        {"e-events": 10}, {"e-events": [(10, 10)]}, [account([(1, 4), (6, 7)], [(8, 8)], duplicates=3)]
    )
    assert (ledger.records_made, ledger.records_stored, ledger.records_quarantined) == (10, 6, 1)
    assert (ledger.records_in_outbox, ledger.records_lost, ledger.duplicates) == (
        1,
        2,
        3,
    )  # 5 and 9 are nowhere


def test_what_was_stored_after_the_count_does_not_hide_a_loss() -> None:
    ledger = balance({"e-events": 3}, {}, [account([(1, 2), (4, 9)])])
    assert (ledger.records_stored, ledger.records_lost) == (2, 1)


def test_an_epoch_the_cloud_never_saw_is_lost_unless_it_waits() -> None:
    assert balance({"e-events": 2}, {}, []).records_lost == 2
    assert balance({"e-events": 2}, {"e-events": [(1, 2)]}, []).records_lost == 0


@given(made=st.integers(0, 60), stored=st.sets(st.integers(1, 60)), held=st.sets(st.integers(1, 60)))
def test_made_is_the_sum_of_its_parts(made: int, stored: set[int], held: set[int]) -> None:
    ledger = balance(
        {"e-events": made},
        {"e-events": [(seq, seq) for seq in held]},
        [account([(seq, seq) for seq in stored])],
    )
    parts = (
        ledger.records_stored + ledger.records_quarantined + ledger.records_in_outbox + ledger.records_lost
    )
    assert parts == ledger.records_made == made
    assert ledger.records_lost == len(set(range(1, made + 1)) - stored - held)


def test_quantiles_are_nearest_rank() -> None:
    assert (quantiles([]).p50, quantiles([]).p99) == (None, None)
    assert (quantiles([5.0]).p50, quantiles([5.0]).p99) == (5.0, 5.0)
    hundred = quantiles(float(value) for value in range(1, 101))
    assert (hundred.count, hundred.p50, hundred.p99) == (100, 50.0, 99.0)


def test_an_alert_without_latency_does_not_count_among_them() -> None:
    report = run_report(
        about={"scenario": "resting"},
        ledger=balance({}, {}, []),
        alerts=[{"condition": "a", "latency_ms": 40.0}, {"condition": "b", "latency_ms": None}],
        inference={"count": 0, "p50_us": None},
    )
    assert report["latency_ms"] == {"count": 1, "p50": 40.0, "p99": 40.0}
    assert report["records_lost"] == 0
