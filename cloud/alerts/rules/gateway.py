"""The box at home: its silence, its clock, and data that it could not give."""

from typing import Final

from cloud.alerts.rules.rows import FaultRule, GapRule, QuietGatewayRule, Rule
from cloud.ports import Family, Priority
from vitals.records import GapReason

__all__ = ["ROWS"]


ROWS: Final[tuple[Rule, ...]] = (
    QuietGatewayRule(
        key="gateway-silent",
        display="Home gateway silent",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        floor=Priority.MEDIUM,
        source="three of a gateway's one-minute reports missed; one minute once its Last Will has spoken",
        after_s=180,
        offline_after_s=60,
    ),
    GapRule(
        key="gap",
        display="Data missing",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="five minutes: what a clinician reading a rhythm strip would want to be told of",
        latched=True,
        reasons=frozenset(
            {
                GapReason.FRAMES_MISSED,
                GapReason.FRAME_UNREADABLE,
                GapReason.NOT_MEASURED,
                GapReason.OUTBOX_FULL,
                GapReason.OUTBOX_DAMAGED,
                GapReason.OVERSIZE,
                GapReason.GATEWAY_DOWN,
            }
        ),
        least_s=300,
    ),
    FaultRule(
        key="clock-wrong",
        display="Clock wrong",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="delivery: before 2020 or over 5 minutes ahead; durations cannot be judged",
    ),
)
