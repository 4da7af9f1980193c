"""Where somebody is given everything that is kept of a patient; that it was given is written down first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.early_warning.local_time import LocalTime
from cloud.export.archive import archive, file_name
from cloud.export.columns import FileForm, Wanted, csv_pieces
from cloud.export.csv_cells import moments, name_in_a_file
from cloud.export.sources import Sources
from cloud.ports import Deed, Ledger, LedgerNote, Patient, SeriesReader
from vitals.clock import Clock

__all__ = ["ExportDesk", "Given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An archive that is read as it is written, and what it is called."""

    file_name: str
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDesk:
    """Any thread may ask; each archive is read by one."""

    sources: Sources
    ledger: Ledger
    clock: Clock

    def give(self, patient: Patient, to: str) -> Given:
        """Return everything kept of a patient.

        Raises
        ------
        StorageError
            If it cannot be written down that it was given: then it is not.
        """
        now_ms = self.clock.wall_ms()
        self.ledger.append(LedgerNote(t_ms=now_ms, deed=Deed.EXPORTED, actor=to, patient_id=patient.id))
        return Given(file_name=file_name(patient, now_ms), pieces=archive(self.sources, patient, now_ms))

    def give_series(self, patient: Patient, wanted: Wanted, form: FileForm, to: str) -> Given:
        """Return one kind of a period, as a file for programs.

        Raises
        ------
        StorageError
            If it cannot be written down that it was given: then it is not.
        """
        about = {
            "what": "series",
            "kind": wanted.kind,
            "form": form.value,
            "from_ms": str(wanted.from_ms),
            "to_ms": str(wanted.to_ms),
        }
        now_ms = self.clock.wall_ms()
        self.ledger.append(
            LedgerNote(t_ms=now_ms, deed=Deed.EXPORTED, actor=to, patient_id=patient.id, about=about)
        )
        _, day = moments(self.sources.local, wanted.to_ms - 1)
        name = f"carewire-{name_in_a_file(patient.display_name)}-{wanted.kind}-{day[:10]}.{form.value}"
        return Given(file_name=name, pieces=_WRITERS[form](self.sources.series, self.sources.local, wanted))


def _parquet(reader: SeriesReader, local: LocalTime, wanted: Wanted) -> Iterator[bytes]:
    from cloud.export.parquet import parquet_pieces  # noqa: PLC0415 - half a second, for them alone

    return parquet_pieces(reader, local, wanted)


_Writer = Callable[[SeriesReader, LocalTime, Wanted], Iterator[bytes]]
_WRITERS: Final[Mapping[FileForm, _Writer]] = {FileForm.CSV: csv_pieces, FileForm.PARQUET: _parquet}
