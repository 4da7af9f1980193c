"""`carewire cloud doctor` and `carewire cloud quarantine`, as a person at the command line uses them."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.cli import app
from cloud.gateways.standing import Standings
from cloud.ingest.service import IngestService
from cloud.ledger.entries import decode_entry
from cloud.ports import Deed, Patient, Wanted
from cloud.storage.relational.opening import open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import batch, batch_of, delivery
from tests.contracts.records import NOW_MS, STRAP, gap, gateway_report, run
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.errors import ConfigurationError, StorageError
from vitals.records import Gap, GapReason
from vitals.wire import envelope
from vitals.wire.envelope import ContentType

MOOD = (
    b'{"type":"observations","device":"c0-00-00-00-00-01","kind":"mood","t_ms":[1800000000000],"value":[3]}'
)
Carewire = Callable[..., Result]


@pytest.fixture
def carewire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carewire:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["cloud", *words])

    return call


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@pytest.fixture
def ingest(series: SqliteSeries) -> IngestService:
    devices = FakeDeviceRegistry()
    devices.wear(STRAP, "wei")
    return IngestService(store=series, devices=devices, answers=FakeCommandBook())


@pytest.fixture
def two_aside(ingest: IngestService) -> None:
    moods = batch_of([MOOD, b"null"], kind=ContentType.JSON)
    ingest.ingest([delivery(moods, content_type="application/json")])


def learn_mood(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = dict(envelope.OBSERVATION_KINDS)
    rows["mood"] = replace(rows["heart_rate"], key="mood")
    monkeypatch.setattr(envelope, "OBSERVATION_KINDS", MappingProxyType(rows))


class TestQuarantine:
    @pytest.mark.usefixtures("series")
    def test_an_empty_one_says_so(self, carewire: Carewire) -> None:
        assert "nothing is set aside" in carewire("quarantine", "list").output
        assert "nothing was ever given up" in carewire("quarantine", "discarded").output

    @pytest.mark.usefixtures("two_aside")
    def test_what_is_set_aside_is_listed_newest_first_and_narrowed_down(self, carewire: Carewire) -> None:
        facts = json.loads(carewire("quarantine", "list", "--json").output)
        assert [entry["seq"] for entry in facts["entries"]] == [2, 1]
        assert facts["omitted"] == 0
        assert facts["shares"][0]["records"] == 2
        one = json.loads(carewire("quarantine", "list", "--json", "--limit", "1").output)
        assert (len(one["entries"]), one["omitted"]) == (1, 1)
        by_reason = json.loads(carewire("quarantine", "list", "--json", "--reason", "mood").output)
        assert [entry["seq"] for entry in by_reason["entries"]] == [1]
        later = json.loads(carewire("quarantine", "list", "--json", "--since", "2999-01-01").output)
        assert later["entries"] == []
        assert "home-1" in carewire("quarantine", "list").output

    @pytest.mark.usefixtures("two_aside")
    def test_one_entry_is_shown_with_all_it_holds(self, carewire: Carewire, series: SqliteSeries) -> None:
        first, _ = series.find(Wanted(), limit=9)
        shown = json.loads(carewire("quarantine", "show", str(first.id), "--json").output)
        assert json.loads(shown["payload"])["kind"] == "mood"
        assert bytes.fromhex(shown["payload_hex"]) == MOOD
        assert isinstance(carewire("quarantine", "show", "999").exception, ConfigurationError)

    @pytest.mark.usefixtures("two_aside")
    def test_a_replay_brings_back_what_can_be_read_now_and_says_that_the_rest_stays(
        self, carewire: Carewire, series: SqliteSeries, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        learn_mood(monkeypatch)
        done = carewire("quarantine", "replay", "--json")
        assert json.loads(done.stdout) == {
            "tried": 2,
            "stored": 1,
            "known": 0,
            "still_aside": 1,
        }
        assert done.exit_code == 1
        assert [entry.record.seq for entry in series.find(Wanted(), limit=9)] == [2]
        (account,) = series.accounts()
        assert (account.stored, account.quarantined) == (((1, 1),), ((2, 2),))
        assert carewire("quarantine", "replay", "--gateway", "nobody").exit_code == 0

    def test_a_replay_asks_for_whom_a_gateway_speaks_and_stands_on_the_ledger(
        self, carewire: Carewire, series: SqliteSeries, tmp_path: Path
    ) -> None:
        relational = open_relational(f"sqlite:///{tmp_path}/carewire.db")
        relational.directory.add_patient(Patient(id="ana", display_name="Ana"))
        relational.directory.bind(STRAP, "ana", 0)
        relational.gateway_book.speak_for("home-1", ["wei"])
        IngestService(
            store=series,
            devices=relational.directory,
            answers=FakeCommandBook(),
            standing=Standings(book=relational.gateway_book, monotonic_s=time.monotonic),
        ).ingest([delivery(batch(run((NOW_MS, 63))))])
        assert carewire("quarantine", "replay").exit_code == 1
        assert series.observations("ana", "heart_rate", 0, 2**45, 9).points == ()
        relational.gateway_book.speak_for("home-1", ["wei", "ana"])
        assert carewire("quarantine", "replay").exit_code == 0
        assert [one.value for one in series.observations("ana", "heart_rate", 0, 2**45, 9).points] == [63]
        relational.ledger.enter()
        deeds = [decode_entry(each.line).deed for each in relational.ledger_book.entries(0, 99)]
        assert deeds.count(Deed.QUARANTINE_RELEASED) == 2
        relational.close()

    @pytest.mark.usefixtures("two_aside")
    def test_nothing_is_given_up_without_a_reason_or_without_saying_what(self, carewire: Carewire) -> None:
        for words in (["1"], ["1", "--why", "  "], ["--why", "old"], ["1", "--all", "--why", "old"]):
            assert isinstance(carewire("quarantine", "discard", *words).exception, ConfigurationError)
        assert len(json.loads(carewire("quarantine", "list", "--json").output)["entries"]) == 2

    @pytest.mark.usefixtures("two_aside")
    def test_what_is_given_up_is_written_down(self, carewire: Carewire, series: SqliteSeries) -> None:
        first, _ = series.find(Wanted(), limit=9)
        given = ("--why", "a test", "--by", "ada")
        assert carewire("quarantine", "discard", str(first.id), *given).exit_code == 0
        assert carewire("quarantine", "discard", "--all", "--reason", "null", *given).exit_code == 0
        assert carewire("quarantine", "discard", "--all", *given).exit_code == 0
        written = json.loads(carewire("quarantine", "discarded", "--json").output)
        assert {each["seq"] for each in written} == {1, 2}
        assert {(each["by"], each["why"]) for each in written} == {("ada", "a test")}
        assert all(len(each["sha256"]) == 64 for each in written)
        assert "ada" in carewire("quarantine", "discarded").output
        assert series.quarantined_count() == 0

    def test_a_time_that_is_none_is_refused(self, carewire: Carewire) -> None:
        refused = carewire("quarantine", "list", "--since", "yesterday")
        assert isinstance(refused.exception, ConfigurationError)


class TestDoctor:
    @pytest.mark.usefixtures("series")
    def test_before_anything_came_nothing_is_missing(self, carewire: Carewire) -> None:
        done = carewire("doctor")
        assert done.exit_code == 0
        assert "no gateway has sent anything yet" in done.output

    def test_everything_in_its_place_is_well(self, carewire: Carewire, ingest: IngestService) -> None:
        ingest.ingest([delivery(batch(run((NOW_MS, 60)), gap(NOW_MS, NOW_MS + 5), gateway_report()))])
        done = carewire("doctor")
        assert done.exit_code == 0
        assert "3 records stored, 0 set aside, 0 given up" in done.output
        assert "waiting at the gateway: 3 records" in done.output
        assert "declared (link-lost)" in done.output
        assert "nothing is missing" in done.output

    def test_a_hole_is_named_and_fails(self, carewire: Carewire, ingest: IngestService) -> None:
        ingest.ingest([delivery(batch(run((NOW_MS, 60)), first_seq=seq)) for seq in (1, 5)])
        done = carewire("doctor")
        assert done.exit_code == 1
        assert "MISSING: 3 records" in done.output
        assert "abcd1234-observations: 2-4" in done.output
        assert "carewire edge outbox" in done.output
        assert "3 ARE MISSING" in done.output
        facts = json.loads(carewire("doctor", "--json").output)
        assert facts["missing"] == 3
        assert facts["gateways"][0]["epochs"][0]["missing_ranges"] == [[2, 4]]

    def test_a_hole_that_may_be_on_its_way_says_so(self, carewire: Carewire, ingest: IngestService) -> None:
        ingest.ingest([delivery(batch(gateway_report(), first_seq=5))])
        assert "ask again when that has come" in carewire("doctor").output

    def test_what_was_declared_lost_with_the_outbox_is_not_missing(
        self, carewire: Carewire, ingest: IngestService
    ) -> None:
        damage = Gap(
            device="gateway",
            kind="outbox",
            from_ms=NOW_MS,
            to_ms=NOW_MS,
            reason=GapReason.OUTBOX_DAMAGED,
            missed=4,
        )
        ingest.ingest([delivery(batch(damage, first_seq=5))])
        done = carewire("doctor")
        assert done.exit_code == 0
        assert "4 of them it declared lost with its outbox" in done.output

    def test_a_device_that_nobody_owns_is_told(self, carewire: Carewire, ingest: IngestService) -> None:
        ingest.ingest([delivery(batch(run((NOW_MS, 60), device="c0-00-00-00-00-09")))])
        assert "c0-00-00-00-00-09 (through home-1): 1 records belong to nobody" in carewire("doctor").output
        assert json.loads(carewire("doctor", "--json").output)["unbound"][0]["records"] == 1


@pytest.mark.usefixtures("two_aside")
@pytest.mark.parametrize("words", [("replay", "99"), ("discard", "99", "--why", "a test")])
def test_a_number_that_is_of_no_entry_is_refused_and_nothing_is_touched(
    carewire: Carewire, series: SqliteSeries, words: tuple[str, ...]
) -> None:
    refused = carewire("quarantine", words[0], "1", *words[1:]).exception
    assert isinstance(refused, ConfigurationError)
    assert "nothing is set aside under 99" in str(refused)
    assert [entry.tried_ms for entry in series.find(Wanted(), limit=9)] == [None, None]


@pytest.mark.parametrize(
    "words",
    [("doctor",), ("quarantine", "list"), ("device", "adopt", STRAP), ("forget", "ana", "--yes")],
)
def test_a_place_where_nothing_is_kept_is_told_and_not_made(
    carewire: Carewire, tmp_path: Path, words: tuple[str, ...]
) -> None:
    refused = carewire(*words).exception
    assert isinstance(refused, StorageError)
    assert "series.db is not there: start the service once, or correct data_dir" in str(refused)
    assert not any(tmp_path.iterdir())


def test_what_a_gateway_wrote_is_shown_and_not_obeyed(carewire: Carewire, ingest: IngestService) -> None:
    marked_up = batch_of([b'{"type":"[/x]"}'], kind=ContentType.JSON)
    for payload in (marked_up, b"\x1b[2J[/x]"):
        ingest.ingest([delivery(payload, content_type="application/json")])
    said = [carewire("quarantine", *words) for words in (["list"], ["show", "1"], ["show", "2"])]
    assert [each.exit_code for each in said] == [0, 0, 0]
    assert not any("\x1b" in each.output for each in said)
