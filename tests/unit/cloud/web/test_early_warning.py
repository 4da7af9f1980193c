from cloud.web.catalogues import catalogue
from cloud.web.early_warning import early_warning_view
from cloud.web.words import say
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud
from tests.fakes.readings import add
from vitals.scores.early_warning import Level, Reason
from vitals.scores.news2 import NEWS2_ROWS

ENGLISH = catalogue("en")


def add_signs(cloud: FakeCloud, **values: float) -> None:
    for kind, value in values.items():
        add(cloud.series, kind, (cloud.clock.wall_ms() - 120_000, value))


def test_the_card_tells_the_level_the_range_why_and_what_is_not_known(cloud: FakeCloud) -> None:
    add_signs(cloud, heart_rate=140.0, body_temperature=38.6)
    view = early_warning_view(cloud.early_warnings.of("p-wei"))
    assert view is not None
    assert view.score == "4\u201318"
    assert say(view.level, ENGLISH) == "somebody should look soon"
    assert [say(reason, ENGLISH) for reason in view.reasons] == ["one vital sign alone is far off"]
    assert [say(part, ENGLISH) for part in view.missing] == [
        "breathing rate",
        "oxygen saturation",
        "whether oxygen is given",
        "blood pressure",
        "consciousness",
    ]
    assert view.oldest_ms == cloud.clock.wall_ms() - 120_000


def test_while_no_vital_sign_is_current_there_is_no_card(cloud: FakeCloud) -> None:
    assert early_warning_view(cloud.early_warnings.of("p-wei")) is None
    add(cloud.series, "heart_rate", (cloud.clock.wall_ms() - 13 * 3_600_000, 140.0))
    assert early_warning_view(cloud.early_warnings.of("p-wei")) is None


def test_every_level_reason_and_parameter_has_its_words() -> None:
    from cloud.web import early_warning  # noqa: PLC0415 - its tables, to hold them against what there is

    assert early_warning._LEVELS.keys() == set(Level)
    assert early_warning._REASONS.keys() == set(Reason)
    assert early_warning.PARTS.keys() == {row.key for row in NEWS2_ROWS}


async def test_the_page_shows_the_card(cloud: FakeCloud, client_for: ClientFor) -> None:
    add_signs(cloud, heart_rate=140.0)
    page = (await client_for(CARER).get("/patients/p-wei")).text
    assert "Early warning" in page
    assert "somebody should look soon" in page
    assert "no diagnosis" in page


async def test_the_page_of_somebody_without_vital_signs_has_no_card(client_for: ClientFor) -> None:
    assert "Early warning" not in (await client_for(CARER).get("/patients/p-wei")).text
