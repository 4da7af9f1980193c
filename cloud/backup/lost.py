"""Which records gateways were told are safe and the store does not have: lost after a backup. Pure."""

from collections.abc import Iterable, Iterator

from cloud.backup.manifest import EpochRanges
from cloud.backup.restorations import Restoration
from cloud.ports import EpochAccount
from cloud.storage.journal.ranges import Ranges, subtract, union

__all__ = ["lost_with_the_disk", "not_here"]


def not_here(acknowledged: Iterable[EpochRanges], here: Iterable[EpochRanges]) -> Iterator[EpochRanges]:
    """Return what was acknowledged and is not here, epoch by epoch."""
    known = {(one.gateway, one.epoch): one.ranges for one in here}
    for one in acknowledged:
        ranges = subtract(union(one.ranges), known.get((one.gateway, one.epoch), ()))
        if ranges:
            yield EpochRanges(gateway=one.gateway, epoch=one.epoch, ranges=ranges)


def lost_with_the_disk(
    accounts: Iterable[EpochAccount], restorations: Iterable[Restoration]
) -> Iterator[tuple[Restoration, EpochRanges]]:
    """Return the missing records that a restore explains, as the gateways' going on shows them.

    They follow the last record that the backup had of their epoch. One that a gateway still holds is
    among them until it comes: what its window sends again comes out of order.
    """
    epochs = tuple(accounts)
    for restoration in restorations:
        told = {(one.gateway, one.epoch): one.ranges for one in restoration.lost}
        for account in epochs:
            last = restoration.last_seqs.get(account.gateway, {}).get(account.epoch)
            known = _still_lost(told.get((account.gateway, account.epoch), ()), account)
            if ranges := union((*_right_after(last, account.missing), *known)):
                yield restoration, EpochRanges(gateway=account.gateway, epoch=account.epoch, ranges=ranges)


def _right_after(last: int | None, missing: Ranges) -> Ranges:
    """Return the hole that begins behind a seq: later ones have other reasons."""
    return tuple(span for span in missing if last is not None and span[0] == last + 1)


def _still_lost(told: Ranges, account: EpochAccount) -> Ranges:
    return subtract(told, union((*account.stored, *account.quarantined, *account.discarded)))
