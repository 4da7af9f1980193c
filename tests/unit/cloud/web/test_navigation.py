"""What stands in whose menu, and which of it is where one is."""

import re
from importlib.resources import files

import pytest

from cloud.application import application
from cloud.ports import Person, Role
from cloud.web.navigation import AT_HAND, GROUPS, Group, Place, navigation
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, ClientFor, FakeCloud

DOCTOR_AND_PATIENT = Person(id="u-both", display_name="Bo", role=Role.CLINICIAN, patient_id="p-bo")


def here(person: Person, path: str) -> list[str]:
    shown = navigation(person, path)
    return [each.path for _, places in shown.groups for each in places if each.is_here]


@pytest.mark.parametrize(
    ("person", "path", "place"),
    [
        (OWNER, "/patients/p-wei", "/patients/p-wei"),
        (OWNER, "/alerts/a-1", "/patients/p-wei"),
        (OWNER, "/patients/p-wei/looks/7", "/patients/p-wei/looks"),
        (OWNER, "/patients/p-wei/sharing", "/patients/p-wei/sharing"),
        (CARER, "/", "/"),
        (CARER, "/patients/p-wei", "/"),
        (CARER, "/patients/p-wei/sharing", "/"),
        (DOCTOR, "/emergency", "/emergency"),
        (ADMIN, "/admin/gateways/hallway/revocation", "/admin/gateways"),
        (ADMIN, "/me/ways-in", "/me/sign-in"),
        (DOCTOR_AND_PATIENT, "/patients/p-bo", "/patients/p-bo"),
        (DOCTOR_AND_PATIENT, "/patients/p-wei", "/patients"),
    ],
)
def test_the_page_one_is_on_is_marked_once(person: Person, path: str, place: str) -> None:
    assert here(person, path) == [place]


def test_an_address_that_belongs_nowhere_marks_nothing() -> None:
    assert here(CARER, "/nowhere") == []
    assert here(OWNER, "/patients/p-weird") == []


def test_who_is_several_things_has_the_pages_of_each() -> None:
    groups = [words for words, _ in navigation(DOCTOR_AND_PATIENT, "/").groups]
    assert groups == ["Your health", "Patients", "Yourself"]


def test_of_more_pages_than_fit_under_a_thumb_the_last_place_leads_to_all() -> None:
    many = Group(
        words="All",
        is_for=lambda _: True,
        places=tuple(
            Place(path=f"/{number}", words=str(number), icon="day") for number in range(AT_HAND + 1)
        ),
    )
    shown = navigation(CARER, f"/{AT_HAND}", [many])
    assert len(shown.at_hand) == AT_HAND - 1
    assert (shown.has_more, shown.is_beyond) == (True, True)
    fitting = navigation(
        CARER, "/0", [Group(words="All", is_for=lambda _: True, places=many.places[:AT_HAND])]
    )
    assert len(fitting.at_hand) == AT_HAND
    assert (fitting.has_more, fitting.is_beyond) == (False, False)


@pytest.mark.parametrize("person", [OWNER, CARER, DOCTOR, ADMIN, DOCTOR_AND_PATIENT])
async def test_no_menu_leads_to_a_page_that_is_not_its_persons(
    cloud: FakeCloud, client_for: ClientFor, person: Person
) -> None:
    cloud.directory.add_person(person)
    if person.patient_id == "p-bo":
        cloud.directory.add_patient(type(cloud.directory.patients["p-wei"])(id="p-bo", display_name="Bo"))
    client = client_for(person)
    for _, places in navigation(person, "/").groups:
        for place in places:
            answer = await client.get(place.path)
            assert answer.status_code in {200, 303}, place.path


async def test_every_page_shows_the_menu_beside_it_and_under_the_thumb(client_for: ClientFor) -> None:
    page = (await client_for(OWNER).get("/patients/p-wei/looks")).text
    assert page.count('aria-current="page"') >= 2
    assert len(re.findall(r'href="/patients/p-wei/sharing"', page)) >= 2
    stranger = (await client_for(None).get("/sign-in")).text
    assert "<nav" not in stranger


def test_every_place_has_a_drawing_and_every_drawing_is_of_a_known_name() -> None:
    drawn = files("cloud.web").joinpath("templates", "_icons.html").read_text()
    names = set(re.findall(r'^  "([a-z]+)":', drawn, re.MULTILINE))
    assert {place.icon for group in GROUPS for place in group.places} <= names


def test_every_place_is_a_page_that_the_service_answers(cloud: FakeCloud) -> None:
    paths = {getattr(route, "path", "") for route in application(cloud.services).routes}
    for group in GROUPS:
        for place in group.places:
            assert place.path.replace("{patient}", "{patient_id}") in paths, place.path
