from cloud.ports import Worn
from cloud.reports.wear import HOLDS_MS, wear
from vitals.records import DeviceReport, LinkState

HOUR_MS = 3_600_000


def said(t_ms: int, *, on_body: bool | None = True, link: LinkState = LinkState.CONNECTED) -> DeviceReport:
    return DeviceReport(device="strap", t_ms=t_ms, link=link, on_body=on_body, model="H10")


def test_worn_time_is_what_the_device_says_until_its_next_word() -> None:
    reports = [said(0), said(300_000), said(600_000, on_body=False), said(900_000, on_body=False)]
    (found,) = wear([Worn(device="strap", from_ms=0, to_ms=HOUR_MS)], reports)
    assert found.on_body_ms == 600_000
    assert found.within_reach_ms == 900_000 + HOLDS_MS
    assert (found.theirs_ms, found.model) == (HOUR_MS, "H10")


def test_a_word_does_not_hold_for_hours_of_silence() -> None:
    (found,) = wear([Worn(device="strap", from_ms=0, to_ms=10 * HOUR_MS)], [said(0), said(9 * HOUR_MS)])
    assert found.on_body_ms == 2 * HOLDS_MS


def test_time_in_which_it_was_somebody_elses_does_not_count() -> None:
    spans = [Worn(device="strap", from_ms=300_000, to_ms=400_000)]
    (found,) = wear(spans, [said(0), said(800_000)])
    assert found.on_body_ms == 100_000


def test_a_device_that_never_tells_whether_it_is_worn_is_not_said_to_be_off() -> None:
    (found,) = wear([Worn(device="strap", from_ms=0, to_ms=HOUR_MS)], [said(0, on_body=None)])
    assert (found.on_body_ms, found.within_reach_ms) == (None, HOLDS_MS)


def test_out_of_reach_is_not_within_it() -> None:
    reports = [said(0, link=LinkState.DISCONNECTED), said(300_000, link=LinkState.SILENT)]
    (found,) = wear([Worn(device="strap", from_ms=0, to_ms=HOUR_MS)], reports)
    assert found.within_reach_ms == 0


def test_of_a_device_that_said_nothing_nothing_is_known() -> None:
    (found,) = wear([Worn(device="cuff", from_ms=0, to_ms=HOUR_MS)], [])
    assert (found.within_reach_ms, found.on_body_ms, found.model) == (None, None, None)
