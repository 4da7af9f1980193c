"""The administrator's pages of care teams and emergency openings, and the patient's of the latter."""

import pytest

from cloud.ports import Deed, Scope
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, STRANGER, WEI, ClientFor, FakeCloud

HERE = {"origin": "http://127.0.0.1:8080"}
TEAMS, EMERGENCIES = "/admin/care-teams", "/admin/emergencies"


async def test_an_administrator_makes_a_team_fills_it_and_ends_it_for_good(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(ADMIN)
    made = await client.post(TEAMS, headers=HERE, data={"name": "  Night   shift "})
    path = made.headers["location"]
    added = await client.post(f"{path}/members", headers=HERE, data={"person": STRANGER.id})
    assert added.headers["location"] == path
    (team,) = cloud.teams.all()
    cloud.sharing.give(WEI.id, team_id=team.id, scopes=frozenset({Scope.ALERTS}), by=OWNER.id)
    page = (await client.get(path)).text
    assert all(words in page for words in ("Night shift", "Sam", WEI.id))
    assert "1 patient lets it see something" in (await client.get(TEAMS)).text
    assert (await client_for(STRANGER).get(f"/api/v1/patients/{WEI.id}/alerts")).status_code == 200
    assert (await client.post(f"{path}/end", headers=HERE)).headers["location"] == TEAMS
    assert (await client_for(STRANGER).get(f"/api/v1/patients/{WEI.id}/alerts")).status_code == 404
    for answer in (client.get(path), client.post(f"{path}/members", headers=HERE, data={"person": CARER.id})):
        assert (await answer).status_code == 404
    assert "There is no team yet." in (await client.get(TEAMS)).text
    did = [(one.about["did"], one.patient_id) for one in cloud.ledger.of(Deed.TEAM_CHANGED)]
    assert did == [
        ("made", None),
        ("added", None),
        ("ended", None),
        ("ended", WEI.id),
        ("removed", None),
        ("removed", WEI.id),
    ]


@pytest.mark.parametrize(
    ("who", "said"),
    [(ADMIN.id, "Nobody puts themselves in a team"), ("u-nobody", "nobody of this code"), ("", "nobody of")],
)
async def test_who_cannot_join_a_team_is_refused_in_words(
    cloud: FakeCloud, client_for: ClientFor, who: str, said: str
) -> None:
    team = cloud.teams.make("Night", ADMIN.id)
    answer = await client_for(ADMIN).post(f"{TEAMS}/{team.id}/members", headers=HERE, data={"person": who})
    assert (answer.status_code, said in answer.text) == (400, True)
    assert cloud.teams.current(team.id) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "Night\u202eshift", "D\u00e0Y"])
async def test_a_team_without_a_name_of_its_own_that_can_be_read_is_refused(
    cloud: FakeCloud, client_for: ClientFor, name: str
) -> None:
    day = cloud.teams.make("Day", ADMIN.id)
    assert (await client_for(ADMIN).post(TEAMS, headers=HERE, data={"name": name})).status_code == 400
    refused = await client_for(ADMIN).post("/api/v1/care-teams", json={"name": name})
    assert refused.status_code in {400, 422}
    assert cloud.teams.all() == [day]


async def test_who_leaves_a_team_sees_nothing_by_it_any_more(cloud: FakeCloud, client_for: ClientFor) -> None:
    team = cloud.teams.make("Night", ADMIN.id)
    member = cloud.teams.add(team, STRANGER.id, ADMIN.id)
    await client_for(ADMIN).post(f"{TEAMS}/{team.id}/members/{member.id}/remove", headers=HERE)
    assert cloud.teams.current(team.id) == []
    assert "Nobody." in (await client_for(ADMIN).get(f"{TEAMS}/{team.id}")).text


async def test_a_patient_lets_a_team_see_and_no_team_that_was_ended(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    night, day = cloud.teams.make("Night", ADMIN.id), cloud.teams.make("Day", ADMIN.id)
    cloud.teams.end(day, ADMIN.id)
    client, path = client_for(OWNER), f"/patients/{WEI.id}/sharing"
    page = (await client.get(path)).text
    assert ("Night" in page, "Day" in page) == (True, False)
    asked = [
        await client.post(f"{path}/teams", headers=HERE, data={"team": each.id, "alerts": "on"})
        for each in (night, day)
    ]
    assert [each.status_code for each in asked] == [303, 400]
    given = [one.team_id for one in cloud.sharing.given(WEI.id) if one.team_id]
    assert given == [night.id]
    body = {"team_id": day.id, "scopes": ["alerts"]}
    assert (await client.post(f"/api/v1/patients/{WEI.id}/grants", json=body)).status_code == 422


async def test_both_sides_look_into_an_opening_on_their_pages(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    assert "No record was opened" in (await client_for(ADMIN).get(EMERGENCIES)).text
    broken = cloud.glass.break_(WEI.id, STRANGER, "<b>found</b> unconscious", 30)
    pages = {ADMIN: EMERGENCIES, OWNER: f"/patients/{WEI.id}/emergencies"}
    for reader, path in pages.items():
        text = (await client_for(reader).get(path)).text
        assert "1 emergency opening waits to be looked into." in text
        assert all(words in text for words in ("Sam", "&lt;b&gt;found&lt;/b&gt; unconscious", "open now"))
        done = await client_for(reader).post(f"{path}/{broken.id}/review", headers=HERE)
        assert (done.status_code, done.headers["location"]) == (303, path)
    text = (await client_for(OWNER).get(pages[OWNER])).text
    assert "Every emergency opening was looked into." in text
    assert all(f"{who} looked into it" in text for who in ("Ada", "Wei"))
    assert WEI.display_name not in (await client_for(ADMIN).get("/admin/care-teams")).text


async def test_nobody_looks_into_what_was_never_opened_or_is_anothers(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    of_ama = cloud.glass.break_("p-ama", STRANGER, "found unconscious", 30)
    answers = [
        await client_for(ADMIN).post(f"{EMERGENCIES}/nothing/review", headers=HERE),
        await client_for(OWNER).post(f"/patients/{WEI.id}/emergencies/{of_ama.id}/review", headers=HERE),
    ]
    assert [each.status_code for each in answers] == [404, 404]
    assert cloud.ledger.of(Deed.REVIEWED_GLASS) == []
