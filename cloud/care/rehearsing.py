"""What is asked before a limit is set: how it would have behaved over what is stored of the patient."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from cloud.alerts.rules.ruleset import RuleSet
from cloud.rehearsal.history import Span
from cloud.rehearsal.outcome import Caution, Outcome, WhyLeftOut
from cloud.rehearsal.service import Rehearsals
from vitals.clock import Clock

__all__ = ["OverHistory", "Rehearsal", "RehearsalReport"]

_LOOKED_BACK_MS: Final = 14 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalReport:
    """How many alerts there would have been in so many days, and for what share of what was measured.

    `share` is None where nothing was measured. `cautions` are sentences for who sets the limit, and
    `reasons` what they are about, in the same order, for who says it in words of their own; it
    `is_too_much` if it would have been an alert for most of the time.
    """

    days: float
    alerts: int
    share: float | None
    is_too_much: bool = False
    cautions: tuple[str, ...] = ()
    reasons: tuple[Caution | WhyLeftOut, ...] = ()


class Rehearsal(Protocol):
    """Plays rules over a patient's last weeks."""

    def of(self, patient_id: str, rules: RuleSet) -> RehearsalReport:
        """Return how these rules would have behaved.

        Raises
        ------
        StorageError
            If the history cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OverHistory:
    """The port Rehearsal over what is stored of the last two weeks."""

    rehearsals: Rehearsals
    clock: Clock

    def of(self, patient_id: str, rules: RuleSet) -> RehearsalReport:
        """Return how these rules would have behaved.

        Raises
        ------
        RehearsalBusyError
            If others are under way, and have not ended soon.
        StorageError
            If the history cannot be read.
        """
        now_ms = self.clock.wall_ms()
        found = self.rehearsals.of(patient_id, Span(from_ms=now_ms - _LOOKED_BACK_MS, to_ms=now_ms), rules)
        shares = [one.share for one in found.burden if one.share is not None]
        cautions = list(_cautions(found))
        return RehearsalReport(
            days=round(found.days, 2),
            alerts=sum(one.alerts for one in found.burden),
            share=max(shares, default=None),
            is_too_much=any(one.caution is Caution.ALARMS_MOST_OF_THE_TIME for one in found.warnings),
            cautions=tuple(said for _, said in cautions),
            reasons=tuple(reason for reason, _ in cautions),
        )


def _cautions(found: Outcome) -> Iterator[tuple[Caution | WhyLeftOut, str]]:
    for one in found.warnings:
        yield one.caution, f"{one.condition}: {one.because}."
    for left in found.left_out:
        if left.why is WhyLeftOut.NOT_MEASURED:
            yield (
                left.why,
                f"Nothing of {left.what} is stored of these days: how it would behave is not known.",
            )
        elif left.why is WhyLeftOut.OUT_OF_TIME:
            yield (
                left.why,
                "There is more stored than could be looked at while you wait: the newest was left out.",
            )
