"""What a check finds: a verdict, a sentence, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from edge.config import EdgeSettings
from edge.state_file import GatewayState, StateFile

__all__ = ["Case", "Finding", "Verdict", "worst"]


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row; `remedy` is what to do, where anything is."""

    check: str
    verdict: Verdict
    says: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One gateway to look at."""

    settings: EdgeSettings
    limit_s: float = field(default=10.0)
    """How long any one question to the outside may take."""

    @cached_property
    def running(self) -> GatewayState | None:
        """How the gateway says it is, if one runs with these settings."""
        return StateFile(path=self.settings.state_file).read_running()


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict."""
    order = list(Verdict)
    return max((finding.verdict for finding in findings), key=order.index, default=Verdict.OK)
