"""Duty, silences, escalation and preferences over HTTP: who may, what is refused, and what is said."""

from typing import Any

import pytest

from cloud.ports import Channel, Priority
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import ADMIN, AMA, CARER, OWNER, STRANGER, WEI, ClientFor, FakeCloud

DUTY = "/api/v1/patients/p-wei/duty"
ROTA = "/api/v1/patients/p-wei/rota"
SILENCES = "/api/v1/patients/p-wei/silences"
ESCALATION = "/api/v1/patients/p-wei/escalation"
PREFERENCES = "/api/v1/me/preferences"
HIGH = {"steps": [{"after_s": 0, "whom": "everyone"}], "repeat_s": 300}


def slot(weekday: int, from_: str, until: str, person_id: str = CARER.id) -> dict[str, Any]:
    return {"person_id": person_id, "weekday": weekday, "from": from_, "until": until}


class TestDuty:
    async def test_where_nothing_is_set_nobody_has_it_and_nothing_is_missing(
        self, client_for: ClientFor
    ) -> None:
        told = (await client_for(CARER).get(DUTY)).json()
        assert (told["now"], told["until"], told["rota"], told["findings"]) == ([], None, None, [])

    async def test_one_call_hands_the_night_over(self, cloud: FakeCloud, client_for: ClientFor) -> None:
        await client_for(CARER).post(DUTY, json={})
        told = (await client_for(OWNER).post(DUTY, json={"until": "2023-11-15T07:00:00Z"})).json()
        assert told["now"] == [{"person_id": OWNER.id, "display_name": "Wei"}]
        assert told["until"] == "2023-11-15T07:00:00.000Z"
        ends = {one.person_id: one.until_ms for one in cloud.duties.shifts.values()}
        assert ends == {CARER.id: NOW_MS, OWNER.id: NOW_MS + 31_600_000}

    async def test_somebody_else_can_be_named_if_they_may_see_the_patient(
        self, client_for: ClientFor
    ) -> None:
        client = client_for(OWNER)
        told = (await client.post(DUTY, json={"person_id": CARER.id})).json()
        assert [one["person_id"] for one in told["now"]] == [CARER.id]
        for unknown in (STRANGER.id, "u-nobody"):
            refused = await client.post(DUTY, json={"person_id": unknown})
            assert refused.status_code == 422
            assert "grant access" in refused.json()["detail"]

    @pytest.mark.parametrize("until", ["2023-11-14T22:13:20Z", "2024-03-01T00:00:00Z", "tomorrow"])
    async def test_an_end_that_is_past_or_far_away_or_none_is_refused(
        self, cloud: FakeCloud, client_for: ClientFor, until: str
    ) -> None:
        assert (await client_for(CARER).post(DUTY, json={"until": until})).status_code == 422
        assert cloud.duties.shifts == {}

    async def test_who_gives_it_back_ends_their_own_shift_and_no_other(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        await client_for(CARER).post(DUTY, json={})
        assert (await client_for(OWNER).post(f"{DUTY}/end")).json()["now"] != []
        assert (await client_for(CARER).post(f"{DUTY}/end")).json()["now"] == []
        assert [one.until_ms for one in cloud.duties.shifts.values()] == [NOW_MS]

    async def test_who_exists_and_may_not_see_the_patient_is_told_from_nobody(
        self, client_for: ClientFor
    ) -> None:
        stranger, nobody = [
            await client_for(CARER).post(DUTY, json={"person_id": each}) for each in (STRANGER.id, "u-nobody")
        ]
        assert (stranger.status_code, stranger.json()) == (nobody.status_code, nobody.json())
        assert stranger.status_code == 422

    async def test_holes_and_overlaps_of_a_rota_are_said(self, client_for: ClientFor) -> None:
        slots = [slot(day, "08:00", "20:00") for day in range(1, 8)]
        slots += [slot(day, "20:00", "08:00", OWNER.id) for day in (1, 2, 4, 5, 6, 7)]
        slots.append(slot(4, "19:00", "21:00"))
        told = (await client_for(CARER).post(ROTA, json={"slots": slots})).json()
        assert told["findings"] == [
            (
                "Nobody has the duty from Wednesday 2023-11-15 20:00 until Thursday 2023-11-16 08:00: "
                "everyone is told then. Fill the hole."
            ),
            (
                "Lin, Wei have the duty together from Thursday 2023-11-16 20:00 until "
                "Thursday 2023-11-16 21:00: all of them are told."
            ),
        ]
        assert told["now"][0]["person_id"] == OWNER.id
        assert told["rota"]["slots"][0] == slot(1, "08:00", "20:00")
        assert told["rota"]["author_id"] == CARER.id

    async def test_a_rota_that_cannot_be_is_refused_and_changes_nothing(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        client = client_for(CARER)
        for wrong in (
            slot(8, "08:00", "20:00"),
            slot(1, "8 o'clock", "20:00"),
            slot(1, "08:00", "25:00"),
            slot(1, "08:00", "20:00", STRANGER.id),
        ):
            assert (await client.post(ROTA, json={"slots": [wrong]})).status_code == 422
        assert cloud.duties.rotas == {}

    async def test_who_lost_sight_of_the_patient_and_has_the_duty_is_said(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        slots = [slot(day, "00:00", "24:00") for day in range(1, 8)]
        await client_for(CARER).post(ROTA, json={"slots": slots})
        cloud.directory.ungrant(CARER.id, WEI.id)
        told = (await client_for(OWNER).get(DUTY)).json()
        assert told["now"] == [{"person_id": CARER.id, "display_name": None}]
        assert "may not see the patient" in told["findings"][0]


WANTED = {"condition": "tachycardia", "minutes": 60, "reason": "he is on his bicycle"}


class TestSilences:
    async def test_a_silence_has_its_author_reason_and_end(self, client_for: ClientFor) -> None:
        made = (await client_for(CARER).post(SILENCES, json=WANTED)).json()
        assert made == {
            "id": "silence-0",
            "condition": "tachycardia",
            "from": "2023-11-14T22:13:20.000Z",
            "until": "2023-11-14T23:13:20.000Z",
            "floor": made["floor"],
            "author_id": CARER.id,
            "reason": "he is on his bicycle",
            "ended": None,
            "ended_by": None,
            "in_force": True,
        }
        assert (await client_for(OWNER).get(SILENCES)).json()["silences"] == [made]

    async def test_it_can_be_taken_back_by_whoever_may_see_the_patient(self, client_for: ClientFor) -> None:
        await client_for(CARER).post(SILENCES, json=WANTED)
        ended = (await client_for(OWNER).post(f"{SILENCES}/silence-0/end")).json()
        assert (ended["in_force"], ended["ended_by"]) == (False, OWNER.id)
        assert (await client_for(OWNER).post(f"{SILENCES}/silence-9/end")).status_code == 404

    async def test_the_silence_of_another_patient_is_not_there(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        await client_for(CARER).post(SILENCES, json=WANTED)
        cloud.directory.grant(STRANGER.id, AMA.id, 0, None)
        path = f"/api/v1/patients/{AMA.id}/silences/silence-0/end"
        assert (await client_for(STRANGER).post(path)).status_code == 404
        assert cloud.silences.silences["silence-0"].ended_ms is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"condition": "no-such"},
            {"condition": "asystole"},
            {"condition": "erasure-asked"},
            {"minutes": 0},
            {"minutes": 24 * 60 + 1},
            {"reason": ""},
        ],
        ids=["unknown", "cannot be silenced", "tells of an erasure", "no time", "too long", "no reason"],
    )
    async def test_what_cannot_be_silenced_is_refused(
        self, cloud: FakeCloud, client_for: ClientFor, wrong: dict[str, object]
    ) -> None:
        answer = await client_for(CARER).post(SILENCES, json=WANTED | wrong)
        assert answer.status_code == 422
        assert cloud.silences.silences == {}


class TestEscalation:
    async def test_what_ships_is_told_where_nobody_set_anything(self, client_for: ClientFor) -> None:
        told = (await client_for(CARER).get(ESCALATION)).json()
        assert set(told["policies"]) == set(Priority)
        assert [one["after_s"] for one in told["policies"]["high"]["steps"]] == [0, 120]
        assert told["changes"] == []

    async def test_a_change_has_its_author_and_reason_and_leaves_the_rest_as_it_ships(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        cloud.directory.grant(STRANGER.id, WEI.id, 0, None)
        body = {"policies": {"high": HIGH}, "reason": "nobody hears the telephone"}
        told = (await client_for(STRANGER).post(ESCALATION, json=body)).json()
        assert told["policies"]["high"]["steps"][0]["whom"] == "everyone"
        assert [one["after_s"] for one in told["policies"]["medium"]["steps"]] == [0, 600]
        (made,) = told["changes"]
        assert (made["author_id"], made["reason"]) == (STRANGER.id, "nobody hears the telephone")
        again = (await client_for(STRANGER).post(ESCALATION, json={"policies": {}, "reason": "back"})).json()
        assert [one["after_s"] for one in again["policies"]["high"]["steps"]] == [0, 120]
        assert len(again["changes"]) == 2

    async def test_carers_and_patients_do_not_set_whom_alerts_go_to(
        self, cloud: FakeCloud, client_for: ClientFor
    ) -> None:
        for person in (CARER, OWNER):
            answer = await client_for(person).post(
                ESCALATION, json={"policies": {"high": HIGH}, "reason": "so"}
            )
            assert answer.status_code == 403
        assert cloud.policies.changes == []

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"steps": []}, "steps"),
            ({"steps": [{"after_s": 90, "whom": "everyone"}]}, "within 60 s"),
            ({"repeat_s": None}, "said again"),
            ({"repeat_s": 5}, "repeat_s"),
            ({"steps": [{"after_s": 0, "whom": "everyone", "channels": ["in-app"]}]}, "open pages"),
            ({"steps": [{"after_s": 0, "whom": "named"}]}, "names people"),
            ({"steps": [{"after_s": 0, "whom": "named", "person_ids": ["u-x"]}]}, "grant access"),
            (
                {"steps": [{"after_s": 0, "whom": "everyone"}, {"after_s": 0, "whom": "everyone"}]},
                "later than",
            ),
        ],
    )
    async def test_a_policy_that_would_leave_somebody_alone_is_refused_with_the_reason(
        self, cloud: FakeCloud, client_for: ClientFor, wrong: dict[str, object], said: str
    ) -> None:
        cloud.directory.grant(ADMIN.id, WEI.id, 0, None)
        body = {"policies": {"high": HIGH | wrong}, "reason": "so"}
        answer = await client_for(ADMIN).post(ESCALATION, json=body)
        assert answer.status_code == 422
        assert said in answer.text
        assert cloud.policies.changes == []


class TestPreferences:
    async def test_they_are_ones_own(self, cloud: FakeCloud, client_for: ClientFor) -> None:
        wanted = {
            "language": "zh",
            "quiet_hours": {"from": "22:00", "until": "07:00"},
            "least_priority": "medium",
            "muted_channels": ["email"],
            "glucose_unit": "mmol/L",
            "time_zone": "Asia/Shanghai",
        }
        assert (await client_for(CARER).post(PREFERENCES, json=wanted)).json() == wanted
        assert (await client_for(CARER).get(PREFERENCES)).json() == wanted
        assert (await client_for(STRANGER).get(PREFERENCES)).json()["language"] == "en"
        assert set(cloud.preferences.preferences) == {CARER.id}
        assert cloud.preferences.preferences[CARER.id].muted_channels == (Channel.EMAIL,)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"language": "tlh"},
            {"quiet_hours": {"from": "22:00", "until": "7"}},
            {"muted_channels": ["pigeon"]},
            {"least_priority": "urgent"},
            {"glucose_unit": "stone"},
            {"time_zone": "Europe"},
        ],
    )
    async def test_what_cannot_be_is_refused(
        self, cloud: FakeCloud, client_for: ClientFor, wrong: dict[str, object]
    ) -> None:
        assert (await client_for(CARER).post(PREFERENCES, json=wrong)).status_code == 422
        assert cloud.preferences.preferences == {}
