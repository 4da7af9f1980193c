"""Inviting somebody for one patient: by the patient or a guardian, bounded, told to the others."""

import re

import pytest

from cloud.access.guests import MOST_GUESTS
from cloud.access.news import GUEST_INVITED
from cloud.ports import Deed, Guardianship, Person, Role
from tests.fakes.cloud_services import CARER, DOCTOR, OWNER, STRANGER, ClientFor, FakeCloud

HERE = {"origin": "http://127.0.0.1:8080"}
PAGE = "/patients/p-wei/sharing"
FORM = {"display_name": "Ana Silva", "alerts": "on"}


async def test_a_guardian_invites_a_caregiver_who_sees_that_patient_alone_and_the_patient_is_told(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.proxies.make("p-wei", STRANGER.id, Guardianship.GUARDIAN, None, "operator")
    answer = await client_for(STRANGER).post(f"{PAGE}/guests", headers=HERE, data=FORM)
    assert re.search(r"/invitation\?token=[\w-]+", answer.text)
    (ana,) = [one for one in cloud.directory.people.values() if one.display_name == "Ana Silva"]
    assert ana.role is Role.CAREGIVER
    client = client_for(ana)
    assert (await client.get("/api/v1/patients/p-wei/alerts")).status_code == 200
    assert (await client.get("/api/v1/patients/p-wei/observations")).status_code == 403
    assert (await client.get("/api/v1/patients/p-ama")).status_code == 404
    assert cloud.notices == [(OWNER.id, GUEST_INVITED)]
    invited = [one for one in cloud.ledger.of(Deed.ACCOUNT_CHANGED) if one.patient_id == "p-wei"]
    assert [(one.actor, one.about["person"]) for one in invited] == [(STRANGER.id, ana.id)]
    (granted,) = [one for one in cloud.ledger.of(Deed.GRANTED) if one.about["person"] == ana.id]
    assert granted.actor == STRANGER.id


@pytest.mark.parametrize("person", [CARER, DOCTOR])
async def test_whoever_only_sees_a_patient_invites_nobody_for_them(
    cloud: FakeCloud, client_for: ClientFor, person: Person
) -> None:
    answer = await client_for(person).post(f"{PAGE}/guests", headers=HERE, data=FORM)
    assert answer.status_code == 403
    assert "Ana Silva" not in {one.display_name for one in cloud.directory.people.values()}


async def test_so_many_who_have_not_come_yet_are_enough(cloud: FakeCloud, client_for: ClientFor) -> None:
    client = client_for(OWNER)
    for number in range(MOST_GUESTS):
        form = FORM | {"display_name": f"Ana {chr(ord('a') + number) * 3}"}
        assert (await client.post(f"{PAGE}/guests", headers=HERE, data=form)).status_code == 200
    for one in cloud.sharing.given("p-wei"):
        cloud.sharing.take_back(one, OWNER.id)
    answer = await client.post(f"{PAGE}/guests", headers=HERE, data=FORM)
    assert (answer.status_code, "have not come yet" in answer.text) == (400, True)
    assert cloud.notices == []


@pytest.mark.parametrize(
    "form",
    [
        {"display_name": ""},
        {"display_name": "L1n"},
        {"alerts": ""},
        {"until": "2001-01-01"},
        {"until": "soon"},
    ],
)
async def test_an_invitation_that_makes_no_sense_is_refused_in_words(
    client_for: ClientFor, form: dict[str, str]
) -> None:
    answer = await client_for(OWNER).post(f"{PAGE}/guests", headers=HERE, data=FORM | form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
