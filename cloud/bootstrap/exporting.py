"""What gives a patient everything that is kept of them."""

import secrets
from collections.abc import Iterator
from typing import Final

from cloud.bootstrap.access import gatekeeper_over
from cloud.bootstrap.stores import Stores
from cloud.config import CloudSettings
from cloud.early_warning.local_time import LocalTime
from cloud.export.desk import ExportDesk
from cloud.export.sources import Look, Sources
from cloud.ledger.entries import UNNAMED, decode_entry
from cloud.storage.relational.ledger_book import RelationalLedgerBook
from vitals.clock import Clock

__all__ = ["export_desk_over"]

_AT_ONCE: Final = 500
_NAMELESS: Final = "somebody who is no longer known here"


def export_desk_over(stores: Stores, settings: CloudSettings, clock: Clock) -> ExportDesk:
    """Join it over the stores."""
    relational, series = stores.relational, stores.series
    book = RelationalLedgerBook(relational.database, secrets.token_bytes)

    def looks(patient_id: str) -> Iterator[Look]:
        relational.ledger.enter()
        before: int | None = None
        while found := book.of_patient(patient_id, before, _AT_ONCE):
            entries = [decode_entry(one.line) for one in found]
            people = book.people([one.actor for one in entries])
            for entry in entries:
                yield Look(t_ms=entry.t_ms, deed=entry.deed, by=_name(entry.actor, people.get(entry.actor)))
            before = found[-1].number

    def _name(actor: str, person_id: str | None) -> str:
        if actor in UNNAMED:
            return actor
        person = None if person_id is None else relational.directory.person(person_id)
        return person.display_name if person else _NAMELESS

    return ExportDesk(
        sources=Sources(
            directory=relational.directory,
            permissions=gatekeeper_over(relational, clock),
            series=series.series,
            occurrences=series.occurrences,
            alerts=relational.alerts,
            facts=relational.facts,
            notes=relational.notes,
            messages=relational.messages,
            looks=looks,
            local=LocalTime(zone=settings.zone()),
        ),
        ledger=relational.ledger,
        clock=clock,
    )
