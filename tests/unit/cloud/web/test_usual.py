"""How a value stands to what is usual for its person, in words a tired reader takes in at once."""

import re
from types import SimpleNamespace
from typing import cast

import pytest

from cloud.alerts.wording.quantities import Reader
from cloud.early_warning.assess import Assessment
from cloud.ports import Point
from cloud.web.catalogues import catalogue
from cloud.web.measured import measured
from cloud.web.usual import UsualRange, usual_of
from cloud.web.words import say
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import OWNER, ClientFor, FakeCloud
from vitals.features.baseline import Usual

ENGLISH = catalogue("en")
RANGE = UsualRange(low=58.0, high=84.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (57.9, "lower than usual"),
        (58.0, "as usual"),
        (84.0, "as usual"),
        (84.1, "higher than usual"),
    ],
)
def test_a_value_is_as_usual_up_to_both_ends(value: float, said: str) -> None:
    assert say(RANGE.meaning(value), ENGLISH) == said


def test_what_is_usual_is_two_spreads_around_the_median_and_nothing_while_it_is_learnt() -> None:
    deviation = SimpleNamespace(key="heart_rate", usual=Usual(median=70.0, spread=5.0, days=20))
    found = usual_of(cast("Assessment", SimpleNamespace(deviations=(deviation,))))
    assert found == {"heart_rate": UsualRange(low=60.0, high=80.0)}
    assert usual_of(None) == {}


def test_a_line_says_what_is_usual_in_the_readers_unit_and_only_where_that_is_known() -> None:
    latest = {
        kind: Point(t_ms=1, value=value, quality=None, device="c0-01")
        for kind, value in (("glucose", 200.0), ("body_temperature", 36.6))
    }
    usual = {"glucose": UsualRange(low=80.0, high=160.0)}
    temperature, glucose = measured(latest, Reader(glucose_unit="mmol/L"), usual)
    assert (temperature.usual, temperature.meaning) == (None, None)
    assert glucose.usual == ("4.4", "8.9")
    assert glucose.meaning is not None
    assert say(glucose.meaning, ENGLISH) == "higher than usual"


async def test_the_page_of_now_says_how_the_heart_stands_to_what_is_usual_and_draws_it(
    cloud: FakeCloud, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=NOW_MS - seconds * 1_000, value=90.0, quality=0.9, device="c0-01") for seconds in (9, 5, 1)
    ]
    plain = (await client_for(OWNER).get("/patients/p-wei")).text
    assert 'class="band"' not in plain
    monkeypatch.setattr("cloud.web.views.usual_of", lambda _: {"heart_rate": RANGE})
    page = (await client_for(OWNER).get("/patients/p-wei")).text
    assert "<b>higher than usual</b>" in page
    assert re.search(r"usual 58.84", page)
    assert 'class="band"' in page
    assert 'data-usual-low="58.0"' in page
