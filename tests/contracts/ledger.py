"""What the ledger keeps to on every relational database. A test module's class gives a `store`."""

import json
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, select, update

from cloud.ledger.entries import about_hash, decode_entry
from cloud.ports import (
    OPERATOR,
    SERVICE,
    AlertState,
    Deed,
    DutyShift,
    FactNote,
    LedgerNote,
    OvertakenError,
    Patient,
    Person,
    PolicyChange,
    Priority,
    Remembered,
    Role,
    RuleChange,
    Silence,
    WitnessWord,
)
from cloud.storage.relational.ledger import ENTERED_AT_ONCE
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import ledger_entry, ledger_node, ledger_pseudonym
from tests.contracts.relational.rows import alert, commit, handed
from vitals.errors import DamagedError
from vitals.ledger.merkle import EMPTY_ROOT, is_consistent, is_included, leaf_hash


def note(
    t_ms: int = 1, *, actor: str = "u-lin", patient_id: str | None = "p-wei", **about: str
) -> LedgerNote:
    return LedgerNote(t_ms=t_ms, deed=Deed.LOOKED, actor=actor, patient_id=patient_id, about=about)


def enter(store: Relational, *notes: LedgerNote) -> None:
    store.ledger.append_all(notes)
    store.ledger.enter()


def times(store: Relational) -> Sequence[int]:
    """When what stands in the tree was done, in its order."""
    return [decode_entry(each.line).t_ms for each in store.ledger_book.entries(0, 10_000)]


class LedgerContract:
    """Deeds are entered in order, each once, provable for good, and name nobody once they are forgotten."""

    def test_an_empty_ledger_has_the_empty_root(self, store: Relational) -> None:
        with store.ledger_book.tree() as tree:
            assert (tree.size, tree.root()) == (0, EMPTY_ROOT)
        assert store.ledger.enter() == 0
        assert store.ledger_book.newest_head() is None

    def test_what_is_entered_is_proven(self, store: Relational) -> None:
        enter(store, *(note(t_ms) for t_ms in range(40)))
        with store.ledger_book.tree() as tree:
            small = (tree.size, tree.root())
        enter(store, *(note(t_ms) for t_ms in range(40, 300)))
        with store.ledger_book.tree() as tree:
            assert is_consistent(*small, tree.size, tree.root(), tree.consistency(small[0]))
            for each in store.ledger_book.entries(250, 60):
                assert each.leaf == leaf_hash(each.line)
                path = tree.inclusion(each.number)
                assert is_included(each.leaf, each.number, tree.size, path, tree.root())
        assert times(store) == list(range(300))

    def test_more_than_a_batch_is_entered_in_one_go(self, store: Relational) -> None:
        enter(store, *(note(t_ms) for t_ms in range(ENTERED_AT_ONCE + 5)))
        assert store.ledger.waiting() == 0
        assert times(store) == list(range(ENTERED_AT_ONCE + 5))

    def test_an_entry_has_pseudonyms_and_a_salted_hash_and_nothing_else_of_anybody(
        self, store: Relational
    ) -> None:
        enter(store, note(what="vitals"), note(what="vitals"), note(actor=SERVICE, patient_id=None))
        first, second, third = store.ledger_book.entries(0, 9)
        for each in (first, second):
            assert b"lin" not in each.line
            assert b"wei" not in each.line
            assert b"vitals" not in each.line
        one, other = decode_entry(first.line), decode_entry(second.line)
        assert (one.actor, one.patient) == (other.actor, other.patient)
        assert one.actor != one.patient
        assert one.about != other.about
        assert first.salt is not None
        assert one.about == about_hash(first.salt, first.about or "")
        assert decode_entry(third.line).actor == SERVICE
        assert store.ledger_book.people([one.actor, one.patient or ""]) == {one.actor: "u-lin"}

    def test_a_person_and_a_patient_of_one_id_have_two_pseudonyms(self, store: Relational) -> None:
        enter(store, note(actor="same", patient_id="same"))
        entry = decode_entry(store.ledger_book.entries(0, 1)[0].line)
        assert entry.actor != entry.patient

    def test_what_is_undone_is_not_written_down(self, store: Relational) -> None:
        def undone() -> None:
            with store.database.together():
                store.ledger.append(note())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            undone()
        assert store.ledger.waiting() == 0

    def test_what_is_done_together_is_written_down_with_it(self, store: Relational) -> None:
        with store.database.together():
            store.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
            store.ledger.append(note(actor=OPERATOR))
        assert store.ledger.enter() == 1

    def test_several_who_write_and_enter_at_once_lose_and_double_nothing(self, store: Relational) -> None:
        failed: list[Exception] = []

        def work(first: int) -> None:
            try:
                for at in range(12):
                    store.ledger.append(note(first + at))
                    store.ledger.enter()
            except Exception as error:  # noqa: BLE001 - told by the test
                failed.append(error)

        threads = [threading.Thread(target=work, args=(100 * each,)) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        store.ledger.enter()
        assert not failed
        assert sorted(times(store)) == sorted(100 * each + at for each in range(4) for at in range(12))
        with store.ledger_book.tree() as tree:
            last = store.ledger_book.entries(tree.size - 1, 1)[0]
            assert is_included(last.leaf, last.number, tree.size, tree.inclusion(last.number), tree.root())

    def test_a_patients_entries_are_read_newest_first_a_page_at_a_time(self, store: Relational) -> None:
        enter(store, *(note(t_ms, patient_id="p-wei" if t_ms % 2 else "p-ama") for t_ms in range(9)))
        book = store.ledger_book
        assert [each.number for each in book.of_patient("p-wei", None, 3)] == [7, 5, 3]
        assert [each.number for each in book.of_patient("p-wei", 3, 3)] == [1]
        assert book.of_patient("p-nobody", None, 3) == []
        assert book.is_about(7, "p-wei")
        assert not book.is_about(6, "p-wei")
        assert not book.is_about(99, "p-wei")

    def test_who_is_forgotten_is_named_by_nothing_and_the_tree_stays_as_it_was(
        self, store: Relational
    ) -> None:
        store.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
        store.directory.add_person(
            Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id="p-wei")
        )
        enter(store, note(1, actor="u-wei", what="vitals"), note(2, patient_id="p-ama"))
        store.ledger.append(note(3, what="waveforms"))
        with store.ledger_book.tree() as tree:
            before = tree.root(2)
        lines = [each.line for each in store.ledger_book.entries(0, 2)]
        assert store.forgetting.forget("p-wei").rows["ledger_entry"] == 2
        with store.ledger_book.tree() as tree:
            assert (tree.size, tree.root(2)) == (3, before)
        entries = store.ledger_book.entries(0, 9)
        assert [each.line for each in entries[:2]] == lines
        assert [(each.salt is None, each.about) for each in entries] == [
            (True, None),
            (False, "{}"),
            (True, None),
        ]
        with store.database.read() as connection:
            left = connection.scalars(select(ledger_pseudonym.c.subject)).all()
        assert sorted(left) == ["p-ama", "u-lin"]
        assert store.ledger_book.of_patient("p-wei", None, 9) == []

    def test_who_comes_back_after_that_is_somebody_else(self, store: Relational) -> None:
        store.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
        enter(store, note())
        store.forgetting.forget("p-wei")
        enter(store, note())
        looks = [decode_entry(each.line) for each in store.ledger_book.entries(0, 9)]
        first, second = (each.patient for each in looks if each.deed == Deed.LOOKED)
        assert first != second

    def test_a_tree_that_lacks_hashes_takes_nothing_more_and_what_waits_goes_on_waiting(
        self, store: Relational
    ) -> None:
        enter(store, *(note(t_ms) for t_ms in range(20)))
        with store.database.write() as connection:
            connection.execute(delete(ledger_entry).where(ledger_entry.c.number == 17))
        store.ledger.append_all([note(t_ms) for t_ms in range(20)])
        with pytest.raises(DamagedError, match="entries 16 to 19 are missing"):
            store.ledger.enter()
        assert store.ledger.waiting() == 20

    def test_an_altered_leaf_changes_the_root_of_nothing_that_was_full(self, store: Relational) -> None:
        enter(store, *(note(t_ms) for t_ms in range(40)))
        with store.ledger_book.tree() as tree:
            root, path = tree.root(32), tree.inclusion(3, 32)
        with store.database.write() as connection:
            connection.execute(
                update(ledger_entry).where(ledger_entry.c.number == 2).values(leaf=leaf_hash(b"other"))
            )
        with store.ledger_book.tree() as tree:
            assert tree.root(32) == root
            assert tree.inclusion(3, 32) != path

    def test_the_hashes_are_written_once_and_are_few(self, store: Relational) -> None:
        enter(store, *(note(t_ms) for t_ms in range(600)))
        with store.database.read() as connection:
            levels = connection.scalars(select(ledger_node.c.level)).all()
        assert (levels.count(1), levels.count(2)) == (37, 2)

    def test_the_origin_is_given_once_and_an_epoch_only_rises(self, store: Relational) -> None:
        book = store.ledger_book
        origin, epoch = book.origin()
        assert epoch == 0
        book.begin_epoch(5)
        book.begin_epoch(3)
        assert book.origin() == (origin, 5)

    def test_the_last_word_of_a_witness_is_kept(self, store: Relational) -> None:
        word = WitnessWord(gateway="gw-1", epoch=0, size=3, verdict="grown", said_ms=1)
        later = WitnessWord(gateway="gw-1", epoch=0, size=9, verdict="rolled-back", said_ms=2)
        store.ledger_book.note_word(word)
        store.ledger_book.note_word(later)
        assert store.ledger_book.words() == [later]

    def test_what_becomes_of_an_alert_is_written_down_with_it(self, store: Relational) -> None:
        commit(store, "p-wei", b"1", [alert("a1", patient_id="p-wei", raised_ms=5)], [])
        commit(store, "p-wei", b"2", [alert("a1", patient_id="p-wei", raised_ms=5)], [])
        taken = alert(
            "a1",
            patient_id="p-wei",
            raised_ms=5,
            state=AlertState.ACKNOWLEDGED,
            acknowledged_ms=9,
            acknowledged_by="u-lin",
            acknowledged_reason="real",
        )
        commit(store, "p-wei", b"3", [taken, alert("a2", patient_id="p-wei", state=AlertState.PENDING)], [])
        store.alerts.handed_off([handed(alert_id="a1"), handed(alert_id="a1", channel="held:silenced")])
        found = [(each["alert"], each["became"], each.get("reason")) for each in decided(store)]
        assert found == [
            ("a1", "active", None),
            ("a1", "acknowledged", "real"),
            ("a1", "told", None),
            ("a1", "held", None),
        ]
        assert decided(store)[-1]["way"] == "held:silenced"

    def test_an_alert_that_is_not_committed_is_not_written_down(self, store: Relational) -> None:
        commit(store, "p-wei", b"1", [], [])
        overtaken = Remembered(patient_id="p-wei", revision=7)
        with pytest.raises(OvertakenError):
            store.alerts.commit(overtaken, b"2", [alert("a1", patient_id="p-wei")])
        assert decided(store) == []

    def test_what_is_changed_of_care_is_written_down_with_who_did(self, store: Relational) -> None:
        store.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
        for person in ("u-lin", "u-mei"):
            store.directory.add_person(Person(id=person, display_name=person, role=Role.CLINICIAN))
        change = RuleChange(
            patient_id="p-wei",
            rule="tachycardia",
            changes={"limit": 141.5},
            from_ms=1,
            until_ms=None,
            author_id="u-mei",
            reason="typed by somebody",
            made_ms=2,
        )
        store.rules.add(change)
        fact = FactNote(
            patient_id="p-wei",
            name="on_oxygen",
            value=True,
            from_ms=1,
            until_ms=None,
            author_id="u-mei",
            made_ms=3,
        )
        store.facts.note(fact)
        store.silences.add(silence())
        store.silences.end("s1", "u-lin", 20)
        store.silences.end("s1", "u-lin", 21)
        store.duties.take(
            DutyShift(
                id="d1",
                patient_id="p-wei",
                person_id="u-lin",
                from_ms=1,
                until_ms=None,
                made_by="u-mei",
                made_ms=4,
            )
        )
        store.policies.add(
            PolicyChange(patient_id="p-wei", policies={}, author_id="u-mei", reason="as agreed", made_ms=5)
        )
        store.ledger.enter()
        entries = store.ledger_book.of_patient("p-wei", None, 99)
        deeds = [decode_entry(each.line).deed for each in reversed(entries)]
        assert deeds == ["rule-changed", *["care-changed"] * 5]
        said = " ".join(each.about or "" for each in entries)
        assert "tachycardia" in said
        assert "141" not in said
        assert "typed" not in said
        assert "on_oxygen" in said


def silence() -> Silence:
    return Silence(
        id="s1",
        patient_id="p-wei",
        condition="tachycardia",
        from_ms=1,
        until_ms=99,
        author_id="u-lin",
        floor=Priority.HIGH,
        reason="typed by somebody",
        made_ms=3,
    )


def decided(store: Relational) -> list[dict[str, str]]:
    """What was noted of alerts, in order."""
    store.ledger.enter()
    return [
        json.loads(each.about or "{}")
        for each in store.ledger_book.entries(0, 99)
        if decode_entry(each.line).deed == Deed.ALERT_DECIDED
    ]
