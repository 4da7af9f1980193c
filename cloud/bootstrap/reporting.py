"""What makes reports for visits."""

import secrets

from cloud.bootstrap.care import alert_rules_over, rehearsals_over
from cloud.bootstrap.ledger import ledger_desk_over
from cloud.bootstrap.stores import Stores
from cloud.early_warning.local_time import LocalTime
from cloud.ledger.signing import Signer
from cloud.reports.desk import ReportDesk
from cloud.reports.gather import ReportSources
from vitals.clock import Clock

__all__ = ["report_desk_over"]

_REFERENCE_BYTES = 8


def report_desk_over(stores: Stores, signer: Signer, local: LocalTime, clock: Clock) -> ReportDesk:
    """Join it over the stores; `local` is the clock of where patients live."""
    relational, series = stores.relational, stores.series
    return ReportDesk(
        sources=ReportSources(
            directory=relational.directory,
            series=series.series,
            rollups=series.rollups,
            occurrences=series.occurrences,
            alerts=relational.alerts,
            facts=relational.facts,
            alert_rules=alert_rules_over(stores, rehearsals_over(stores, clock), clock),
            local=local,
        ),
        ledger=relational.ledger,
        book=ledger_desk_over(signer, relational),
        clock=clock,
        new_reference=lambda: secrets.token_hex(_REFERENCE_BYTES),
    )
