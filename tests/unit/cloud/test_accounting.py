from cloud.accounting import Waiting, accounts_of, nothing_of
from cloud.ports import Counts, Declared, EpochAccount
from vitals.records import GapReason, GatewayReport


def lost(missed: int, *, of_records: bool = True) -> Declared:
    reason = GapReason.OUTBOX_DAMAGED if of_records else GapReason.LINK_LOST
    return Declared(reason=reason, of_records=of_records, gaps=1, missed=missed, uncounted=0)


def epoch(gateway: str, name: str, *declared: Declared, **counts: int) -> EpochAccount:
    return EpochAccount(
        gateway=gateway,
        epoch=name,
        stored=(),
        quarantined=(),
        missing=(),
        duplicates=2,
        counts=Counts(**counts),
        declared=declared,
    )


def test_epochs_are_summed_up_by_gateway() -> None:
    attic, hall = accounts_of(
        [
            epoch("attic", "a-events", stored=1),
            epoch("hall", "a-events", lost(3, of_records=False), stored=5, quarantined=1),
            epoch("hall", "b-events", lost(4, of_records=False), stored=6, missing=2, discarded=3),
        ],
        {},
    )
    assert attic.counts == Counts(stored=1)
    assert hall.counts == Counts(stored=11, quarantined=1, discarded=3, missing=2)
    assert (hall.duplicates, hall.unexplained, hall.waiting) == (4, 2, None)
    (gaps,) = hall.declared
    assert (gaps.reason, gaps.gaps, gaps.missed) == (GapReason.LINK_LOST, 2, 7)


def test_what_was_lost_with_the_outbox_and_declared_is_explained() -> None:
    for declared, unexplained in ((0, 5), (3, 2), (5, 0), (9, 0)):
        (account,) = accounts_of([epoch("hall", "a-events", lost(declared), missing=5)], {})
        assert account.unexplained == unexplained


def test_missing_samples_explain_no_missing_record() -> None:
    (account,) = accounts_of([epoch("hall", "a-events", lost(9, of_records=False), missing=5)], {})
    assert account.unexplained == 5


def test_what_waits_is_the_gateways_own_word() -> None:
    report = GatewayReport(
        t_ms=900, software="0.1.0", outbox_records=7, outbox_bytes=80, oldest_unsent_ms=100
    )
    (account,) = accounts_of([epoch("hall", "a-events", stored=1)], {"hall": (report, 1_000)})
    assert account.waiting == Waiting(records=7, size_bytes=80, oldest_ms=100, said_ms=1_000)


def test_a_gateway_of_which_nothing_came_has_an_account_of_nothing() -> None:
    assert nothing_of("attic").counts == Counts()
    assert nothing_of("attic").unexplained == 0
