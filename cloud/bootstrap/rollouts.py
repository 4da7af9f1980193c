"""Roll-outs over the stores: the desk people stand at, and the conductor beside what speaks with gateways."""

import secrets
from collections.abc import Callable

from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.threads import WorkThread
from cloud.commands.issue import CommandIssuer
from cloud.rollouts.conductor import Conductor
from cloud.rollouts.desk import RolloutDesk
from cloud.rollouts.running import RunningLog

__all__ = ["conductor_over", "rollout_desk_over", "running_log_over"]


def rollout_desk_over(base: Foundation) -> RolloutDesk:
    """Return the desk; the conductor, in whichever process, looks at the book by itself."""
    return RolloutDesk(
        book=base.stores.relational.rollouts,
        gateways=base.stores.series.gateways,
        clock=base.clock,
        new_id=lambda: secrets.token_hex(8),
        release_keys=base.settings.release_keys,
    )


def conductor_over(
    base: Foundation, online: Callable[[str], bool | None], after_issue: Callable[[], None]
) -> WorkThread:
    """Return what carries roll-outs on; `after_issue` is called when a command is to be sent."""
    relational = base.stores.relational
    conductor = Conductor(
        book=relational.rollouts,
        issuer=CommandIssuer(
            book=relational.commands,
            clock=base.clock,
            new_id=lambda: secrets.token_hex(16),
            after_issue=after_issue,
        ),
        gateways=base.stores.series.gateways,
        online=online,
        clock=base.clock,
    )
    return WorkThread(name="roll-outs", work=conductor, own_troubles=conductor.troubles)


def running_log_over(base: Foundation) -> WorkThread:
    """Return what enters on the ledger what gateways run."""
    log = RunningLog(book=base.stores.relational.running, gateways=base.stores.series.gateways)
    return WorkThread(name="running", work=log, own_troubles=log.troubles)
