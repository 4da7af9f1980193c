"""Whose a record is, while another process changes who wears what."""

from pathlib import Path

from cloud.ingest.service import IngestService
from cloud.ports import Patient
from cloud.storage.relational.opening import open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import batch, delivery
from tests.contracts.records import NOW_MS, STRAP, run


def test_what_another_process_binds_holds_from_the_next_commit_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/carewire.db"
    ours, theirs = open_relational(url), open_relational(url)
    series = SqliteSeries(tmp_path / "series.db")
    service = IngestService(store=series, devices=ours.directory, answers=ours.commands)
    for number, patient_id in enumerate(("wei", "ana"), start=1):
        theirs.directory.add_patient(Patient(id=patient_id, display_name=patient_id))
        theirs.directory.bind(STRAP, patient_id, NOW_MS + number)
        service.ingest([delivery(batch(run((NOW_MS + number, 60.0 + number)), first_seq=number))])
    found = {
        patient_id: [p.value for p in series.observations(patient_id, "heart_rate", 0, 2**45, 9).points]
        for patient_id in ("wei", "ana")
    }
    for opened in (series, ours, theirs):
        opened.close()
    assert found == {"wei": [61.0], "ana": [62.0]}
