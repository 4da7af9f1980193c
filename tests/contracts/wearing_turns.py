"""What holds when two people say at once who wears a device. A module derives it, with a `store`."""

import threading
from collections.abc import Collection, Mapping, Sequence

from cloud.ports import OPERATOR, Deed, Patient, Wearing
from cloud.storage.relational.directory import RelationalDirectory
from cloud.storage.relational.opening import Relational
from cloud.wearing.desk import NotWornError, WearingBook, WearingDesk
from tests.contracts.gateway_turns import at_once
from tests.contracts.records import STRAP
from tests.fakes.clock import FakeClock

_HEAD_START_S = 0.3
"""How long the other is given to get between, which it must not."""


class PausingDirectory(RelationalDirectory):
    """Lets somebody else begin between looking at who wears a device and saying who does."""

    def __init__(self, store: Relational) -> None:
        super().__init__(store.database, store.sealer)
        self.is_reached, self.is_past = threading.Event(), threading.Event()

    def wearings_of(self, devices: Collection[str]) -> Mapping[str, Sequence[Wearing]]:
        found = super().wearings_of(devices)
        if not self.is_reached.is_set():
            self.is_reached.set()
            self.is_past.wait(_HEAD_START_S)
        return found


def desk_over(store: Relational, book: WearingBook) -> WearingDesk:
    return WearingDesk(
        book=book, ledger=store.ledger, together=store.database.together, clock=FakeClock(wall=9_000.0)
    )


class WearingTurnsContract:
    """Whoever comes between sees what the other said, and takes nobody's time away."""

    def test_of_two_who_bind_a_device_at_once_neither_takes_what_is_the_others(
        self, store: Relational
    ) -> None:
        for name in ("wei", "ana"):
            store.directory.add_patient(Patient(id=name, display_name=name))
        slow_book, done = PausingDirectory(store), list[str]()

        def since_long() -> None:
            desk_over(store, slow_book).bind(STRAP, "wei", by=OPERATOR, since_ms=1_000)
            done.append("wei")

        def from_now_on() -> None:
            slow_book.is_reached.wait(30)
            desk_over(store, store.directory).bind(STRAP, "ana", by=OPERATOR)
            slow_book.is_past.set()
            done.append("ana")

        at_once(since_long, from_now_on)
        assert sorted(done) == ["ana", "wei"]
        assert store.directory.wearings_of([STRAP])[STRAP] == [
            Wearing(from_ms=1_000, patient_id="wei"),
            Wearing(from_ms=9_000, patient_id="ana"),
        ]

    def test_of_two_who_take_a_device_off_at_once_one_does(self, store: Relational) -> None:
        store.directory.add_patient(Patient(id="wei", display_name="wei"))
        store.directory.bind(STRAP, "wei", 1_000)
        slow_book, done = PausingDirectory(store), list[str]()

        def take_off(book: WearingBook) -> None:
            try:
                desk_over(store, book).take_off(STRAP, by=OPERATOR, seen="wei")
            except NotWornError:
                done.append("refused")
            else:
                done.append(Deed.DEVICE_TAKEN_OFF)

        def after() -> None:
            slow_book.is_reached.wait(30)
            take_off(store.directory)
            slow_book.is_past.set()

        at_once(lambda: take_off(slow_book), after)
        assert sorted(done) == [Deed.DEVICE_TAKEN_OFF, "refused"]
