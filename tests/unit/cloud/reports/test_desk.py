"""Reports as they are given: of what is open, with a digest, and written down before they are drawn."""

from dataclasses import replace

import pytest

from cloud.ports import Deed, Scope
from cloud.reports.contents import Contents, Section, Wanted, digest
from cloud.reports.desk import Given
from cloud.reports.period import between, last_days
from tests.fakes.cloud_services import CARER, DOCTOR, WEI, FakeCloud
from tests.fakes.visit import lived
from vitals.errors import StorageError


@pytest.fixture(scope="module")
def cloud() -> FakeCloud:
    return lived(FakeCloud(), days=3, every_minutes=15)


def give(cloud: FakeCloud, **wanted: object) -> Given:
    desk = cloud.reports()
    period = last_days(3, cloud.clock.wall_ms(), desk.sources.local)
    return desk.give(WEI, Wanted(period=period, **wanted), to=DOCTOR.id, name="Mei")  # type: ignore[arg-type]


def test_everything_of_the_period_is_in_it(cloud: FakeCloud) -> None:
    contents = give(cloud).contents
    assert [each.kind for each in contents.spreads] == [
        "heart_rate",
        "respiratory_rate",
        "body_temperature",
        "systolic_pressure",
        "diastolic_pressure",
    ]
    assert contents.news is not None
    assert contents.news.hours
    assert contents.glucose is not None
    assert (contents.wear[0].device, contents.wear[0].model) == ("c0-01", "Polar H10")
    assert "oxygen_saturation" in contents.never


def test_limits_are_those_of_what_was_measured_with_who_set_them(cloud: FakeCloud) -> None:
    limits = {each.key: each for each in give(cloud).contents.limits}
    assert (limits["tachycardia"].limit, limits["tachycardia"].set_by) == (135.0, "Mei")
    assert limits["bradycardia"].set_by is None
    assert "oxygen-low" not in limits


def test_what_is_not_open_is_not_read_and_said_to_be_closed(cloud: FakeCloud) -> None:
    contents = give(cloud, scopes=frozenset({Scope.ALERTS})).contents
    assert (contents.spreads, contents.news, contents.glucose, contents.wear) == ((), None, None, ())
    assert contents.wanted.closed == (Section.VITALS, Section.NEWS, Section.GLUCOSE, Section.WEAR)
    vitals_alone = give(cloud, scopes=frozenset({Scope.VITALS})).contents
    assert (vitals_alone.alerts, vitals_alone.events, vitals_alone.limits) == ((), (), ())


def test_without_waveforms_events_are_told_and_not_drawn() -> None:
    cloud = lived(FakeCloud(), days=5, every_minutes=60)
    desk = cloud.reports()
    period = last_days(5, cloud.clock.wall_ms(), desk.sources.local)
    scopes = frozenset({Scope.ALERTS, Scope.VITALS})
    (closed,) = desk.give(WEI, Wanted(period=period, scopes=scopes), to="u", name="u").contents.events
    assert closed.traces is None
    (shown,) = desk.give(WEI, Wanted(period=period), to="u", name="u").contents.events
    assert shown.traces
    assert shown.ended_ms == shown.began_ms + 40_000


def test_only_what_is_asked_for_is_read(cloud: FakeCloud) -> None:
    contents = give(cloud, sections=frozenset({Section.WEAR})).contents
    assert contents.wear
    assert not contents.spreads


def test_the_same_report_has_the_same_digest_whoever_is_given_it_and_whatever_they_are_called(
    cloud: FakeCloud,
) -> None:
    first, second = give(cloud), give(cloud)
    assert first.statement.sha256 == second.statement.sha256
    assert first.statement.reference != second.statement.reference
    desk = cloud.reports()
    renamed = replace(WEI, display_name="Wei Zhang")
    again = desk.give(renamed, first.contents.wanted, to=CARER.id, name="Lin")
    assert again.statement.sha256 == first.statement.sha256


def test_a_digest_is_the_same_in_every_process_and_for_whom_more_is_open() -> None:
    wanted = Wanted(period=between(0, 60_000))
    pinned = "fc8bacd021e8c630ff00a628ef06fc513205ea0eade9663e001b179afc7e49ce"
    assert digest(Contents(patient=WEI, wanted=wanted)) == pinned
    narrow = replace(wanted, scopes=frozenset({Scope.VITALS, Scope.ALERTS, Scope.WAVEFORMS}))
    assert digest(Contents(patient=WEI, wanted=narrow)) == pinned


def test_one_value_more_is_another_digest() -> None:
    cloud = lived(FakeCloud(), days=2, every_minutes=60)
    before = give(cloud).statement.sha256
    points = cloud.series.points["p-wei", "heart_rate"]
    points[-1] = replace(points[-1], value=points[-1].value + 1)
    assert give(cloud).statement.sha256 != before


def test_that_it_was_given_is_on_the_ledger_with_its_digest_and_its_parts(cloud: FakeCloud) -> None:
    given = give(cloud, scopes=frozenset({Scope.VITALS}))
    note = cloud.ledger.of(Deed.EXPORTED)[-1]
    assert (note.actor, note.patient_id) == (DOCTOR.id, "p-wei")
    assert note.about["sha256"] == given.statement.sha256
    assert note.about["sections"] == "vitals news glucose wear"
    entry = cloud.ledger_book.recorded(given.statement.entry or 0)
    assert entry is not None
    assert given.statement.reference in (entry.about or "")


def test_what_cannot_be_written_down_is_not_given() -> None:
    cloud = FakeCloud()
    cloud.ledger.is_broken = True
    with pytest.raises(StorageError, match="the disk is full"):
        give(cloud)


def test_of_nobodys_readings_there_is_an_empty_report() -> None:
    contents = give(FakeCloud()).contents
    assert contents.spreads == contents.events == contents.alerts == contents.wear == ()
    assert contents.glucose is None
    assert "glucose" in contents.never
