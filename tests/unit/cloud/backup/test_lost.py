from pathlib import Path

from cloud.backup.lost import lost_with_the_disk, not_here
from cloud.backup.manifest import EpochRanges
from cloud.backup.restorations import Restoration, append, read
from cloud.ports import EpochAccount


def records(*stored: tuple[int, int], epoch: str = "e") -> EpochRanges:
    return EpochRanges(gateway="home-1", epoch=epoch, ranges=stored)


def epoch(*stored: tuple[int, int], missing: tuple[tuple[int, int], ...] = ()) -> EpochAccount:
    return EpochAccount(
        gateway="home-1", epoch="e", stored=stored, quarantined=(), missing=missing, duplicates=0
    )


RESTORATION = Restoration(instant_ms=1, restored_ms=2, last_seqs={"home-1": {"e": 50}})


def test_what_was_acknowledged_and_is_here_is_not_lost() -> None:
    assert list(not_here([records((1, 9))], [records((1, 9))])) == []


def test_what_was_acknowledged_and_is_not_here_is_named() -> None:
    lost = list(not_here([records((1, 60)), records((1, 3), epoch="f")], [records((1, 50), (55, 56))]))
    assert lost == [
        EpochRanges(gateway="home-1", epoch="e", ranges=((51, 54), (57, 60))),
        EpochRanges(gateway="home-1", epoch="f", ranges=((1, 3),)),
    ]


def test_a_hole_right_behind_the_backup_is_explained_by_the_restore_and_another_is_not() -> None:
    accounts = [epoch((1, 20), (23, 50), (71, 80), (85, 90), missing=((21, 22), (51, 70), (81, 84)))]
    assert list(lost_with_the_disk(accounts, [RESTORATION])) == [
        (RESTORATION, EpochRanges(gateway="home-1", epoch="e", ranges=((51, 70),)))
    ]


def test_nothing_is_explained_before_the_gateway_goes_on_unless_it_was_told() -> None:
    assert list(lost_with_the_disk([epoch((1, 50))], [RESTORATION])) == []
    told = Restoration(
        instant_ms=1,
        restored_ms=2,
        last_seqs={"home-1": {"e": 50}},
        lost=(EpochRanges(gateway="home-1", epoch="e", ranges=((51, 60),)),),
    )
    assert list(lost_with_the_disk([epoch((1, 50))], [told])) == [(told, told.lost[0])]
    assert list(lost_with_the_disk([epoch((1, 60))], [told])) == [], "it came after all"


def test_restorations_are_remembered_in_order(tmp_path: Path) -> None:
    assert read(tmp_path) == ()
    later = Restoration(instant_ms=5, restored_ms=6, last_seqs={})
    append(tmp_path, RESTORATION)
    append(tmp_path, later)
    assert read(tmp_path) == (RESTORATION, later)
