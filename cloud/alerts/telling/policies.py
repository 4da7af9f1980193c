"""What is done where nobody set anything else: who is told, after how long, again, and why so."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloud.alerts.erasure_told import ERASURE_ASKED, ERASURE_WITHHELD
from cloud.alerts.record_opened import RECORD_OPENED
from cloud.ports import Channel, EscalationPolicy, EscalationStep, Priority, Whom

__all__ = ["FIXED_POLICIES", "STANDARD_POLICIES"]

_MINUTE_S: Final = 60

STANDARD_POLICIES: Final[Mapping[Priority, EscalationPolicy]] = MappingProxyType(
    {
        # IEC 60601-1-8 table 1: high asks for an immediate response. Survival of a cardiac arrest falls by
        # 7-10 % with each minute until somebody acts (AHA guidelines 2010, part 5), so two minutes are all
        # that one person is given before everyone knows. Taken on and going on, it is asked after in fifteen.
        Priority.HIGH: EscalationPolicy(
            steps=(
                EscalationStep(after_s=0, whom=Whom.ON_DUTY),
                EscalationStep(after_s=2 * _MINUTE_S, whom=Whom.EVERYONE),
            ),
            repeat_s=5 * _MINUTE_S,
            remind_s=15 * _MINUTE_S,
        ),
        # Medium asks for a prompt response: nothing that minutes decide, so that one person is given ten of
        # them and nobody is called more often than every half hour.
        Priority.MEDIUM: EscalationPolicy(
            steps=(
                EscalationStep(after_s=0, whom=Whom.ON_DUTY),
                EscalationStep(after_s=10 * _MINUTE_S, whom=Whom.EVERYONE),
            ),
            repeat_s=30 * _MINUTE_S,
            remind_s=60 * _MINUTE_S,
        ),
        # Low asks for awareness: it is on the page of whoever looks, and calls nobody to it.
        Priority.LOW: EscalationPolicy(
            steps=(EscalationStep(after_s=0, whom=Whom.EVERYONE, channels=(Channel.IN_APP,)),),
        ),
    }
)
"""Both families alike: a silent gateway that matters is of a priority that says so."""

_TO_EVERYONE_DAILY: Final = EscalationPolicy(
    steps=(EscalationStep(after_s=0, whom=Whom.EVERYONE),), repeat_s=24 * 60 * _MINUTE_S
)
FIXED_POLICIES: Final[Mapping[str, EscalationPolicy]] = MappingProxyType(
    {
        # Who sets the steps may be who broke the glass: none of them keeps it from whom it concerns.
        RECORD_OPENED: EscalationPolicy(
            steps=(EscalationStep(after_s=0, whom=Whom.EVERYONE),), repeat_s=5 * _MINUTE_S
        ),
        # Seven days remain: everyone is told at once, and asked once a day until somebody answers.
        ERASURE_ASKED: _TO_EVERYONE_DAILY,
        ERASURE_WITHHELD: _TO_EVERYONE_DAILY,
    }
)
"""By condition, what nobody sets otherwise: the patient and all who see their alerts are owed it."""
