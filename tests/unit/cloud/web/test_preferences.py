import pytest

from cloud.ports import Preferences, Role
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, ClientFor, FakeCloud

PAGE = "/me/preferences"
CHOSEN = {"language": "zh", "time_zone": "Asia/Shanghai", "glucose_unit": "mmol/L"}


async def test_what_somebody_chooses_is_kept_beside_what_they_chose_before_and_shown(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.preferences.put(Preferences(person_id=CARER.id, quiet_from_minute=60, quiet_until_minute=120))
    client = client_for(CARER)
    answer = await client.post(PAGE, data=CHOSEN)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert cloud.preferences.preferences == {
        CARER.id: Preferences(
            person_id=CARER.id,
            language="zh",
            time_zone="Asia/Shanghai",
            glucose_unit="mmol/L",
            quiet_from_minute=60,
            quiet_until_minute=120,
        )
    }
    page = (await client.get(PAGE)).text
    assert '<html lang="zh-Hans"' in page
    assert 'value="Asia/Shanghai" maxlength' in page
    assert "<option selected>mmol/L</option>" in page


async def test_nobodys_choice_is_anybody_elses(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(CARER).post(PAGE, data=CHOSEN)
    assert '<html lang="en"' in (await client_for(OWNER).get(PAGE)).text
    assert set(cloud.preferences.preferences) == {CARER.id}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"language": "tlh"}, "There is no such choice."),
        ({"glucose_unit": "spoons"}, "There is no such choice."),
        ({"time_zone": "../../etc/passwd"}, "There is no such time zone."),
        ({"time_zone": "Europe"}, "There is no such time zone."),
    ],
)
async def test_what_cannot_be_chosen_is_refused_and_nothing_is_kept(
    cloud: FakeCloud, client_for: ClientFor, wrong: dict[str, str], said: str
) -> None:
    answer = await client_for(CARER).post(PAGE, data=CHOSEN | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert cloud.preferences.preferences == {}


async def test_an_empty_time_zone_is_that_of_each_device(cloud: FakeCloud, client_for: ClientFor) -> None:
    await client_for(CARER).post(PAGE, data=CHOSEN | {"time_zone": " "})
    assert cloud.preferences.preferences[CARER.id].time_zone is None


async def test_a_stranger_is_led_to_the_sign_in(client_for: ClientFor) -> None:
    answer = await client_for(None).get(PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize(
    ("browser", "before", "after"),
    [("zh-CN", None, "zh"), ("en-GB", None, None), ("tlh", None, None), ("zh-CN", "en", "en")],
)
async def test_who_accepts_an_invitation_is_told_of_alerts_in_the_language_they_read_it_in(
    cloud: FakeCloud, client_for: ClientFor, browser: str, before: str | None, after: str | None
) -> None:
    person, token = cloud.entrance.invitations.invite("Ana", Role.CAREGIVER, ADMIN)
    if before is not None:
        cloud.preferences.put(Preferences(person_id=person.id, language=before))
    guest = client_for(None)
    chosen = {
        "token": token,
        "display_name": "Ana",
        "name": "ana@example.org",
        "password": "four good plain words",
    }
    headers = {"accept-language": browser, "origin": cloud.public_url}
    assert (await guest.post("/invitation", data=chosen, headers=headers)).status_code == 303
    kept = cloud.preferences.preferences.get(person.id)
    assert (kept and kept.language) == after


async def test_a_dead_invitation_keeps_nothing(cloud: FakeCloud, client_for: ClientFor) -> None:
    headers = {"accept-language": "zh-CN", "origin": cloud.public_url}
    answer = await client_for(None).post("/invitation", data={"token": "unknown"}, headers=headers)
    assert (answer.status_code, cloud.preferences.preferences) == (410, {})
