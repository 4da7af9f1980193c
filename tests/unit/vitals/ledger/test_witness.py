"""A witness keeps what is proven to hold all it kept before, and tells every other head by its right name."""

import msgspec

from tests.fakes.signed_ledger import KEY, OTHER_KEY, SignedLedger
from vitals.ledger.heads import TreeHead
from vitals.ledger.witness import ACCEPTED, ACCUSING, Verdict, judge

PUBLIC = KEY.public_key()


def kept(size: int = 20) -> TreeHead:
    return SignedLedger(size).head()


def test_the_first_head_is_kept() -> None:
    assert judge(None, kept(), PUBLIC) is Verdict.FIRST


def test_nothing_new_is_the_same() -> None:
    assert judge(kept(), SignedLedger(20).head(t_ms=99), PUBLIC) is Verdict.SAME


def test_growth_is_kept_when_it_is_proven_and_asked_for_when_it_is_not() -> None:
    ledger = SignedLedger(33)
    assert judge(kept(), ledger.head(), PUBLIC, ledger.proof(20)) is Verdict.GROWN
    assert judge(kept(), ledger.head(), PUBLIC) is Verdict.UNPROVEN
    assert judge(kept(), ledger.head(), PUBLIC, []) is Verdict.UNPROVEN
    assert judge(kept(0), ledger.head(), PUBLIC) is Verdict.GROWN


def test_another_past_under_a_larger_head_is_rewritten() -> None:
    other = SignedLedger(33, seed="other")
    assert judge(kept(), other.head(), PUBLIC, other.proof(20)) is Verdict.REWRITTEN
    assert judge(kept(), SignedLedger(33).head(), PUBLIC, SignedLedger(33).proof(19)) is Verdict.REWRITTEN


def test_as_many_entries_that_are_others_are_a_fork() -> None:
    assert judge(kept(), SignedLedger(20, seed="other").head(), PUBLIC) is Verdict.FORKED


def test_fewer_entries_signed_later_are_a_rollback() -> None:
    assert judge(kept(), SignedLedger(19).head(t_ms=21), PUBLIC) is Verdict.ROLLED_BACK


def test_fewer_entries_signed_earlier_were_only_late_on_their_way() -> None:
    assert judge(kept(), SignedLedger(19).head(t_ms=19), PUBLIC) is Verdict.OLDER


def test_a_restored_backup_says_so_by_its_epoch_and_is_kept_from_then_on() -> None:
    restored = SignedLedger(12).head(t_ms=50, epoch=50)
    assert judge(kept(), restored, PUBLIC) is Verdict.RESTORED
    assert judge(restored, SignedLedger(25).head(t_ms=60), PUBLIC) is Verdict.ROLLED_BACK


def test_another_key_another_ledger_and_a_forged_head_are_refused() -> None:
    ledger = SignedLedger(33)
    assert judge(kept(), ledger.head(key=OTHER_KEY), PUBLIC, ledger.proof(20)) is Verdict.UNSIGNED
    forged = msgspec.structs.replace(ledger.head(), size=40)
    assert judge(kept(), forged, PUBLIC, ledger.proof(20)) is Verdict.UNSIGNED
    assert judge(None, forged, PUBLIC) is Verdict.UNSIGNED
    foreign = SignedLedger(33, origin="carewire-other")
    assert judge(kept(), foreign.head(), PUBLIC, foreign.proof(20)) is Verdict.FOREIGN


def test_a_declared_restoration_needs_the_same_key_and_the_same_origin() -> None:
    assert judge(kept(), SignedLedger(12).head(epoch=9, key=OTHER_KEY), PUBLIC) is Verdict.UNSIGNED
    assert judge(kept(), SignedLedger(12, origin="carewire-other").head(epoch=9), PUBLIC) is Verdict.FOREIGN


def test_nothing_that_accuses_is_kept() -> None:
    assert not ACCEPTED & ACCUSING
