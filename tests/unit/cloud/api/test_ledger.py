"""A patient sees who looked and can prove it; an administrator sees no person in it; a stranger nothing."""

import json
from dataclasses import replace

import httpx
import pytest

from cloud.access.sessions import HOUR_MS
from cloud.ledger.entries import about_hash
from cloud.ports import SERVICE, Deed, LedgerNote, Person, WitnessWord
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, AMA, CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud
from tests.fakes.signed_ledger import KEY
from vitals.ledger.heads import decode_head, read_key, verify_head
from vitals.ledger.merkle import is_consistent, is_included, leaf_hash

DEEDS = "/api/v1/patients/p-wei/deeds"


def looks(cloud: FakeCloud) -> list[tuple[str, str | None, str]]:
    return [(note.actor, note.patient_id, note.about["what"]) for note in cloud.ledger.of(Deed.LOOKED)]


async def newest_look(client: httpx.AsyncClient) -> int:
    deeds = (await client.get(DEEDS)).json()["deeds"]
    return next(each["number"] for each in deeds if each["deed"] == "looked")


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/api/v1/patients/p-wei", "record"),
        ("/api/v1/patients/p-wei/observations?kind=heart_rate", "vitals"),
        ("/api/v1/patients/p-wei/alerts", "alerts"),
        ("/api/v1/patients", "summary"),
        ("/patients/p-wei", "record"),
        ("/api/v1/alert-burden", "summary"),
    ],
)
async def test_every_look_is_written_down_once_in_five_minutes(
    cloud: FakeCloud, client_for: ClientFor, path: str, what: str
) -> None:
    client = client_for(CARER)
    for _ in range(3):
        assert (await client.get(path)).status_code in {200, 422}
    assert looks(cloud) == [("u-carer", "p-wei", what)]


async def test_the_page_of_all_patients_is_a_look_at_each(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.grant(DOCTOR.id, AMA.id, 0, None)
    assert (await client_for(DOCTOR).get("/patients")).status_code == 200
    assert sorted(looks(cloud)) == [("u-doctor", "p-ama", "summary"), ("u-doctor", "p-wei", "summary")]


async def test_a_look_at_an_alert_is_one(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.alerts.alerts["a1"] = an_alert()
    assert (await client_for(CARER).get("/api/v1/alerts/a1")).status_code == 200
    assert looks(cloud) == [("u-carer", "p-wei", "alerts")]


async def test_who_is_refused_has_not_looked(cloud: FakeCloud, client_for: ClientFor) -> None:
    for path in ("/api/v1/patients/p-wei", "/patients/p-wei", "/api/v1/patients/p-nobody"):
        await client_for(STRANGER).get(path)
        await client_for(None).get(path)
    assert looks(cloud) == []


@pytest.mark.parametrize("path", ["/api/v1/patients/p-wei", "/api/v1/patients", "/patients/p-wei", "/"])
async def test_a_look_that_cannot_be_written_down_is_refused_and_shows_nothing(
    cloud: FakeCloud, client_for: ClientFor, path: str
) -> None:
    client = client_for(CARER)
    cloud.ledger.is_broken = True
    answer = await client.get(path)
    assert answer.status_code == 503
    assert "Wei" not in answer.text
    cloud.ledger.is_broken = False
    assert (await client.get(path)).status_code in {200, 303}


async def test_the_patient_reads_who_did_what_newest_first_and_a_page_at_a_time(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    await client_for(CARER).get("/api/v1/patients/p-wei")
    cloud.ledger.append(LedgerNote(t_ms=9, deed=Deed.ALERT_DECIDED, actor=SERVICE, patient_id="p-wei"))
    cloud.ledger.append(LedgerNote(t_ms=9, deed=Deed.LOOKED, actor=CARER.id, patient_id="p-ama"))
    answer = (await client_for(OWNER).get(DEEDS)).json()
    assert [(each["deed"], each["by"]) for each in answer["deeds"]] == [
        ("alert-decided", None),
        ("looked", "Lin"),
    ]
    assert not answer["omitted"]
    page = (await client_for(OWNER).get(DEEDS, params={"limit": 1})).json()
    assert (len(page["deeds"]), page["omitted"]) == (1, True)
    older = (await client_for(OWNER).get(DEEDS, params={"before": page["deeds"][0]["number"]})).json()
    assert [each["deed"] for each in older["deeds"]] == ["looked"]


async def test_the_patient_can_prove_an_entry_without_this_service(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for _ in range(7):
        await client_for(CARER).get("/api/v1/patients/p-wei")
        cloud.clock.advance(HOUR_MS / 1000)
    client = client_for(OWNER)
    deeds = (await client.get(DEEDS)).json()["deeds"]
    proven = (await client.get(f"{DEEDS}/{deeds[3]['number']}")).json()
    deed, proof = proven["deed"], proven["proof"]
    head = decode_head(proof["head"])
    verify_head(head, read_key(proof["public_key"]))
    leaf = leaf_hash(deed["line"].encode())
    assert is_included(
        leaf, deed["number"], head.size, list(map(bytes.fromhex, proof["path"])), head.root_hash
    )
    assert json.loads(deed["line"])["about"] == about_hash(bytes.fromhex(deed["salt"]), deed["about"])
    assert json.loads(deed["about"])["what"] == "record"


@pytest.mark.parametrize(("person", "status"), [(CARER, 403), (DOCTOR, 403), (STRANGER, 404), (ADMIN, 404)])
@pytest.mark.parametrize("path", [DEEDS, f"{DEEDS}/0", "/patients/p-wei/looks", "/patients/p-wei/looks/0"])
async def test_who_looked_is_for_the_patient_alone(
    client_for: ClientFor, person: Person, status: int, path: str
) -> None:
    await client_for(CARER).get("/api/v1/patients/p-wei")
    answer = await client_for(person).get(path)
    assert answer.status_code == status
    assert "looked at" not in answer.text


async def test_an_entry_of_somebody_else_is_none_of_the_patients(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.ledger.append(LedgerNote(t_ms=1, deed=Deed.LOOKED, actor=CARER.id, patient_id="p-ama"))
    client = client_for(OWNER)
    assert (await client.get(DEEDS)).json()["deeds"] == []
    for number in (0, 1, 99):
        assert (await client.get(f"{DEEDS}/{number}")).status_code == 404
        assert (await client.get(f"/patients/p-wei/looks/{number}")).status_code == 404
        assert (await client.get(f"/patients/p-wei/looks/{number}/record.json")).status_code == 404


async def test_reading_who_looked_is_no_look(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(OWNER).get(DEEDS)
    await client_for(OWNER).get("/patients/p-wei/looks")
    assert looks(cloud) == []


async def test_heads_and_their_consistency_are_for_whoever_is_signed_in(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(STRANGER)
    assert (await client.get("/api/v1/ledger/head")).status_code == 404
    signer = cloud.services.ledger.signer
    heads = []
    for size in (5, 10, 15):
        missing = size - len(cloud.ledger.notes)
        cloud.ledger.append_all([LedgerNote(t_ms=1, deed=Deed.ERASED, actor=SERVICE)] * missing)
        heads.append(signer.head())
    answer = (await client.get("/api/v1/ledger/head")).json()
    assert decode_head(answer["signed"]) == heads[-1]
    assert answer["public_key"] == KEY.public_key().public_bytes_raw().hex()
    listed = (await client.get("/api/v1/ledger/heads", params={"before": 15})).json()["heads"]
    assert [decode_head(each).size for each in listed] == [10, 5]
    path = (await client.get("/api/v1/ledger/consistency?first=5&second=15")).json()["path"]
    first, last = heads[0], heads[-1]
    hashes = list(map(bytes.fromhex, path))
    assert is_consistent(first.size, first.root_hash, last.size, last.root_hash, hashes)
    assert (await client.get("/api/v1/ledger/consistency?first=5&second=16")).status_code == 422


async def test_an_administrator_reads_entries_that_name_nobody(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    await client_for(CARER).get("/api/v1/patients/p-wei")
    cloud.services.ledger.signer.head()
    answer = await client_for(ADMIN).get("/api/v1/ledger/entries")
    assert len(answer.json()["entries"]) >= 1
    for name in ("Wei", "p-wei", "Lin", "u-carer", "record"):
        assert name not in answer.text
    proof = (await client_for(STRANGER).get("/api/v1/ledger/entries/0/proof")).json()
    assert proof["leaf"] == leaf_hash(answer.json()["entries"][0]["line"].encode()).hex()


async def test_what_witnesses_say_is_shown_to_administrators(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.ledger_book.note_word(
        WitnessWord(gateway="hallway", epoch=0, size=2**50, verdict="rolled-back", said_ms=0)
    )
    (word,) = (await client_for(ADMIN).get("/api/v1/ledger/witnesses")).json()["witnesses"]
    assert (word["gateway"], word["verdict"]) == ("hallway", "rolled-back")


# --- The pages --------------------------------------------------------------------------------


async def test_the_page_says_in_plain_words_who_did_what(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(CARER).get("/api/v1/patients/p-wei")
    note = LedgerNote(
        t_ms=1, deed=Deed.GRANTED, actor=OWNER.id, patient_id="p-wei", about={"person": DOCTOR.id}
    )
    cloud.ledger.append(note)
    page = (await client_for(OWNER).get("/patients/p-wei/looks")).text
    assert "Lin looked at your record" in page
    assert "You shared your record with Mei" in page


async def test_every_deed_has_a_sentence_and_even_one_of_a_newer_program_is_shown(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for deed in Deed:
        cloud.ledger.append(LedgerNote(t_ms=1, deed=deed, actor="u-gone", patient_id="p-wei"))
    page = (await client_for(OWNER).get("/patients/p-wei/looks")).text
    assert page.count("Somebody who is not known here any more") == len(Deed)
    assert "did something" not in page


async def test_a_page_is_turned(cloud: FakeCloud, client_for: ClientFor) -> None:
    for t_ms in range(55):
        cloud.ledger.append(LedgerNote(t_ms=t_ms, deed=Deed.LOOKED, actor=CARER.id, patient_id="p-wei"))
    client = client_for(OWNER)
    page = (await client.get("/patients/p-wei/looks")).text
    assert page.count(">Check entry ") == 50
    assert "looks?before=5" in page
    assert (await client.get("/patients/p-wei/looks?before=5")).text.count(">Check entry ") == 5
    assert "There is nothing older." in (await client.get("/patients/p-wei/looks?before=0")).text


async def test_an_entry_is_checked_on_its_page_and_can_be_kept(client_for: ClientFor) -> None:
    await client_for(CARER).get("/api/v1/patients/p-wei")
    client = client_for(OWNER)
    number = await newest_look(client)
    assert "This entry holds." in (await client.get(f"/patients/p-wei/looks/{number}")).text
    kept = await client.get(f"/patients/p-wei/looks/{number}/record.json")
    assert "attachment" in kept.headers["content-disposition"]
    assert kept.json()["proof"]["leaf"] == leaf_hash(kept.json()["deed"]["line"].encode()).hex()


async def test_an_entry_that_was_changed_says_that_it_does_not_hold(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    await client_for(CARER).get("/api/v1/patients/p-wei")
    client = client_for(OWNER)
    number = await newest_look(client)
    entry = cloud.ledger_book.recorded_[number]
    cloud.ledger_book.recorded_[number] = replace(entry, line=entry.line.replace(b'"looked"', b'"erased"'))
    assert "This entry does not hold." in (await client.get(f"/patients/p-wei/looks/{number}")).text


async def test_ones_own_page_leads_there_and_others_do_not(client_for: ClientFor) -> None:
    assert "/patients/p-wei/looks" in (await client_for(OWNER).get("/patients/p-wei")).text
    assert "/patients/p-wei/looks" not in (await client_for(CARER).get("/patients/p-wei")).text


async def test_me_leads_to_ones_own(client_for: ClientFor) -> None:
    answer = await client_for(OWNER).get("/me/looks")
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients/p-wei/looks")
    assert (await client_for(CARER).get("/me/looks")).status_code == 404
