"""The administrator's pages of people: who may sign in, who was invited, and what is done about accounts."""

import re

import httpx
import pytest

from cloud.ports import Deed, LinkKind, Patient, Person, Role
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, ClientFor, FakeCloud

ORIGIN = {"origin": "http://127.0.0.1:8080"}
PAGE = "/admin/people"


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for(ADMIN)


async def did(admin: httpx.AsyncClient, act: str, person: Person = DOCTOR) -> httpx.Response:
    return await admin.post(f"{PAGE}/{person.id}/{act}", data={"sure": "yes"}, headers=ORIGIN)


def changes(cloud: FakeCloud) -> list[str | None]:
    return [
        each.about.get("change")
        for each in cloud.ledger.notes
        if each.deed is Deed.ACCOUNT_CHANGED and each.actor == ADMIN.id
    ]


async def test_everybody_is_listed_with_what_they_are_and_how_they_sign_in(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.accounts.set_password(DOCTOR.id, "kept", 5)
    cloud.accounts.set_totp(DOCTOR.id, b"sealed", 6)
    page = (await admin.get(PAGE)).text
    for words in ("Lin", "Mei", "Family or caregiver", "password and code", "no password yet", "p-wei"):
        assert words in page
    assert "Ama" in page  # a patient who does not sign in
    assert "does not sign in" in page


async def test_nothing_of_anybodys_health_stands_there(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    cloud.alerts.alerts["alert-tachycardia"] = an_alert("tachycardia")
    page = (await admin.get(PAGE)).text + (await admin.get(f"{PAGE}/{OWNER.id}")).text
    for word in ("heart", "tachycardia", "vital", "/alerts/"):
        assert word not in page.lower()


async def test_who_waits_can_be_shown_alone_and_the_link_taken_back(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    person, token = cloud.entrance.invitations.invite("Grandma", Role.CAREGIVER, ADMIN)
    page = (await admin.get(f"{PAGE}?show=waiting")).text
    assert "1 person was invited and has not come yet." in page
    assert "Grandma" in page
    assert "Mei" not in page
    assert "Whoever has the link" in (await admin.get(f"{PAGE}/{person.id}/withdraw")).text
    assert cloud.entrance.people.waiting().keys() == {person.id}
    await did(admin, "withdraw", person)
    assert cloud.entrance.people.waiting() == {}
    assert (await admin.get(f"/invitation?token={token}")).status_code == 410
    assert changes(cloud)[-1] == "links-withdrawn"


async def test_a_locked_account_lets_nobody_in_until_it_is_opened(
    admin: httpx.AsyncClient, cloud: FakeCloud, client_for: ClientFor
) -> None:
    doctor = client_for(DOCTOR)
    assert "told of no alert" in (await admin.get(f"{PAGE}/{DOCTOR.id}/lock")).text
    assert (await doctor.get("/me/sign-in")).status_code == 200
    await did(admin, "lock")
    assert (await doctor.get("/me/sign-in")).headers.get("location") == "/sign-in"
    page = (await admin.get(f"{PAGE}/{DOCTOR.id}")).text
    assert "Nobody can sign in as Mei." in page
    assert "Open the account" in page
    assert "Mei" in (await admin.get(f"{PAGE}?show=locked")).text
    await did(admin, "unlock")
    assert cloud.accounts.account(DOCTOR.id).closed_ms is None
    assert cloud.sessions.issue(DOCTOR.id, 1_000)
    assert changes(cloud) == ["closed", "opened"]


async def test_nobody_locks_themselves_or_removes_their_own_code(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    for act in ("lock", "remove-code"):
        assert (await did(admin, act, ADMIN)).status_code == 422
    assert cloud.accounts.account(ADMIN.id).closed_ms is None
    assert "This is you." in (await admin.get(f"{PAGE}/{ADMIN.id}")).text


async def test_somebody_is_signed_out_everywhere(
    admin: httpx.AsyncClient, cloud: FakeCloud, client_for: ClientFor
) -> None:
    doctor = client_for(DOCTOR)
    assert "Mei is signed in on 1 device." in (await admin.get(f"{PAGE}/{DOCTOR.id}")).text
    await did(admin, "sign-out")
    assert (await doctor.get("/me/sign-in")).headers.get("location") == "/sign-in"
    assert changes(cloud) == ["signed-out"]


async def test_who_lost_the_telephone_is_asked_for_no_code_is_signed_out_and_told(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    assert (await did(admin, "remove-code")).status_code == 422
    cloud.accounts.set_totp(DOCTOR.id, b"sealed", 6)
    cloud.accounts.replace_recovery_codes(DOCTOR.id, [b"one"])
    cloud.token(DOCTOR)
    assert "Be sure that it is they who ask" in (await admin.get(f"{PAGE}/{DOCTOR.id}/remove-code")).text
    await did(admin, "remove-code")
    assert not cloud.accounts.account(DOCTOR.id).has_totp
    assert cloud.accounts.recovery_codes_left(DOCTOR.id) == 0
    assert cloud.sessions.open_sessions(DOCTOR.id) == []
    assert [person for person, _ in cloud.notices] == [DOCTOR.id]
    assert changes(cloud) == ["second-factor-removed"]


async def test_a_new_link_is_shown_once_and_makes_earlier_ones_worthless(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    person, token = cloud.entrance.invitations.invite("Grandma", Role.CAREGIVER, ADMIN)
    page = (await did(admin, "new-link", person)).text
    (made,) = re.findall(r"/invitation\?token=([\w-]+)", page)
    assert made != token
    assert (await admin.get(f"/invitation?token={token}")).status_code == 410
    assert (await admin.get(f"/invitation?token={made}")).status_code == 200
    assert made not in (await admin.get(f"{PAGE}/{person.id}")).text


async def test_a_patient_is_added_with_a_link_of_their_own_or_without(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    added = await admin.post(
        f"{PAGE}/patients", data={"display_name": "Nour", "signs_in": "on"}, headers=ORIGIN
    )
    (patient,) = (each for each in cloud.directory.patients.values() if each.display_name == "Nour")
    assert patient.id in added.text
    (person,) = (each for each in cloud.directory.people.values() if each.patient_id == patient.id)
    (link,) = cloud.links.links_of(person.id)
    assert (person.role, link.kind) == (Role.PATIENT, LinkKind.INVITATION)
    assert "/invitation?token=" in added.text
    assert Deed.PATIENT_ADDED in {each.deed for each in cloud.ledger.notes if each.patient_id == patient.id}
    without = await admin.post(f"{PAGE}/patients", data={"display_name": "Bela"}, headers=ORIGIN)
    assert "/invitation?token=" not in without.text
    assert "Bela" not in {each.display_name for each in cloud.directory.people.values()}


@pytest.mark.parametrize("name", ["", "Wei", "\u202e" * 3, "x" * 81])
async def test_a_name_that_cannot_be_taken_is_told_and_adds_nobody(
    admin: httpx.AsyncClient, cloud: FakeCloud, name: str
) -> None:
    before = dict(cloud.directory.patients)
    answer = await admin.post(f"{PAGE}/patients", data={"display_name": name}, headers=ORIGIN)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert cloud.directory.patients == before


async def test_of_hundreds_a_page_is_shown_and_a_name_finds_one(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    for number in range(500):
        cloud.directory.add_person(Person(id=f"u-{number}", display_name=f"N {number}", role=Role.CAREGIVER))
    page = (await admin.get(PAGE)).text
    assert page.count('scope="row"') == 100
    assert "of 506" in page
    assert (await admin.get(f"{PAGE}?find=N 499")).text.count('scope="row"') == 1
    assert "Nobody is like that." in (await admin.get(f"{PAGE}?find=nobody-such")).text


async def test_a_hostile_name_is_text(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    attack = "<img src=x onerror=alert(1)>"
    cloud.directory.add_person(Person(id="u-bad", display_name=attack, role=Role.CAREGIVER))
    cloud.directory.add_patient(Patient(id="p-bad", display_name=attack))
    for path in (PAGE, f"{PAGE}/u-bad", f"{PAGE}/u-bad/lock"):
        assert "<img src=x" not in (await admin.get(path)).text


async def test_they_are_for_administrators_who_proved_lately_that_they_are(
    client_for: ClientFor, cloud: FakeCloud
) -> None:
    carer = client_for(CARER)
    for path in (PAGE, f"{PAGE}/{DOCTOR.id}", f"{PAGE}/{DOCTOR.id}/lock"):
        answer = await carer.get(path)
        assert (answer.status_code, "Mei" in answer.text) == (403, False)
    assert (await did(carer, "lock")).status_code == 403
    admin = client_for(ADMIN)
    cloud.clock.advance(11 * 60)
    assert (await did(admin, "lock")).headers["location"].startswith("/sign-in/again")
    assert (await admin.get(f"{PAGE}/u-none")).status_code == 404
    assert cloud.accounts.account(DOCTOR.id).closed_ms is None
