"""The page of reports, and the files it leads to, as somebody is given them over HTTP."""

import csv
import io

import pyarrow.parquet as pq
import pytest

from cloud.ports import Deed, Preferences, Scope
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud, Person, Role
from tests.fakes.pdf_text import Pdf
from tests.fakes.visit import lived

PAGE = "/patients/p-wei/report"
PDF = f"{PAGE}.pdf"
CSV = "/patients/p-wei/series.csv"
PARQUET = "/patients/p-wei/series.parquet"
SIM = Person(id="u-sim", display_name="Sim", role=Role.CAREGIVER)


@pytest.fixture
def cloud() -> FakeCloud:
    return lived(FakeCloud(), days=3, every_minutes=30)


def opened(cloud: FakeCloud, *scopes: Scope) -> Person:
    cloud.directory.add_person(SIM)
    cloud.directory.grant(SIM.id, "p-wei", 0, None, frozenset(scopes))
    return SIM


async def test_the_page_offers_what_is_open_and_says_what_is_not(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    whole = (await client_for(DOCTOR).get(PAGE)).text
    for said in (
        "the last 14 days",
        "Vital signs",
        "Limits in force",
        "Targets for glucose",
        'value="glucose"',
    ):
        assert said in whole
    part = (await client_for(opened(cloud, Scope.ALERTS)).get(PAGE)).text
    assert 'value="vitals"' not in part
    assert "Not open to you, and not in it: Vital signs" in " ".join(part.split())
    assert "series.csv" not in part


async def test_who_may_see_nothing_that_a_report_tells_is_told_so(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    text = (await client_for(opened(cloud, Scope.LOCATION)).get(PAGE)).text
    assert "Nothing that a report tells is open to you." in text
    assert '<form class="card' not in text


async def test_a_report_is_a_pdf_that_no_cache_keeps_and_the_ledger_knows(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    answer = await client_for(DOCTOR).get(PDF, params={"days": "7", "section": ["vitals", "alerts"]})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'inline; filename="carewire-Wei-2023-11-14.pdf"'
    text = Pdf.read(answer.content).text
    assert "for Mei" in text
    assert "Glucose under the skin" in text[text.index("Left out by choice") :]
    (note,) = cloud.ledger.of(Deed.EXPORTED)
    assert (note.actor, note.about["sections"]) == (DOCTOR.id, "vitals alerts")
    assert note.about["sha256"] in text


async def test_a_report_is_in_the_language_and_unit_of_whoever_asks(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.preferences.put(Preferences(person_id=OWNER.id, language="zh", glucose_unit="mmol/L"))
    text = Pdf.read((await client_for(OWNER).get(PDF)).content).text
    assert "就诊报告" in text
    assert "mmol/L" in text


@pytest.mark.parametrize("path", [PAGE, PDF, CSV, PARQUET])
async def test_a_stranger_gets_nothing_and_leaves_nothing(
    cloud: FakeCloud, client_for: ClientFor, path: str
) -> None:
    answer = await client_for(STRANGER).get(path, params={"kind": "heart_rate"})
    assert answer.status_code == 404
    assert "Wei" not in answer.text
    assert cloud.ledger.of(Deed.EXPORTED) == []


@pytest.mark.parametrize("path", [CSV, PARQUET])
async def test_values_are_given_only_to_whom_vital_signs_are_open(
    cloud: FakeCloud, client_for: ClientFor, path: str
) -> None:
    person = opened(cloud, Scope.ALERTS, Scope.WAVEFORMS)
    answer = await client_for(person).get(path, params={"kind": "heart_rate"})
    assert answer.status_code == 403
    assert cloud.ledger.of(Deed.EXPORTED) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "0"},
        {"days": "9999"},
        {"days": "soon"},
        {"last": "2023-11-14"},
        {"days": "own", "first": "2023-11-14", "last": "2023-11-01"},
        {"days": "own", "first": "0001-01-01", "last": "0001-01-02"},
        {"days": "own", "first": "2023-01-01", "last": "2023-11-01"},
        {"days": "own", "first": "2024-11-01", "last": "2024-11-02"},
    ],
)
@pytest.mark.parametrize("path", [PDF, CSV])
async def test_days_that_are_none_are_refused_on_the_page_and_nothing_is_given(
    cloud: FakeCloud, client_for: ClientFor, path: str, asked: dict[str, str]
) -> None:
    answer = await client_for(DOCTOR).get(path, params={"kind": "heart_rate", **asked})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert cloud.ledger.of(Deed.EXPORTED) == []


async def test_days_are_chosen_from_one_to_another_both_included(client_for: ClientFor) -> None:
    own = {"days": "14", "first": "2023-11-12", "last": "2023-11-13", "kind": "heart_rate"}
    rows = [
        *csv.DictReader(io.StringIO((await client_for(CARER).get(CSV, params=own)).text.lstrip("\ufeff")))
    ]
    assert {row["time_utc"][:10] for row in rows} == {"2023-11-12", "2023-11-13"}


async def test_without_a_last_day_it_ends_now(client_for: ClientFor) -> None:
    told = (await client_for(CARER).get(CSV, params={"first": "2023-11-13", "kind": "heart_rate"})).text
    assert {line[30:40] for line in told.splitlines()[1:]} == {"2023-11-13", "2023-11-14"}


async def test_csv_and_parquet_hold_the_same_values_and_the_ledger_says_which(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client, asked = client_for(DOCTOR), {"kind": "glucose", "days": "7"}
    told = await client.get(CSV, params=asked)
    rows = [*csv.DictReader(io.StringIO(told.content.decode("utf-8-sig")))]
    packed = await client.get(PARQUET, params=asked)
    columns = pq.read_table(io.BytesIO(packed.content)).to_pydict()
    assert [float(row["value"]) for row in rows] == columns["value"]
    assert [row["device"] for row in rows] == columns["device"]
    assert {row["unit"] for row in rows} == set(columns["unit"]) == {"mg/dL"}
    assert told.headers["content-disposition"].endswith('carewire-Wei-glucose-2023-11-14.csv"')
    assert [note.about["form"] for note in cloud.ledger.of(Deed.EXPORTED)] == ["csv", "parquet"]
    assert {note.about["kind"] for note in cloud.ledger.of(Deed.EXPORTED)} == {"glucose"}


async def test_a_kind_there_is_not_is_not_found(client_for: ClientFor) -> None:
    assert (await client_for(DOCTOR).get(CSV, params={"kind": "mood"})).status_code == 404


async def test_the_patient_reads_who_made_a_report(client_for: ClientFor) -> None:
    await client_for(DOCTOR).get(PDF)
    await client_for(CARER).get(CSV, params={"kind": "heart_rate"})
    text = (await client_for(OWNER).get("/patients/p-wei/looks")).text
    assert "Mei made a report of your record for a visit" in text
    assert "Lin took readings of yours as a file" in text


async def test_the_way_to_it_is_on_the_patients_page(client_for: ClientFor) -> None:
    assert PAGE in (await client_for(CARER).get("/patients/p-wei")).text
    assert PAGE in (await client_for(OWNER).get("/patients/p-wei")).text
