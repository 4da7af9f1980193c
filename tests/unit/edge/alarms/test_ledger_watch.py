"""A gateway keeps what holds, refuses what does not, and lights up; nobody outside makes it forget."""

from pathlib import Path

import pytest

from edge.adapters.ledger_witness import LedgerWitness
from edge.alarms.ledger_watch import OLDER_BORNE_S, UNPROVEN_BORNE_S, LedgerWatch
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.counters import Counters
from tests.fakes.clock import FakeClock
from tests.fakes.signed_ledger import KEY, OTHER_KEY, SignedLedger
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import TreeHead
from vitals.ledger.witness import Verdict
from vitals.wire.ledger import HeadNews, encode_head_news

PUBLIC = KEY.public_key().public_bytes_raw().hex()


@pytest.fixture
def alarms() -> LocalAlarms:
    return LocalAlarms()


@pytest.fixture
def witness(tmp_path: Path, alarms: LocalAlarms) -> LedgerWitness:
    return witness_in(tmp_path, alarms)


def witness_in(folder: Path, alarms: LocalAlarms, *, pinned: bool = False) -> LedgerWitness:
    return LedgerWitness(
        folder=folder,
        watch=LedgerWatch(alarms=alarms, pinned=KEY.public_key() if pinned else None),
        counters=Counters(),
        clock=FakeClock(),
    )


def news(
    ledger: SignedLedger, first: int = 0, *, head: TreeHead | None = None, key: str = PUBLIC
) -> HeadNews:
    proof = ledger.proof(first) if 0 < first < ledger.tiles.size else []
    return HeadNews(head=head or ledger.head(), key=key, first=first, proof=[each.hex() for each in proof])


async def hear(witness: LedgerWitness, said: HeadNews) -> Verdict | None:
    witness.hear(encode_head_news(said), "application/msgpack")
    await witness.step()
    return witness.watch.verdict


async def test_the_first_head_is_kept_and_growth_that_is_proven(
    witness: LedgerWitness, tmp_path: Path, alarms: LocalAlarms
) -> None:
    assert witness.watch.said() is None
    assert await hear(witness, news(SignedLedger(20))) is Verdict.FIRST
    assert await hear(witness, news(SignedLedger(33), 20)) is Verdict.GROWN
    assert HeadFile(path=tmp_path / "ledger-head.json").read() == SignedLedger(33).head()
    said = witness.watch.said()
    assert said is not None
    assert (said.size, said.verdict) == (33, "grown")
    assert AlarmKey.LEDGER_CHANGED not in alarms.standing


async def test_growth_without_a_proof_from_here_is_not_kept_and_accuses_nobody(
    witness: LedgerWitness, alarms: LocalAlarms
) -> None:
    await hear(witness, news(SignedLedger(20)))
    for first in (0, 7):
        assert await hear(witness, news(SignedLedger(33), first)) is Verdict.FIRST
    assert witness.watch.kept == SignedLedger(20).head()
    assert witness.counters["ledger.unproven"] == 2
    assert AlarmKey.LEDGER_CHANGED not in alarms.standing


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (news(SignedLedger(12), head=SignedLedger(12).head(t_ms=99)), Verdict.ROLLED_BACK),
        (news(SignedLedger(20, seed="other")), Verdict.FORKED),
        (news(SignedLedger(33, seed="other"), 20), Verdict.REWRITTEN),
    ],
)
async def test_a_changed_past_is_refused_told_and_kept_as_proof(
    witness: LedgerWitness, tmp_path: Path, alarms: LocalAlarms, said: HeadNews, verdict: Verdict
) -> None:
    await hear(witness, news(SignedLedger(20)))
    assert await hear(witness, said) is verdict
    assert HeadFile(path=tmp_path / "ledger-head.json").read() == SignedLedger(20).head()
    assert HeadFile(path=tmp_path / "ledger-refused.json").read() == said.head
    assert AlarmKey.LEDGER_CHANGED in alarms.standing
    told = witness.watch.said()
    assert told is not None
    assert (told.size, told.verdict) == (20, verdict.value)


async def test_it_is_still_noticed_after_a_restart(tmp_path: Path, alarms: LocalAlarms) -> None:
    await hear(witness_in(tmp_path, alarms), news(SignedLedger(20)))
    again = witness_in(tmp_path, alarms)
    assert await hear(again, news(SignedLedger(20, seed="other"))) is Verdict.FORKED


async def test_a_head_that_holds_again_ends_the_alarm(witness: LedgerWitness, alarms: LocalAlarms) -> None:
    await hear(witness, news(SignedLedger(20)))
    await hear(witness, news(SignedLedger(20, seed="other")))
    await hear(witness, news(SignedLedger(33), 20))
    assert AlarmKey.LEDGER_CHANGED not in alarms.standing


async def test_another_key_is_refused_whoever_offers_it(
    tmp_path: Path, witness: LedgerWitness, alarms: LocalAlarms
) -> None:
    theirs = SignedLedger(20).head(key=OTHER_KEY)
    offered = news(SignedLedger(20), head=theirs, key=OTHER_KEY.public_key().public_bytes_raw().hex())
    await hear(witness, news(SignedLedger(20)))
    assert await hear(witness, offered) is Verdict.UNSIGNED
    assert AlarmKey.LEDGER_CHANGED in alarms.standing
    fresh = witness_in(tmp_path / "none", alarms, pinned=True)
    assert await hear(fresh, offered) is Verdict.UNSIGNED
    assert fresh.watch.kept is None


async def test_a_declared_restoration_is_taken_told_for_a_day_and_the_old_head_stays(
    witness: LedgerWitness, tmp_path: Path, alarms: LocalAlarms
) -> None:
    await hear(witness, news(SignedLedger(20)))
    restored = SignedLedger(12).head(epoch=500, t_ms=500)
    assert await hear(witness, news(SignedLedger(12), head=restored)) is Verdict.RESTORED
    assert AlarmKey.LEDGER_CHANGED in alarms.standing
    assert HeadFile(path=tmp_path / "ledger-head.json.epoch-0").read() == SignedLedger(20).head()
    assert witness.watch.kept == restored


def test_heads_late_on_their_way_are_borne_for_as_long_as_one_can_be_late() -> None:
    watch = LedgerWatch(alarms=LocalAlarms())
    watch.take(Verdict.FIRST, SignedLedger(20).head(), now_s=0.0)
    late = news(SignedLedger(12))
    assert watch.judge(late, now_s=60.0) is Verdict.OLDER
    assert watch.judge(late, now_s=OLDER_BORNE_S + 1) is Verdict.ROLLED_BACK


@pytest.mark.parametrize("backdated_ms", [0, 1, 49])
def test_a_ledger_cut_back_under_a_backdated_head_went_back_even_if_the_kept_one_is_given_in_between(
    alarms: LocalAlarms, backdated_ms: int
) -> None:
    watch = LedgerWatch(alarms=alarms)
    kept = SignedLedger(20).head(t_ms=50)
    watch.take(Verdict.FIRST, kept, now_s=0.0)
    cut_back = news(
        SignedLedger(12, seed="other"), head=SignedLedger(12, seed="other").head(t_ms=backdated_ms)
    )
    for now_s in range(0, int(OLDER_BORNE_S) + 120, 60):
        for said in (news(SignedLedger(20), head=kept), cut_back):
            found = watch.judge(said, now_s=now_s)
            watch.take(found, said.head, now_s=now_s)
    watch.look(now_s=now_s, now_ms=0)
    assert found is Verdict.ROLLED_BACK
    assert AlarmKey.LEDGER_CHANGED in alarms.standing


def test_one_kept_before_the_start_bears_a_late_head_no_longer_than_any_other() -> None:
    watch = LedgerWatch(alarms=LocalAlarms(), kept=SignedLedger(20).head())
    late = news(SignedLedger(12))
    for now_s in (1_000.0, 1_000.0 + OLDER_BORNE_S):
        found = watch.judge(late, now_s=now_s)
        watch.take(found, late.head, now_s=now_s)
        assert found is Verdict.OLDER
    assert watch.judge(late, now_s=1_001.0 + OLDER_BORNE_S) is Verdict.ROLLED_BACK


def test_growth_that_nobody_proves_is_told_though_the_kept_head_is_given_in_between(
    alarms: LocalAlarms,
) -> None:
    watch = LedgerWatch(alarms=alarms)
    watch.take(Verdict.FIRST, SignedLedger(20).head(), now_s=0.0)
    rewritten = news(SignedLedger(33, seed="other"))
    for now_s in (0.0, UNPROVEN_BORNE_S, UNPROVEN_BORNE_S + 1):
        watch.look(now_s=now_s, now_ms=0)
        assert AlarmKey.LEDGER_CHANGED not in alarms.standing
        for said in (news(SignedLedger(20)), rewritten):
            watch.take(watch.judge(said, now_s=now_s), said.head, now_s=now_s)
    watch.look(now_s=now_s, now_ms=0)
    assert AlarmKey.LEDGER_CHANGED in alarms.standing
    told = watch.said()
    assert told is not None
    assert (told.size, told.verdict) == (20, "unproven")


@pytest.mark.parametrize("payload", [b"", b"\xff" * 9, b"{}", b"\x80", b"x" * 100_000])
async def test_what_cannot_be_read_changes_nothing(
    witness: LedgerWitness, alarms: LocalAlarms, payload: bytes
) -> None:
    await hear(witness, news(SignedLedger(20)))
    witness.hear(payload, "application/msgpack")
    witness.hear(payload, "text/plain")
    await witness.step()
    assert witness.counters["ledger.unreadable"] == 2
    assert witness.watch.kept == SignedLedger(20).head()
    assert AlarmKey.LEDGER_CHANGED not in alarms.standing


async def test_a_kept_head_that_cannot_be_read_is_not_taken_for_none(
    tmp_path: Path, alarms: LocalAlarms
) -> None:
    (tmp_path / "ledger-head.json").write_text("{")
    witness = witness_in(tmp_path, alarms)
    await hear(witness, news(SignedLedger(20)))
    assert witness.watch.kept is None
    assert witness.counters["ledger.not_kept"] == 1
    assert (tmp_path / "ledger-head.json").read_text() == "{"
