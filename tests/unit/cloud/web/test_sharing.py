"""The pages of sharing: what a patient reads, gives and takes back, and what a clinician answers for."""

import re

import pytest

from cloud.ports import Deed, Scope
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud

HERE = {"origin": "http://127.0.0.1:8080"}
PAGE = "/patients/p-wei/sharing"


async def test_the_patient_reads_who_may_see_what_and_takes_it_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    team = cloud.teams.make("Night", ADMIN.id)
    cloud.teams.add(team, STRANGER.id, ADMIN.id)
    cloud.sharing.give("p-wei", team_id=team.id, scopes=frozenset({Scope.VITALS}), by=OWNER.id)
    client = client_for(OWNER)
    text = (await client.get(PAGE)).text
    assert "3 may see something of yours." in text
    assert all(name in text for name in ("Lin", "Mei", "Night", "Sam", "measured values"))
    (lins,) = [one.id for one in cloud.sharing.given("p-wei") if one.person_id == CARER.id]
    answer = await client.post(f"{PAGE}/grants/{lins}/take-back", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert (await client_for(CARER).get("/api/v1/patients/p-wei")).status_code == 404
    assert "2 may see something of yours." in (await client.get(PAGE)).text
    assert [note.actor for note in cloud.ledger.of(Deed.REVOKED)] == [OWNER.id]


async def test_a_link_shows_itself_once_and_opens_to_who_accepts(client_for: ClientFor) -> None:
    made = await client_for(OWNER).post(f"{PAGE}/links", headers=HERE, data={"alerts": "on", "until": ""})
    (token,) = re.findall(r"/shared\?token=([\w-]+)", made.text)
    assert token not in (await client_for(OWNER).get(PAGE)).text
    stranger = client_for(STRANGER)
    shown = await stranger.get("/shared", params={"token": token})
    assert "Wei is shared with you." in shown.text
    accepted = await stranger.post("/shared", headers=HERE, data={"token": token})
    assert accepted.headers["location"] == "/patients/p-wei"
    assert (await stranger.get("/api/v1/patients/p-wei/alerts")).status_code == 200
    assert (await stranger.get("/api/v1/patients/p-wei/observations")).status_code == 403
    assert (await client_for(ADMIN).post("/shared", headers=HERE, data={"token": token})).status_code == 404


@pytest.mark.parametrize(
    "form", [{"until": ""}, {"alerts": "on", "until": "2001-01-01"}, {"alerts": "on", "until": "soon"}]
)
async def test_a_link_that_would_open_nothing_is_refused_in_words(
    cloud: FakeCloud, client_for: ClientFor, form: dict[str, str]
) -> None:
    answer = await client_for(OWNER).post(f"{PAGE}/links", headers=HERE, data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert cloud.offers.waiting("p-wei") == []


async def test_a_link_that_waits_is_taken_back(cloud: FakeCloud, client_for: ClientFor) -> None:
    token = cloud.offers.make("p-wei", frozenset({Scope.ALERTS}), None, OWNER.id)
    (offer,) = cloud.offers.waiting("p-wei")
    await client_for(OWNER).post(f"{PAGE}/links/{offer.id}/take-back", headers=HERE)
    assert (await client_for(STRANGER).get("/shared", params={"token": token})).status_code == 404


async def test_only_a_patient_and_who_acts_for_them_is_shown_the_way_to_sharing(
    client_for: ClientFor,
) -> None:
    assert PAGE in (await client_for(OWNER).get("/patients/p-wei")).text
    assert PAGE not in (await client_for(CARER).get("/patients/p-wei")).text


async def test_a_clinician_breaks_the_glass_with_a_reason_that_the_patient_reads(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(STRANGER)
    form = {"patient": "p-wei", "reason": "<b>found</b> unconscious", "minutes": "30"}
    assert (await client.get("/patients/p-wei")).status_code == 404
    answer = await client.post("/emergency", headers=HERE, data=form)
    assert answer.headers["location"] == "/patients/p-wei"
    assert (await client.get("/patients/p-wei")).status_code == 200
    assert [one.person_id for one in cloud.told_of] == [STRANGER.id]
    assert "&lt;b&gt;found&lt;/b&gt; unconscious" in (await client_for(OWNER).get(PAGE)).text
    assert "ends by itself in 31 min" in (await client.get("/emergency")).text


@pytest.mark.parametrize(
    "form",
    [
        {"patient": "p-nobody", "reason": "found unconscious", "minutes": "30"},
        {"patient": "p-wei", "reason": "short", "minutes": "30"},
        {"patient": "p-wei", "reason": "found unconscious", "minutes": "9999"},
        {"patient": "p-wei", "reason": "found unconscious", "minutes": "many"},
    ],
)
async def test_glass_that_may_not_be_broken_stays_whole(
    cloud: FakeCloud, client_for: ClientFor, form: dict[str, str]
) -> None:
    answer = await client_for(STRANGER).post("/emergency", headers=HERE, data=form)
    assert answer.status_code == 400
    assert cloud.glass.all(9) == []


@pytest.mark.parametrize(
    ("reason", "minutes"), [("aaaaaaaaaaaa", "30"), ("found unconscious", "half an hour"), ("", "9" * 5000)]
)
async def test_a_form_that_breaks_nothing_tells_nobody_which_patients_there_are(
    client_for: ClientFor, reason: str, minutes: str
) -> None:
    client, form = client_for(STRANGER), {"reason": reason, "minutes": minutes}
    pages = [
        (await client.post("/emergency", headers=HERE, data=form | {"patient": each})).text
        for each in ("p-wei", "p-xxx")
    ]
    here, nowhere = (re.sub(r'value="[\w-]{43}"', "", each) for each in pages)  # but for the form's token
    assert here == nowhere
    assert "int()" not in pages[0]


async def test_the_emergency_page_is_for_clinicians(client_for: ClientFor) -> None:
    statuses = [
        (await client_for(one).get("/emergency")).status_code for one in (CARER, OWNER, ADMIN, DOCTOR)
    ]
    assert statuses == [403, 403, 403, 200]
