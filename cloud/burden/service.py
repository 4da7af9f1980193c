"""The report as it is asked for: of stored alerts, of as many as can be read."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cloud.burden.loads import Burden
from cloud.burden.report import burden_of
from cloud.early_warning.local_time import LocalTime
from cloud.ports import BurdenReader

__all__ = ["MOST_ALERTS", "Burdens"]

MOST_ALERTS: Final = 20_000
_TELLINGS_AN_ALERT: Final = 10
"""That many are read for each alert at most, taken together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burdens:
    """Reports on stored alerts; nights are those of where people live."""

    reader: BurdenReader
    local: LocalTime

    def of(self, patient_ids: Collection[str], from_ms: int, to_ms: int) -> Burden:
        """Return what alerting of these patients asked of people in from <= t < to.

        Raises
        ------
        StorageError
            The store cannot answer.
        """
        return burden_of(
            self.reader.courses(patient_ids, from_ms, to_ms, MOST_ALERTS),
            self.reader.tellings(patient_ids, from_ms, to_ms, MOST_ALERTS * _TELLINGS_AN_ALERT),
            span_ms=(from_ms, to_ms),
            patients=len(patient_ids),
            local=self.local.at,
        )
