"""Where people write to each other, and what tells them of it."""

import secrets

from cloud.access.policies import Policy
from cloud.access.visits import need_of
from cloud.bootstrap.foundation import Foundation
from cloud.care.message_desk import MessageDesk
from cloud.care.message_notices import MessageNotices
from cloud.early_warning.local_time import LocalTime
from cloud.notifiers.own_ways import OwnWays

__all__ = ["message_desk_over"]


def message_desk_over(base: Foundation, own_ways: OwnWays) -> MessageDesk:
    """Join it over the stores; those are told who may read a thread at that moment."""
    relational, clock, gatekeeper = base.stores.relational, base.clock, base.gatekeeper
    need = need_of(Policy.PATIENT_MESSAGED)
    return MessageDesk(
        book=relational.messages,
        marks=relational.messages,
        clock=clock,
        new_id=lambda: secrets.token_hex(16),
        notify=MessageNotices(
            readers=lambda patient_id: gatekeeper.people_who_may(patient_id, need, clock.wall_ms()),
            marks=relational.messages,
            preferences=relational.preferences,
            local=LocalTime(zone=base.settings.zone()),
            tell=own_ways.say_later,
        ),
    )
