"""Where somebody is given a report: read, digested, and that it was given written down before it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.ledger.desk import LedgerDesk
from cloud.ports import Deed, Ledger, LedgerNote, Patient
from cloud.reports.contents import Contents, Section, Wanted, digest
from cloud.reports.gather import ReportSources, gathered
from vitals.clock import Clock

__all__ = ["Given", "ReportDesk", "Statement"]

_LOOKED_THROUGH: Final = 20
"""So many of the newest entries may have come between writing a note down and finding it in the tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """By what a report can be checked: the digest of its values, and where that stands on the ledger.

    `entry` is None where it could not be entered yet: then it is found by its reference.
    """

    reference: str
    sha256: str
    entry: int | None
    made_ms: int
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a report says, and what it states of itself."""

    contents: Contents
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDesk:
    """Any thread may ask."""

    sources: ReportSources
    ledger: Ledger
    book: LedgerDesk
    clock: Clock
    new_reference: Callable[[], str]

    def give(self, patient: Patient, wanted: Wanted, *, to: str, name: str) -> Given:
        """Read a report for a person, `to` id and `name`, and write down that they were given it.

        Raises
        ------
        StorageError
            If a store cannot answer, or it cannot be written down: then it is not given.
        """
        contents = gathered(self.sources, patient, wanted)
        reference, sha256, now_ms = self.new_reference(), digest(contents), self.clock.wall_ms()
        about = {
            "what": "report",
            "reference": reference,
            "sha256": sha256,
            "sections": " ".join(each.value for each in Section if wanted.has(each)),
            "from_ms": str(wanted.period.from_ms),
            "to_ms": str(wanted.period.to_ms),
        }
        self.ledger.append(
            LedgerNote(t_ms=now_ms, deed=Deed.EXPORTED, actor=to, patient_id=patient.id, about=about)
        )
        return Given(
            contents=contents,
            statement=Statement(
                reference=reference,
                sha256=sha256,
                entry=self._entry(patient.id, reference),
                made_ms=now_ms,
                made_by=name,
            ),
        )

    def _entry(self, patient_id: str, reference: str) -> int | None:
        """Return the number of the entry that a reference stands in; None: it waits to be entered."""
        newest = self.book.of_patient(patient_id, None, _LOOKED_THROUGH)
        return next((each.entry.number for each in newest if reference in (each.recorded.about or "")), None)
