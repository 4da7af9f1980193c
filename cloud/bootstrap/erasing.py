"""What erases patients, where the one process is that writes the series file."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Final

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.policies import SHARING
from cloud.alerts.erasure_told import ErasureTold
from cloud.backup import keyring
from cloud.bootstrap.access import gatekeeper_over
from cloud.bootstrap.stores import Stores
from cloud.bootstrap.threads import WorkThread
from cloud.commands.issue import CommandIssuer
from cloud.config import CloudSettings
from cloud.erasing.desk import ErasureDesk, asker_of
from cloud.erasing.eraser import Eraser
from cloud.erasing.work import EraserWork
from cloud.ports import SERVICE, WornDevice
from cloud.sealing.erased import ErasedList
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = ["eraser_over", "erasing_over", "erasure_desk_over"]

_COMMAND_LASTS_S: Final = 30 * 86_400
_LATEST_MS: Final = 32_503_680_000_000
_BETWEEN_PASSES_S: Final = 0.5


def erasure_desk_over(relational: Relational, clock: Clock, gatekeeper: Gatekeeper) -> ErasureDesk:
    """Return where erasures are asked for, and looked at once more when they are due."""
    return ErasureDesk(
        book=relational.erasures,
        ledger=relational.ledger,
        clock=clock,
        may_ask=lambda person, patient: (
            gatekeeper.decide(person, patient, SHARING, clock.wall_ms()).is_allowed
        ),
        asker_of=lambda person, patient: asker_of(relational.directory.person(person), patient),
        new_reference=lambda: secrets.token_hex(16),
        together=relational.database.together,
        telling=ErasureTold(store=relational.alerts),
    )


def erasing_over(
    stores: Stores, settings: CloudSettings, clock: Clock, after_issue: Callable[[], None]
) -> WorkThread:
    """Return the part that erases whoever is due."""
    work = EraserWork(eraser=eraser_over(stores, settings, clock, after_issue))
    return WorkThread(name="erasure", work=work, own_troubles=work.troubles)


def eraser_over(
    stores: Stores, settings: CloudSettings, clock: Clock, after_issue: Callable[[], None] = lambda: None
) -> Eraser:
    """Join what erases over the stores; `after_issue` wakes whoever sends commands."""
    relational = stores.relational
    issuer = CommandIssuer(
        book=relational.commands, clock=clock, new_id=lambda: secrets.token_hex(16), after_issue=after_issue
    )

    def tell(worn: Sequence[WornDevice]) -> Sequence[str]:
        for one in worn:
            if one.gateway:
                until_ms = _LATEST_MS if one.until_ms is None else one.until_ms
                body = {"device": one.device, "from_ms": max(0, one.from_ms), "to_ms": until_ms}
                issuer.issue(one.gateway, "forget-device", body, by=SERVICE, expires_in_s=_COMMAND_LASTS_S)
        return sorted({one.gateway for one in worn if one.gateway})

    def renew_keyring() -> None:
        if settings.backup.folder is not None:
            keyring.renew(relational.database, settings.backup.folder)

    return Eraser(
        book=relational.erasures,
        erased=ErasedList(settings.key_place().folder),
        renew_keyring=renew_keyring,
        relational=relational.forgetting,
        series=stores.series.keeping,
        ledger=relational.ledger,
        clock=clock,
        together=relational.database.together,
        is_withheld=erasure_desk_over(relational, clock, gatekeeper_over(relational, clock)).withheld,
        tell=tell,
        pause=lambda: time.sleep(_BETWEEN_PASSES_S),
    )
