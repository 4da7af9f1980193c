"""The PDF itself: what it says in both languages, the same bytes every time, the trace at true scale."""

import re
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from reportlab.lib.units import mm

from cloud.api.reader import PageReader
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Scope
from cloud.reports.contents import Section, Wanted
from cloud.reports.desk import Given
from cloud.reports.glucose import Targets
from cloud.reports.period import last_days
from cloud.web.local import local_of
from cloud.web.paper.document import document
from cloud.web.paper.strip import MM_PER_MV, MM_PER_S
from tests.fakes.cloud_services import DOCTOR, WEI, FakeCloud
from tests.fakes.ecg import excerpt
from tests.fakes.furnished import LONG_NAME, RIGHT_TO_LEFT
from tests.fakes.pdf_text import Pdf
from tests.fakes.visit import lived

UTC = LocalTime(zone=ZoneInfo("UTC"))
DAYS = 5


@cache
def world() -> FakeCloud:
    return lived(FakeCloud(), days=DAYS, every_minutes=15)


def given(cloud: FakeCloud | None = None, name: str = "Wei", **wanted: object) -> Given:
    cloud = cloud or world()
    desk = cloud.reports()
    period = last_days(DAYS, cloud.clock.wall_ms(), desk.sources.local)
    asked = Wanted(period=period, **wanted)  # type: ignore[arg-type]
    return desk.give(replace(WEI, display_name=name), asked, to=DOCTOR.id, name="Dr. Mei")


def drawn(found: Given, language: str = "en", glucose_unit: str = "mg/dL") -> bytes:
    reader = PageReader(language=language, local=UTC, glucose_unit=glucose_unit, accepts=("en-GB",))
    return document(found, local_of(reader))


def test_it_says_who_when_what_and_by_what_it_can_be_checked() -> None:
    found = given()
    pages = Pdf.read(drawn(found)).pages
    text = "\n".join(pages)
    for said in (
        "Report for a visit",
        "10 Nov 2023 to 14 Nov 2023, 5 days",
        "for Dr. Mei",
        "Heart rate",
        "Early warning score (NEWS2)",
        "GMI (estimates HbA1c)",
        "Battelino et al., Diabetes Care 2019;42:1593-1603",
        "25 mm/s, 10 mm/mV",
        "Taken on by Lin",
        "Polar H10",
        "135 /min or more",
        "Never measured in this period: Pulse rate, Oxygen level",
        found.statement.sha256,
        found.statement.reference,
        "entry",
        "Signature",
    ):
        assert said in re.sub(r"\s+", " ", text), said
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert found.statement.sha256[:16] in page


def test_it_says_the_same_in_chinese_with_glucose_by_amount() -> None:
    text = Pdf.read(drawn(given(), "zh", "mmol/L")).text
    for said in ("就诊报告", "动态血糖图谱", "生命体征", "mmol/L", "签名", "第", "收缩压"):
        assert said in text, said
    assert "mg/dL" not in text


def test_the_same_report_is_the_same_bytes() -> None:
    found = given()
    assert drawn(found) == drawn(found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_nobodys_readings_there_is_a_calm_report(language: str) -> None:
    text = Pdf.read(drawn(given(FakeCloud()), language)).text
    said = {"en": "No vital sign was measured in this period.", "zh": "此期间没有测量任何生命体征。"}[
        language
    ]
    assert said in text


@pytest.mark.parametrize(
    "name", [LONG_NAME, RIGHT_TO_LEFT, "<b>&amp;</b>", "\x00\u202e🫀", "W" * 200, "张" * 200, "דוד לוי"]
)
def test_no_name_breaks_it(name: str) -> None:
    assert "Report for a visit" in Pdf.read(drawn(given(name=name, sections=frozenset({Section.WEAR})))).text


def test_a_sign_no_font_has_is_explained() -> None:
    text = Pdf.read(drawn(given(name="𓂀", sections=frozenset({Section.WEAR})))).text
    assert "stands for letters that the fonts of this document lack" in text
    whole = Pdf.read(drawn(given(sections=frozenset({Section.WEAR})))).text
    assert "fonts of this document lack" not in whole


def test_what_is_not_open_or_not_asked_for_is_said_to_be_missing() -> None:
    scopes = frozenset({Scope.ALERTS})
    text = Pdf.read(drawn(given(scopes=scopes, sections=frozenset({Section.ALERTS, Section.VITALS})))).text
    assert "Vital signs: not open to whom this report was made for." in text
    assert "Left out by choice: Early warning score (NEWS2)" in text
    assert "Middle" not in text
    events = Pdf.read(drawn(given(scopes=scopes, sections=frozenset({Section.EVENTS})))).text
    assert "heart's traces: not open" in events


@pytest.mark.parametrize("targets", Targets)
def test_glucose_is_held_against_the_targets_chosen(targets: Targets) -> None:
    text = Pdf.read(drawn(given(targets=targets, sections=frozenset({Section.GLUCOSE})))).text
    most = {Targets.USUAL: "under 4 %", Targets.OLDER: "over 50 %", Targets.PREGNANCY: "in range, 63 to 140"}
    assert most[targets] in text


def test_too_little_glucose_is_said_before_any_number() -> None:
    text = Pdf.read(drawn(given(sections=frozenset({Section.GLUCOSE})))).text
    assert "Too little to conclude from: 5 days" in text


def test_the_trace_is_at_true_scale() -> None:
    """Read the longest line on the page back into mV and seconds, and hold it against the recording."""
    pdf = Pdf.read(drawn(given(sections=frozenset({Section.EVENTS}))))
    operators = pdf.drawing(0).decode("latin-1")
    longest = max(re.findall(r"n ([-\d.]+ [-\d.]+ m(?: [-\d.]+ [-\d.]+ l)+)", operators), key=len)
    places = [tuple(map(float, each)) for each in re.findall(r"([-\d.]+) ([-\d.]+) [ml]", longest)]
    recorded = excerpt("203")
    first = round(3 * recorded.rate_hz)  # it begins 5 s before the event, the sheet 2 s
    shown = recorded.ecg_mv[first : first + len(places)]
    seconds = (places[-1][0] - places[0][0]) / mm / MM_PER_S
    assert seconds == pytest.approx((len(places) - 1) / recorded.rate_hz, abs=0.002)
    millivolts = [(y - places[0][1]) / mm / MM_PER_MV for _, y in places]
    assert millivolts == pytest.approx((shown - shown[0]).tolist(), abs=0.002)
