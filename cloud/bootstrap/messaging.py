"""Where people write to each other, and what tells them of it."""

import secrets

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.policies import Policy
from cloud.access.visits import need_of
from cloud.care.message_desk import MessageDesk
from cloud.care.message_notices import MessageNotices, Tell
from cloud.early_warning.local_time import LocalTime
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock

__all__ = ["message_desk_over"]


def message_desk_over(
    relational: Relational, gatekeeper: Gatekeeper, clock: Clock, local: LocalTime, tell: Tell
) -> MessageDesk:
    """Join it over the store; those are told who may read a thread at that moment."""
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
            local=local,
            tell=tell,
        ),
    )
