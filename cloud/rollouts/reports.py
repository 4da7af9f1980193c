"""What a gateway's own report says of a roll-out: which version it runs."""

from typing import Final

from cloud.ports import Rollout
from vitals.records import GatewayReport
from vitals.release import Kind

__all__ = ["reported_version"]

_SETTLED_MS: Final = 15 * 60_000
"""How long after it was applied a report is of now, and not one that was made before and came late."""


def reported_version(rollout: Rollout, told: tuple[GatewayReport, int] | None, applied_ms: int) -> int | None:
    """Return the version of the roll-out's line that a report names; `None`: it says nothing of now."""
    if told is None:
        return None
    report, received_ms = told
    if min(report.t_ms, received_ms) < applied_ms + _SETTLED_MS:
        return None
    kind, _, name = rollout.line.partition(" ")
    if kind == str(Kind.CONFIGURATION):
        return report.configuration_version
    return report.models.get(name) if kind == str(Kind.MODEL) else None
