"""A patient is erased while everything else goes on, from stores that are real."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cloud.alerts.judging.state import PatientState, encode_state
from cloud.bootstrap.erasing import eraser_over
from cloud.bootstrap.stores import Stores, open_stores
from cloud.config import CloudSettings
from cloud.erasing.eraser import Eraser
from cloud.erasing.work import EraserWork
from cloud.ingest.service import IngestService
from cloud.ports import (
    ERASED,
    Device,
    Erasure,
    ErasureState,
    Patient,
    Person,
    QuarantinedRecord,
    Role,
)
from cloud.sealing.erased import ErasedList
from cloud.storage.relational import tables
from tests.contracts.batches import batch, delivery
from tests.contracts.records import NOW_MS, STRAP, event, identified, run, strip
from tests.contracts.relational.rows import alert, commit, handed
from tests.fakes.clock import FakeClock
from vitals.errors import StorageError

WHO = "zx-the-patient-zx"
GATEWAY = "home"
DEVICE = Device(
    id=STRAP,
    gateway=GATEWAY,
    patient_id=WHO,
    link="connected",
    model=None,
    battery_percent=80,
    on_body=True,
    reported_ms=NOW_MS,
    received_ms=NOW_MS,
)


def set_aside(seq: int, payload: bytes) -> QuarantinedRecord:
    return QuarantinedRecord(
        gateway=GATEWAY,
        epoch="abcd1234-q",
        seq=seq,
        payload=payload,
        content_type="application/msgpack",
        reason="nobody understands it",
        received_ms=NOW_MS,
    )


def asked(reference: str = "ref-1", patient_id: str = WHO, due_ms: int = NOW_MS) -> Erasure:
    return Erasure(reference=reference, patient_id=patient_id, asked_by="u-1", asked_ms=0, due_ms=due_ms)


@dataclass
class House:
    """A service's stores, and what erases from them."""

    folder: Path
    stores: Stores
    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=NOW_MS))
    seq: int = 0

    @property
    def erased(self) -> ErasedList:
        return ErasedList(self.folder / "keys")

    def eraser(self) -> Eraser:
        return replace(
            eraser_over(self.stores, CloudSettings(data_dir=self.folder), self.clock), pause=lambda: None
        )

    def ingest(self, at_ms: int) -> IngestService:
        """Take in what a device measured, as its gateway sends it; return what took it in."""
        self.seq += 1
        service = IngestService(
            store=self.stores.series.records,
            devices=self.stores.relational.directory,
            answers=self.stores.relational.commands,
        )
        payload = batch(run((at_ms, 61.0)), first_seq=self.seq)
        (one,) = service.ingest([delivery(payload, gateway=GATEWAY)])
        assert one.ack.stored == [(self.seq, self.seq)]
        return service

    def left(self) -> list[str]:
        """Return the files in which the patient's id or name is."""
        return [
            str(each)
            for each in self.folder.rglob("*")
            if each.is_file() and (WHO.encode() in each.read_bytes() or b"Zyxwendoline" in each.read_bytes())
        ]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(open_stores(CloudSettings(data_dir=tmp_path))) as stores:
        directory = stores.relational.directory
        for who, device in ((WHO, STRAP), ("ana", "strap-of-ana")):
            directory.add_patient(Patient(id=who, display_name="Zyxwendoline"))
            directory.bind(device, who, NOW_MS - 1000)
        directory.add_person(Person(id="u-1", display_name="Zyxwendoline", role=Role.PATIENT, patient_id=WHO))
        directory.note_device(DEVICE)
        commit(stores.relational, WHO, b"how they are", [alert(WHO, patient_id=WHO)], ["slice"])
        stores.relational.alerts.handed_off([handed(WHO)])
        records = [identified(one, seq, patient_id=WHO) for seq, one in enumerate((event(1), strip(1)), 1)]
        stores.series.records.commit(records)
        house = House(folder=tmp_path, stores=stores)
        house.ingest(NOW_MS)
        yield house


def test_everything_goes_and_the_order_says_what_and_no_longer_who(house: House) -> None:
    order = house.stores.relational.erasures.ask(asked())
    assert house.stores.series.series.latest(WHO)
    house.eraser().erase(order)
    done = house.stores.relational.erasures.by_reference("ref-1")
    assert done is not None
    assert (done.state, done.patient_id, done.ended_ms) == (ErasureState.DONE, None, NOW_MS)
    assert {"patient", "person", "alert", "hand_off", "data_key", "strip", "hot_run"} <= set(done.rows)
    assert house.stores.series.series.latest(WHO) == {}
    assert house.stores.relational.directory.patient(WHO) is None
    assert house.stores.relational.directory.patient("ana") is not None


def test_no_byte_of_the_id_or_a_name_is_in_any_file_even_while_the_stores_are_open(house: House) -> None:
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    assert house.left() == []


def test_late_data_of_their_time_is_acknowledged_and_not_kept_under_anybody(house: House) -> None:
    house.stores.relational.directory.bind(STRAP, "ana", NOW_MS + 10)
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    assert house.ingest(NOW_MS + 5).stats.erased == 1
    assert house.ingest(NOW_MS + 5).stats.unbound == 0
    with house.stores.relational.database.read() as connection:
        assert connection.scalars(select(tables.evaluator_state.c.patient_id)).all() == []
    assert all(house.stores.series.series.latest(who) == {} for who in (WHO, ERASED, ""))
    assert [one.patient_id for one in house.stores.series.feed.pending(10)] == []
    house.ingest(NOW_MS + 10)
    assert house.stores.series.series.latest("ana")["heart_rate"].t_ms == NOW_MS + 10


def test_what_was_worn_before_by_somebody_else_stays_theirs_alone(house: House) -> None:
    directory = house.stores.relational.directory
    directory.bind("shared", "ana", 0)
    directory.bind("shared", WHO, 1000)
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    assert [(one.from_ms, one.patient_id) for one in directory.wearings_of(["shared"])["shared"]] == [
        (0, "ana"),
        (1000, ERASED),
    ]
    assert directory.devices_of("ana")[0].id == "strap-of-ana"
    assert WHO not in directory.wearers()
    assert ERASED not in directory.wearers()


def test_what_was_bound_before_and_is_written_after_does_not_slip_by(house: House) -> None:
    late = identified(run((NOW_MS + 7, 99.0)), 77, patient_id=WHO)
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    outcome = house.stores.series.records.commit([late])
    assert outcome.fresh == 1
    assert house.left() == []


def test_a_judgement_made_meanwhile_is_not_written_down(house: House) -> None:
    alerts = house.stores.relational.alerts
    before = alerts.load(WHO)
    house.stores.relational.erasures.ask(asked())
    house.stores.relational.erasures.begin("ref-1")
    house.stores.relational.forgetting.forget(WHO)
    alerts.commit(before, b"how they are", [alert(WHO, patient_id=WHO)], ["later"])
    assert alerts.alert(WHO) is None
    assert alerts.load(WHO).revision == 0


def test_what_was_set_aside_goes_where_it_names_what_they_wore(house: House) -> None:
    quarantine = house.stores.series.quarantine
    for seq, payload in enumerate((STRAP.encode(), b"strap-of-ana"), start=1):
        house.stores.series.records.commit([], [set_aside(seq, b"junk " + payload)])
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    assert [one.payload for one in quarantine.quarantined(10)] == [b"junk strap-of-ana"]
    assert [(one.discard.by, one.discard.at_ms) for one in quarantine.discarded(10)] == [("erasure", NOW_MS)]


def test_the_gateway_is_asked_to_drop_what_it_holds(house: House) -> None:
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    (command,) = house.stores.relational.commands.unanswered(NOW_MS, 10)
    assert (command.gateway, command.name, command.body["device"]) == (GATEWAY, "forget-device", STRAP)
    assert command.patient_id is None


@dataclass
class CutOff:
    """The RelationalEraser or SeriesKeeping port, which a kill cuts off after so many calls."""

    real: Any
    calls_left: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def forget(self, *args: Any, **kwargs: Any) -> Any:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise StorageError("the disk is away: wait")
        return self.real.forget(*args, **kwargs)


@pytest.mark.parametrize("part", ["relational", "series"])
@pytest.mark.parametrize("calls", [0, 1])
def test_killed_half_way_it_goes_on_at_the_next_start_and_health_tells_until_then(
    house: House, part: str, calls: int
) -> None:
    house.stores.relational.erasures.ask(asked())
    eraser = house.eraser()
    work = EraserWork(eraser=replace(eraser, **{part: CutOff(getattr(eraser, part), calls)}))
    work.step()
    assert work.troubles() == ("erasure: not done: the disk is away: wait",)
    again = EraserWork(eraser=house.eraser())
    again.step()
    assert again.troubles() == ()
    done = house.stores.relational.erasures.by_reference("ref-1")
    assert done is not None
    assert done.state is ErasureState.DONE
    assert done.rows["patient"] == 1
    assert house.left() == []


def test_nobody_is_erased_before_they_are_due_and_it_can_be_taken_back_until_then(house: House) -> None:
    book = house.stores.relational.erasures
    book.ask(asked(due_ms=NOW_MS + 1))
    work = EraserWork(eraser=house.eraser())
    work.step()
    assert house.stores.relational.directory.patient(WHO) is not None
    assert book.call_off("ref-1", ErasureState.CANCELLED, NOW_MS)
    house.clock.advance(10)
    work.step()
    assert house.stores.relational.directory.patient(WHO) is not None
    book.ask(asked("ref-2", due_ms=NOW_MS))
    work.step()
    assert house.stores.relational.directory.patient(WHO) is None


def test_what_is_taken_back_in_the_last_moment_is_not_done_and_nobody_is_on_the_list(house: House) -> None:
    book = house.stores.relational.erasures
    due = book.ask(asked())
    assert book.call_off("ref-1", ErasureState.CANCELLED, NOW_MS)
    house.eraser().erase(due)
    assert house.stores.relational.directory.patient(WHO) is not None
    assert house.erased.among([WHO]) == []


def test_what_was_asked_for_by_somebody_who_may_ask_no_more_is_not_done(house: House) -> None:
    relational = house.stores.relational
    before = relational.alerts.load(WHO)
    relational.alerts.commit(before, encode_state(PatientState(patient_id=WHO)), [])
    relational.accounts.close_account("u-1", NOW_MS)
    relational.erasures.ask(asked())
    work = EraserWork(eraser=house.eraser())
    work.step()
    assert work.troubles() == ()
    ended = relational.erasures.by_reference("ref-1")
    assert ended is not None
    assert ended.state is ErasureState.WITHHELD
    assert relational.directory.patient(WHO) is not None
    assert house.erased.among([WHO]) == []
    open_now = relational.alerts.alerts_of(WHO, open_only=True, limit=9)
    assert "erasure-withheld" in {one.condition for one in open_now}


def test_the_operator_waits_for_nothing(house: House) -> None:
    book = house.stores.relational.erasures
    book.ask(asked(due_ms=NOW_MS * 2))
    assert book.ask_now(asked("ref-2", due_ms=NOW_MS)).reference == "ref-1"
    assert [one.reference for one in book.due(NOW_MS)] == ["ref-1"]


def test_whom_an_older_copy_of_the_database_brings_back_is_erased_again(house: House) -> None:
    house.eraser().erase(house.stores.relational.erasures.ask(asked()))
    house.stores.relational.directory.add_patient(Patient(id=WHO, display_name="Zyxwendoline"))
    work = EraserWork(eraser=house.eraser())
    work.step()
    assert house.stores.relational.directory.patient(WHO) is None
    assert house.stores.relational.directory.patient("ana") is not None
    assert house.left() == []


def test_the_list_of_the_erased_names_nobody_and_is_read_by_its_owner_alone(house: House) -> None:
    house.erased.add("p-1")
    house.erased.add("p-1")
    file = house.folder / "keys" / "erased.txt"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().splitlines()) == 2
    assert "p-1" not in file.read_text()
    assert house.erased.among(["p-2", "p-1"]) == ["p-1"]


def test_where_it_cannot_be_written_that_somebody_is_erased_nobody_is(house: House) -> None:
    (house.folder / "keys" / "erased.txt").mkdir()
    house.stores.relational.erasures.ask(asked())
    work = EraserWork(eraser=house.eraser())
    work.step()
    (trouble,) = work.troubles()
    assert "nobody is erased before" in trouble or "Is a directory" in trouble
    assert house.stores.relational.directory.patient(WHO) is not None
