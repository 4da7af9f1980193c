"""What gateways run is on the ledger as it changes, whether a roll-out or a hand brought it."""

import pytest

from cloud.ports import SERVICE, Deed
from cloud.rollouts.running import RunningLog
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.running_book import FakeRunningBook
from vitals.errors import StorageError
from vitals.records import GatewayReport


@pytest.fixture
def office() -> FakeBackOffice:
    return FakeBackOffice()


@pytest.fixture
def book() -> FakeRunningBook:
    return FakeRunningBook()


@pytest.fixture
def log(book: FakeRunningBook, office: FakeBackOffice) -> RunningLog:
    return RunningLog(book=book, gateways=office)


def says(office: FakeBackOffice, heard_ms: int, models: dict[str, int], software: str = "1.0") -> None:
    report = GatewayReport(
        t_ms=1, software=software, outbox_records=0, outbox_bytes=0, models=models, configuration_version=0
    )
    office.heard["hallway"] = heard_ms
    office.reports["hallway"] = (report, heard_ms)


def noted(book: FakeRunningBook) -> list[tuple[Deed, str, str, str | None]]:
    assert all(each.actor == SERVICE for each in book.ledger.notes)
    return [
        (each.deed, each.about["line"], each.about["version"], each.about.get("before"))
        for each in book.ledger.notes
    ]


def test_what_runs_at_first_and_every_change_of_it_is_entered_once(
    log: RunningLog, book: FakeRunningBook, office: FakeBackOffice
) -> None:
    says(office, 10, {"beats": 2})
    log.step()
    log.step()
    assert noted(book) == [
        (Deed.CONFIGURATION_CHANGED, "software", "1.0", None),
        (Deed.CONFIGURATION_CHANGED, "configuration", "0", None),
        (Deed.MODEL_CHANGED, "model beats", "2", None),
    ]
    says(office, 20, {"beats": 3})
    log.step()
    assert noted(book)[3:] == [(Deed.MODEL_CHANGED, "model beats", "3", "2")]
    (_, beats, _) = book.running()
    assert (beats.version, beats.since_ms) == ("3", 20)


def test_what_is_known_outlives_the_process(book: FakeRunningBook, office: FakeBackOffice) -> None:
    says(office, 10, {"beats": 2})
    RunningLog(book=book, gateways=office).step()
    before = len(book.ledger.notes)
    says(office, 20, {"beats": 2})
    RunningLog(book=book, gateways=office).step()
    assert len(book.ledger.notes) == before


def test_what_could_not_be_written_down_is_tried_again(
    log: RunningLog, book: FakeRunningBook, office: FakeBackOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(office, 10, {"beats": 2})

    def refuse(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(FakeRunningBook, "note_running", refuse)
        with pytest.raises(StorageError):
            log.step()
    log.step()
    assert len(book.running()) == 3


def test_a_gateway_that_has_not_reported_yet_says_nothing(
    log: RunningLog, book: FakeRunningBook, office: FakeBackOffice
) -> None:
    office.heard["hallway"] = 10
    log.step()
    assert book.running() == []
