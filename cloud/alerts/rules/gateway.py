"""The box at home: its silence, its clock, and data that it could not give."""

from typing import Final

from cloud.alerts.rules.rows import (
    DeafCloudRule,
    FaultRule,
    GapRule,
    GatewayAlarmRule,
    OutageRule,
    QuietGatewayRule,
    QuietHomeRule,
    Rule,
    StuckGatewayRule,
)
from cloud.ports import Family, Priority
from vitals.records import GapReason

__all__ = ["ROWS"]


_GATEWAY_UNHEARD: Final = ("unwatched", "gateway-silent", "home-offline", "gateway-stuck", "cloud-deaf")
_UNWATCHED: Final = ("unwatched",)

ROWS: Final[tuple[Rule, ...]] = (
    OutageRule(
        key="unwatched",
        display="Nobody is watched",
        family=Family.TECHNICAL,
        priority=Priority.HIGH,
        floor=Priority.MEDIUM,
        source="half an hour: what ends by itself mostly has, and who relies on it must know before morning; "
        "high, for no quiet hours may hold it back",
        causes=("gateway-silent", "home-offline", "gateway-stuck", "bluetooth-failed", "cloud-deaf"),
        unless=("sensor-off", "battery-empty"),
        after_s=1_800,
    ),
    DeafCloudRule(
        key="cloud-deaf",
        display="Service receives nothing",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        floor=Priority.MEDIUM,
        source="whoever runs the service is told at once and has ten minutes before families are",
        inhibited_by=_UNWATCHED,
        after_s=600,
    ),
    QuietGatewayRule(
        key="gateway-silent",
        display="Home gateway silent",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        floor=Priority.MEDIUM,
        source="three of a gateway's one-minute reports missed; one minute once its Last Will has spoken",
        inhibited_by=_UNWATCHED,
        after_s=180,
        offline_after_s=60,
    ),
    QuietHomeRule(
        key="home-offline",
        display="Home offline",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        floor=Priority.MEDIUM,
        source="as for one gateway; several that fall within two minutes share a router or a fuse",
        inhibited_by=_UNWATCHED,
        after_s=180,
        offline_after_s=60,
        within_s=120,
    ),
    StuckGatewayRule(
        key="gateway-stuck",
        display="Home gateway stuck",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        floor=Priority.MEDIUM,
        source="three of a gateway's one-minute reports missed while the broker says that it is there",
        inhibited_by=_UNWATCHED,
        after_s=180,
    ),
    GatewayAlarmRule(
        key="bluetooth-failed",
        display="Radio of the home gateway failed",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="the gateway's own alarm: no Bluetooth adapter answers, so that no wearable is heard",
        inhibited_by=_GATEWAY_UNHEARD,
        alarm="radio-failed",
    ),
    GatewayAlarmRule(
        key="gateway-certificate",
        display="Access of the home gateway ends",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="14 of 90 days: it has tried to renew for as long; after the end nothing is received from it",
        alarm="certificate-ending",
    ),
    GatewayAlarmRule(
        key="gateway-copied",
        display="Two home boxes with one identity",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="one computer never goes back to a start it has left: twice in half an hour is a copied card",
        alarm="two-of-one",
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
