"""The desks where people say how alerts are to be told: duty, silences, policies."""

import secrets
from dataclasses import dataclass

from cloud.alerts.telling.duty_desk import DutyDesk
from cloud.alerts.telling.policy_desk import PolicyDesk
from cloud.alerts.telling.silence_desk import SilenceDesk
from cloud.bootstrap.foundation import Foundation
from cloud.early_warning.local_time import LocalTime

__all__ = ["Desks", "desks_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """All of them."""

    duties: DutyDesk
    silences: SilenceDesk
    policies: PolicyDesk


def desks_over(base: Foundation) -> Desks:
    """Join them over the stores."""
    relational = base.stores.relational
    return Desks(
        duties=DutyDesk(
            book=relational.duties,
            permissions=base.gatekeeper,
            clock=base.clock,
            local=LocalTime(zone=base.settings.zone()),
            new_id=_new_id,
            live=base.live,
        ),
        silences=SilenceDesk(book=relational.silences, clock=base.clock, new_id=_new_id),
        policies=PolicyDesk(book=relational.policies, permissions=base.gatekeeper, clock=base.clock),
    )


def _new_id() -> str:
    return secrets.token_hex(16)
