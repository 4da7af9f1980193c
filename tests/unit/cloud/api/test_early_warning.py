"""How ill somebody looks, over HTTP."""

from pathlib import Path

import pytest

from cloud.early_warning.assess import RiskModel
from cloud.early_warning.installed import installed_model
from models.registry import ARTEFACTS_DIR
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from tests.fakes.readings import add, add_heart
from vitals.model_versions import ModelVersions
from vitals.signature import RELEASE_KEYS

ADDRESS = "/api/v1/patients/p-wei/early-warning"


def add_readings(cloud: FakeCloud) -> None:
    now_ms = cloud.clock.wall_ms()
    add_heart(cloud.series, now_ms, days=12)
    for kind, value in (("respiratory_rate", 26.0), ("oxygen_saturation", 97.0), ("body_temperature", 38.4)):
        add(cloud.series, kind, (now_ms - 90_000, value))


async def test_a_score_comes_as_a_range_with_the_age_of_each_part(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_readings(cloud)
    answer = (await client_for(CARER).get(ADDRESS)).json()
    assert (answer["level"], answer["at_worst"]) == ("urgent-review", "emergency")
    assert answer["reasons"] == ["news2-single-three"]
    news2 = answer["news2"]
    assert (news2["lowest"], news2["highest"], news2["risk"]) == (4, 12, "low-medium")
    assert news2["single_threes"] == ["respiratory_rate"]
    parts = {part["key"]: part for part in news2["parts"]}
    assert parts["respiratory_rate"] == {
        "key": "respiratory_rate",
        "display": "Respiratory rate",
        "unit": "/min",
        "value": 26.0,
        "age_ms": 90_000,
        "is_current": True,
        "lowest": 3,
        "highest": 3,
    }
    assert (parts["consciousness"]["value"], parts["consciousness"]["highest"]) == (None, 3)


async def test_without_a_model_it_says_so_and_the_rest_stands(client_for: ClientFor) -> None:
    answer = (await client_for(CARER).get(ADDRESS)).json()
    assert answer["model"] == {
        "version": None,
        "silence": "not-installed",
        "probability": None,
        "threshold": None,
    }


async def test_what_somebody_says_makes_it_more_certain(cloud: FakeCloud, client_for: ClientFor) -> None:
    add_readings(cloud)
    said = {"age_years": 80, "consciousness": "confused", "on_oxygen": "true", "spo2_scale": "2"}
    news2 = (await client_for(CARER).get(ADDRESS, params=said)).json()["news2"]
    assert (news2["lowest"], news2["highest"], news2["assumes_adult"]) == (12, 15, False)


async def test_a_child_has_no_news2_and_is_told_why(client_for: ClientFor) -> None:
    answer = (await client_for(CARER).get(ADDRESS, params={"age_years": 8})).json()
    assert answer["news2"] is None
    assert "16 years" in answer["news2_refusal"]


@pytest.mark.parametrize("said", [{"age_years": "old"}, {"consciousness": "sleepy"}, {"age_years": -1}])
async def test_what_cannot_be_is_a_problem_that_names_the_field(client_for: ClientFor, said: dict) -> None:
    answer = await client_for(CARER).get(ADDRESS, params=said)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert next(iter(said)) in answer.json()["errors"][0]


async def test_to_a_stranger_the_patient_does_not_exist(cloud: FakeCloud, client_for: ClientFor) -> None:
    add_readings(cloud)
    answer = await client_for(STRANGER).get(ADDRESS)
    assert answer.status_code == 404
    assert "respiratory" not in answer.text


async def test_what_is_usual_and_the_night_are_told_with_their_numbers(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_readings(cloud)
    answer = (await client_for(CARER).get(ADDRESS)).json()
    (deviation,) = answer["deviations"]
    assert (deviation["key"], deviation["unit"], deviation["median"]) == ("heart_rate", "/min", 72.0)
    assert deviation["days"] >= 7
    assert answer["cold_start"] == ["respiratory_rate", "oxygen_saturation", "body_temperature"]
    assert answer["night"]["alert"] == "green"
    assert answer["night"]["knows_steps"] is False


async def test_the_shipped_model_answers_with_its_version_and_what_raised_it(
    cloud: FakeCloud, client_for: ClientFor, tmp_path: Path
) -> None:
    model = installed_model(
        ARTEFACTS_DIR, trusted=RELEASE_KEYS, versions=ModelVersions(path=tmp_path / "models.json")
    )
    assert isinstance(model, RiskModel)
    cloud.early_warnings.model = model
    add_readings(cloud)
    answer = (await client_for(CARER).get(ADDRESS)).json()
    assert answer["model"]["version"] == model.version
    assert answer["model"]["silence"] is None
    assert 0 < answer["model"]["probability"] < 1
    assert "model" in {each["sign"] for each in answer["contributors"]}
