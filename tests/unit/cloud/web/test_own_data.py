"""The pages on which a patient has everything, has it erased, and thinks better of it."""

import io
import zipfile

import httpx
import pytest

from cloud.access.proof import PROOF_LIFE_MS
from cloud.ports import Deed, ErasureState, Guardianship, Person
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, STRANGER, ClientFor, FakeCloud

HERE = "/patients/p-wei"
ORIGIN = {"origin": "http://127.0.0.1:8080"}
KEEP = "Keep everything"
pytestmark = pytest.mark.anyio


async def asked(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(f"{HERE}/erasure", headers=ORIGIN, data={"really": "yes"})


def reference(cloud: FakeCloud) -> str:
    (kept,) = cloud.erasures.asked
    return kept


async def test_the_patient_is_led_to_their_own_data_and_has_all_of_it_in_one_file(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    owner = client_for(OWNER)
    assert (await owner.get("/me/export")).headers["location"] == f"{HERE}/data"
    page = await owner.get(f"{HERE}/data")
    assert f"{HERE}/data/everything.zip" in page.text
    answer = await owner.get(f"{HERE}/data/everything.zip")
    assert "README.txt" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert len(cloud.ledger.of(Deed.EXPORTED)) == 1


async def test_whoever_acts_for_several_chooses_and_who_acts_for_nobody_is_told(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    assert (await client_for(CARER).get("/me/export")).status_code == 404
    for patient in ("p-wei", "p-ama"):
        cloud.proxies.make(patient, CARER.id, Guardianship.GUARDIAN, None, "operator")
    page = (await client_for(CARER).get("/me/export")).text
    assert "/patients/p-wei/data" in page
    assert "/patients/p-ama/data" in page


async def test_an_old_proof_is_asked_for_anew_before_anything_is_given_or_erased(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    owner = client_for(OWNER)
    await owner.get(f"{HERE}/data")
    cloud.services.clock.advance(PROOF_LIFE_MS / 1000)  # type: ignore[attr-defined]
    page = await owner.get(f"{HERE}/data")
    assert "everything.zip" not in page.text
    assert f"/sign-in/again?to={HERE}/data" in page.text
    for path in ("data/everything.zip", "erasure"):
        answer = await owner.get(f"{HERE}/{path}")
        assert answer.headers["location"].startswith("/sign-in/again?to=")
    assert (await asked(owner)).headers["location"].startswith("/sign-in/again?to=")
    assert cloud.erasures.asked == {}


async def test_what_is_lost_is_said_and_nothing_is_done_before_the_box_is_ticked(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    owner = client_for(OWNER)
    page = (await owner.get(f"{HERE}/erasure")).text
    assert "no alert goes out" in page
    assert "seven days" in page
    unticked = await owner.post(f"{HERE}/erasure", headers=ORIGIN, data={"other": "x"})
    assert unticked.status_code == 400
    assert "Nothing was done. Tick the box" in unticked.text
    assert cloud.erasures.asked == {}


async def test_what_waits_is_shown_on_three_pages_and_one_button_takes_it_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    owner = client_for(OWNER)
    assert (await asked(owner)).headers["location"] == f"{HERE}/data"
    assert (await owner.get(f"{HERE}/erasure")).headers["location"] == f"{HERE}/data"
    for path in (HERE, f"{HERE}/sharing", f"{HERE}/data"):
        page = (await owner.get(path)).text
        assert "Everything of yours will be erased" in page
        assert "You asked for it on" in page
        assert KEEP in page
    back = await owner.post(f"{HERE}/erasure/take-back", headers=ORIGIN, data={})
    assert back.headers["location"] == f"{HERE}/data"
    assert KEEP not in (await owner.get(HERE)).text
    assert cloud.erasures.told.said == [("asked by patient", "p-wei"), ("taken back", "p-wei")]
    assert [each.actor for each in cloud.ledger.of(Deed.ERASURE_TAKEN_BACK)] == [OWNER.id]


async def test_who_acts_for_the_patient_sees_who_asked_and_takes_it_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    await asked(client_for(OWNER))
    cloud.proxies.make("p-wei", CARER.id, Guardianship.GUARDIAN, None, "operator")
    carer = client_for(CARER)
    assert "Wei asked for it on" in (await carer.get(HERE)).text
    await carer.post(f"{HERE}/erasure/take-back", headers=ORIGIN, data={})
    assert cloud.erasures.asked[reference(cloud)].state is ErasureState.CANCELLED


@pytest.mark.parametrize("person", [CARER, ADMIN])
async def test_who_only_sees_the_record_neither_sees_that_it_waits_nor_touches_it(
    cloud: FakeCloud, client_for: ClientFor, person: Person
) -> None:
    await asked(client_for(OWNER))
    cloud.directory.grant(ADMIN.id, "p-wei", 0, None)
    client = client_for(person)
    assert KEEP not in (await client.get(HERE)).text
    assert (await client.get(f"{HERE}/data")).status_code == 403
    assert (await client.get(f"{HERE}/data/everything.zip")).status_code == 403
    taken = await client.post(f"{HERE}/erasure/take-back", headers=ORIGIN, data={})
    assert taken.status_code == 403
    assert cloud.erasures.asked[reference(cloud)].state is ErasureState.WAITING


async def test_to_a_stranger_there_is_nothing(client_for: ClientFor) -> None:
    for path in ("data", "data/everything.zip", "erasure"):
        assert (await client_for(STRANGER).get(f"{HERE}/{path}")).status_code == 404


async def test_the_certificate_says_to_whoever_has_its_address_how_far_it_is_and_of_nobody(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    await asked(client_for(OWNER))
    address = f"/erasures/{reference(cloud)}"
    assert "Nothing is erased yet." in (await client_for(None).get(address)).text
    cloud.erasures.note(reference(cloud), {"hand_off": 3, "block": 2, "hot_run": 3, "rota": 1}, ["hallway"])
    cloud.erasures.end(reference(cloud), 9)
    page = (await client_for(None).get(address)).text
    assert "Everything is erased." in page
    assert "messages about alerts</span><span>3<" in page
    assert "stretches of readings</span><span>5<" in page
    assert "other rows</span><span>1<" in page
    assert "hallway" in page
    assert "Wei" not in page
    assert (await client_for(None).get("/erasures/nope")).status_code == 404
