"""The Modified Early Warning Score over what is there, as a range where parameters are missing.

Source of every number: Subbe CP, Kruger M, Rutherford P, Gemmel L. Validation of a modified Early Warning
Score in medical admissions. QJM 2001;94:521-526, table 1, and the critical score of 5. AVPU has no place for
new confusion; it is scored as a response to voice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vitals.scores.tables import Measured, ScoreRange, row, score_of

__all__ = ["CRITICAL", "MEWS_ROWS", "Mews", "mews"]

CURRENT_FOR_MS: Final = 12 * 3_600_000
"""As for NEWS2: its source states no age."""

CRITICAL: Final = 5
"""From here on death and intensive care were more frequent (odds ratios 5.4 and 10.9)."""

MEWS_ROWS: Final = (
    row(
        "systolic_pressure",
        "Systolic blood pressure",
        "mm[Hg]",
        1.0,
        *((70, 3), (80, 2), (100, 1), (199, 0), (None, 2)),
    ),
    row("heart_rate", "Heart rate", "/min", 1.0, (40, 2), (50, 1), (100, 0), (110, 1), (129, 2), (None, 3)),
    row("respiratory_rate", "Respiratory rate", "/min", 1.0, (8, 2), (14, 0), (20, 1), (29, 2), (None, 3)),
    row("body_temperature", "Temperature", "Cel", 0.1, (34.9, 2), (38.4, 0), (None, 2)),
    row("consciousness", "Consciousness", "{ACVPU}", 1.0, (0, 0), (2, 1), (3, 2), (None, 3)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mews(ScoreRange):
    """MEWS as far as it is known, 0 to 14."""

    @property
    def is_critical(self) -> bool:
        """Whether the score is critical whatever is missing."""
        return self.lowest >= CRITICAL

    @property
    def may_be_critical(self) -> bool:
        """Whether what is missing may make it critical."""
        return self.highest >= CRITICAL


def mews(measured: Mapping[str, Measured], *, current_for_ms: int = CURRENT_FOR_MS) -> Mews:
    """Score what was measured last of each key of ``MEWS_ROWS``."""
    found = score_of("MEWS", [(each,) for each in MEWS_ROWS], measured, current_for_ms=current_for_ms)
    return Mews(name=found.name, parts=found.parts)
