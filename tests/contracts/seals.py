"""What a relational database keeps sealed. A test module's class gives an open `store` and its `url`."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import Column, insert, select, update

from cloud.backup import keyring
from cloud.ports import (
    UNREADABLE,
    ApiToken,
    Channel,
    ClinicalNote,
    ContactPoint,
    EscalationPolicy,
    FactNote,
    GlassBreak,
    Passkey,
    Patient,
    PatientMessage,
    Person,
    Place,
    PolicyChange,
    Priority,
    Role,
    RuleChange,
    Scope,
    Silence,
    Team,
)
from cloud.sealing.key_place import KeyPlace
from cloud.sealing.master import MasterKeys
from cloud.sealing.sealed import is_sealed
from cloud.storage.relational import sealing_in_place, tables
from cloud.storage.relational.database import Database
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.relational.sealed_rows import SEALED
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError, SealError, StorageError

CANARY = "Zyxwendoline"
PATIENT = Patient(id="p-1", display_name=f"{CANARY} of Example Street")
PERSON = Person(id="u-1", display_name=f"daughter of {CANARY}", role=Role.CAREGIVER)
CONTACT = ContactPoint(
    id="c-1",
    person_id="u-1",
    channel=Channel.EMAIL,
    address={"email": f"{CANARY}@example.org"},
    label=f"the phone of {CANARY}",
    added_ms=1,
)
SILENCE = Silence(
    id="s-1",
    patient_id="p-1",
    condition="low_spo2",
    from_ms=0,
    until_ms=10,
    floor=Priority.MEDIUM,
    author_id="u-1",
    reason=f"{CANARY} takes a bath",
    made_ms=0,
)
FACT = FactNote(
    patient_id="p-1", name="birth_date", value=CANARY, from_ms=0, until_ms=None, author_id="u-1", made_ms=0
)
RULE_CHANGE = RuleChange(
    patient_id="p-1",
    rule="tachycardia",
    changes={"limit": 140},
    from_ms=0,
    until_ms=None,
    author_id="u-1",
    reason=f"{CANARY} runs",
    made_ms=0,
)
POLICY_CHANGE = PolicyChange(
    patient_id="p-1",
    policies={Priority.HIGH: EscalationPolicy(steps=())},
    author_id="u-1",
    reason=f"as {CANARY} asked",
    made_ms=0,
)
GLASS_BREAK = GlassBreak(
    id="g-1", patient_id="p-1", person_id="u-1", reason=f"{CANARY} does not answer", from_ms=0, until_ms=10
)
NOTE = ClinicalNote(id="n-1", patient_id="p-1", text=f"{CANARY} slept well", author_id="u-1", made_ms=0)
MESSAGE = PatientMessage(
    id="m-1", patient_id="p-1", text=f"{CANARY} asks for tea", author_id="u-1", made_ms=0
)
TEAM = Team(id="t-1", name=f"Friends of {CANARY}", made_by="u-1", made_ms=0)
PASSKEY = Passkey(
    id=b"\x00key",
    person_id="u-1",
    handle=b"h",
    public_key=b"p",
    count=0,
    label=f"{CANARY}'s telephone",
    added_ms=0,
    is_synced=False,
)
TOKEN = ApiToken(
    id="k-1",
    token_hash=b"h" * 32,
    person_id="u-1",
    label=f"the clock of {CANARY}",
    scopes=frozenset({Scope.VITALS}),
    is_read_only=True,
    made_ms=0,
    expires_ms=10,
)


def fill(store: Relational) -> None:
    store.directory.add_patient(PATIENT)
    store.directory.add_person(PERSON)
    store.contacts.add(CONTACT)
    store.silences.add(SILENCE)
    store.facts.note(FACT)


def fill_the_rest(store: Relational) -> None:
    store.rules.add(RULE_CHANGE)
    store.notes.write(NOTE)
    store.messages.write(MESSAGE)
    store.policies.add(POLICY_CHANGE)
    store.glass.add_break(GLASS_BREAK)
    store.teams.add_team(TEAM)
    store.passkeys.add_passkey(PASSKEY)
    store.api_tokens.add_token(TOKEN)


def read_all(store: Relational) -> dict[str, Sequence[Any]]:
    """Return what pages and alerts read of what is sealed, by table."""
    try:
        contacts = store.contacts.of(["u-1"]).get("u-1", ())
    except SealError:
        contacts = ()
    return {
        "patient": store.directory.known_patients(["p-1"]),
        "person": store.directory.people(),
        "contact_point": contacts,
        "fact_note": store.facts.of(["p-1"])["p-1"],
        "clinical_note": store.notes.of("p-1", 9),
        "patient_message": store.messages.of("p-1", 9),
        "rule_change": store.rules.of(["p-1"])["p-1"],
        "policy_change": store.policies.of("p-1", 9),
        "glass_break": store.glass.breaks(9),
        "silence": store.silences.in_force(5),
        "care_team": store.teams.teams(),
        "passkey": store.passkeys.passkeys_of("u-1"),
        "api_token": store.api_tokens.tokens(),
    }


def everything_in(database: Database) -> str:
    with database.snapshot() as connection:
        return "\n".join(
            str(tuple(row))
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def empty(url: str) -> None:
    """Leave no row that another master key sealed."""
    with closing(Database(url)) as database:
        database.migrate()
        with database.write() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(table.delete())


def readable(url: str) -> None:
    """Put a patient there who is not sealed, as an earlier version of this program left them."""
    with closing(Database(url)) as database, database.write() as connection:
        connection.execute(tables.sealed_column.delete())
        connection.execute(update(tables.patient).values(display_name=PATIENT.display_name))
        connection.execute(update(tables.contact_point).values(address=CONTACT.address))
        connection.execute(update(tables.passkey).values(label=PASSKEY.label))
        connection.execute(update(tables.care_team).values(name=TEAM.name))


class SealsContract:
    """What is kept of people is sealed by keys of their own, under a master key outside the database."""

    @pytest.fixture
    def keys(self, tmp_path: Path) -> KeyPlace:
        return KeyPlace(folder=tmp_path / "master")

    @pytest.fixture
    def sealed_store(self, url: str, keys: KeyPlace) -> Iterator[Relational]:
        empty(url)
        with self.opened(url, keys) as store:
            fill(store)
            yield store
        empty(url)

    @contextmanager
    def opened(self, url: str, keys: KeyPlace) -> Iterator[Relational]:
        with closing(open_relational(url, keys=keys)) as store:
            yield store

    def test_everything_reads_back_and_nothing_of_it_is_readable_in_the_database(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        fill_the_rest(sealed_store)
        assert CANARY not in everything_in(sealed_store.database)
        with self.opened(url, keys) as again:
            assert read_all(again) == read_all(sealed_store)
            assert again.teams.teams() == [TEAM]
            assert again.passkeys.passkeys_of("u-1") == (PASSKEY,)
            assert again.api_tokens.tokens() == (TOKEN,)
            assert again.directory.patient("p-1") == PATIENT
            assert again.directory.person("u-1") == PERSON
            assert again.contacts.of(["u-1"]) == {"u-1": [CONTACT]}
            assert again.silences.silence("s-1") == SILENCE
            assert again.facts.of(["p-1"])["p-1"][0].value == CANARY

    def test_without_its_master_key_nothing_is_opened_and_no_other_is_made(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        kept = keys.file.read_text()
        keys.file.unlink()
        with pytest.raises(ConfigurationError, match="put that file back from its backup"):
            open_relational(url, keys=keys)
        assert not keys.file.exists()
        other = KeyPlace(folder=keys.folder / "other")
        other.make(token_bytes)
        with pytest.raises(ConfigurationError, match="put that file back from its backup"):
            open_relational(url, keys=other)
        keys.file.touch(mode=0o600)
        keys.file.write_text(kept)
        assert sealed_store.directory.patient("p-1") == PATIENT

    def test_a_sealed_name_put_in_anothers_row_is_no_name_and_health_says_so(
        self, sealed_store: Relational
    ) -> None:
        other = Patient(id="p-2", display_name="Somebody else")
        sealed_store.directory.add_patient(other)
        self.swap(sealed_store, tables.patient.c.display_name, tables.patient.c.id, "p-1", "p-2")
        assert sealed_store.directory.patient("p-2") == replace(other, display_name=UNREADABLE)
        found = sealed_store.directory.known_patients(["p-1", "p-2"])
        assert {one.id: one.display_name for one in found} == {"p-1": PATIENT.display_name, "p-2": UNREADABLE}
        (trouble,) = sealed_store.troubles()
        assert trouble.startswith("sealed values: 1 of patient.display_name do not open: put keys back")
        sealed_store.directory.add_patient(other)
        assert sealed_store.directory.patient("p-2") == other
        assert sealed_store.troubles() == ()

    def swap(self, store: Relational, column: Column[Any], key: Column[Any], of: object, to: object) -> None:
        """Have a row hold what was sealed for another."""
        with store.database.write() as connection:
            stolen = connection.scalar(select(column).where(key == of))
            connection.execute(update(column.table).where(key == to).values({column: stolen}))

    @pytest.mark.parametrize("column", [one.name for one in SEALED])
    def test_of_each_sealed_column_one_damaged_value_leaves_everything_else_as_it_was(
        self, sealed_store: Relational, column: str
    ) -> None:
        fill_the_rest(sealed_store)
        before = read_all(sealed_store)
        assert sealed_store.troubles() == ()
        one = next(each for each in SEALED if each.name == column)
        damaged = f"cw1:{'0' * 16}:AAAA"
        with sealed_store.database.write() as connection:
            assert connection.execute(update(one.table).values({one.column: damaged})).rowcount == 1
        after = read_all(sealed_store)
        assert {name for name in before if after[name] != before[name]} == {one.table.name}
        if one.table is not tables.contact_point:
            (left,) = after[one.table.name]
            assert left == replace(before[one.table.name][0], **{one.column: one.unreadable})
        (trouble,) = sealed_store.troubles()
        assert f"1 of {column} do not open: put keys back" in trouble
        assert CANARY not in trouble

    def test_what_did_not_open_of_somebody_who_is_erased_is_no_trouble_any_more(
        self, sealed_store: Relational
    ) -> None:
        with sealed_store.database.write() as connection:
            connection.execute(update(tables.patient).values(display_name=f"cw1:{'0' * 16}:AAAA"))
        assert sealed_store.directory.known_patients(["p-1"]) == [replace(PATIENT, display_name=UNREADABLE)]
        assert sealed_store.troubles() != ()
        sealed_store.forgetting.forget("p-1")
        assert sealed_store.troubles() == ()

    def test_a_key_that_was_put_back_opens_everything_again_without_a_restart(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        kept = keyring.of(sealed_store.database)
        with sealed_store.database.write() as connection:
            connection.execute(tables.data_key.delete())
        assert kept is not None
        with self.opened(url, keys) as store:
            assert store.directory.people() == [replace(PERSON, display_name=UNREADABLE)]
            assert [one.reason for one in store.silences.in_force(5)] == [UNREADABLE]
            assert "1 of person.display_name, 1 of silence.reason" in store.troubles()[0]
            with store.database.write() as connection:
                keyring.put_back(connection, kept)
            assert store.directory.people() == [PERSON]
            assert store.silences.in_force(5) == (SILENCE,)
            assert store.troubles() == ()

    def test_a_way_that_does_not_open_costs_nobody_another(self, sealed_store: Relational) -> None:
        other = replace(CONTACT, id="c-2", added_ms=2)
        sealed_store.contacts.add(other)
        address = tables.contact_point.c.address
        with sealed_store.database.write() as connection:
            stolen = connection.scalar(select(address).where(tables.contact_point.c.id == "c-2"))
            connection.execute(
                update(tables.contact_point).where(tables.contact_point.c.id == "c-1").values(address=stolen)
            )
        assert sealed_store.contacts.of(["u-1"]) == {"u-1": [other]}
        sealed_store.contacts.remove("c-2", "gone", 3)
        with pytest.raises(SealError, match=r"contact_point\.address"):
            sealed_store.contacts.of(["u-1"])

    def test_a_name_that_does_not_open_keeps_nobody_else_from_what_they_may_see(
        self, sealed_store: Relational
    ) -> None:
        sealed_store.directory.add_person(replace(PERSON, id="u-2", display_name="Ben"))
        self.swap(sealed_store, tables.person.c.display_name, tables.person.c.id, "u-2", "u-1")
        people = {each.id: each.display_name for each in sealed_store.relations.related(0).people}
        assert people == {"u-1": "?", "u-2": "Ben"}

    def test_what_was_readable_is_sealed_when_it_is_opened_and_reads_the_same(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        fill_the_rest(sealed_store)
        readable(url)
        assert CANARY in everything_in(sealed_store.database)
        with self.opened(url, keys) as again:
            assert CANARY not in everything_in(again.database)
            assert again.passkeys.passkeys_of("u-1") == (PASSKEY,)
            assert again.teams.teams() == [TEAM]
            assert again.directory.patient("p-1") == PATIENT
            assert again.contacts.of(["u-1"]) == {"u-1": [CONTACT]}

    def test_sealing_that_was_cut_off_goes_on_at_the_next_start(
        self, sealed_store: Relational, url: str, keys: KeyPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        readable(url)
        with monkeypatch.context() as patched:
            no_column = replace(SEALED[0], column="none")
            patched.setattr(sealing_in_place, "SEALED", (SEALED[0], no_column, *SEALED[1:]))
            with pytest.raises(StorageError, match="none"):
                open_relational(url, keys=keys)
        halfway = everything_in(sealed_store.database)
        assert (PATIENT.display_name in halfway, CONTACT.address["email"] in halfway) == (False, True)
        with self.opened(url, keys) as again:
            assert CANARY not in everything_in(again.database)
            assert again.contacts.of(["u-1"]) == {"u-1": [CONTACT]}
        assert sealed_store.directory.patient("p-1") == PATIENT

    def test_a_new_master_key_opens_all_and_the_old_one_nothing(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        old = keys.file.read_text()
        sealed_before = everything_in(sealed_store.database)
        with self.opened(url, keys) as elsewhere:
            assert elsewhere.sealer.rotate() == 2
            assert keys.file.read_text() != old
        assert sealed_store.directory.patient("p-1") == PATIENT  # a process that ran meanwhile
        later = Patient(id="p-3", display_name="came later")
        sealed_store.directory.add_patient(later)
        with self.opened(url, keys) as again:
            assert again.directory.patient("p-1") == PATIENT
            assert again.directory.patient("p-3") == later
            name = next(line for line in sealed_before.splitlines() if line.startswith("('p-1', 'cw1"))
            assert name in everything_in(again.database)
        with pytest.raises(ConfigurationError, match="put that file back"):
            open_relational(url, keys=KeyPlace(folder=keys.folder / "x", given=old))

    def test_of_two_rotations_at_once_neither_lets_go_of_the_others_key(
        self, sealed_store: Relational, url: str, keys: KeyPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with self.opened(url, keys) as other:
            beside = threading.Thread(target=other.sealer.rotate)
            put, replaced = KeyPlace.replace, list[MasterKeys]()

            def put_slowly(place: KeyPlace, masters: MasterKeys) -> None:
                replaced.append(masters)
                if len(replaced) == 2:  # the first has wrapped all, and is about to let go of the old keys
                    beside.start()
                    beside.join(0.5)
                put(place, masters)

            monkeypatch.setattr(KeyPlace, "replace", put_slowly)
            sealed_store.sealer.rotate()
            beside.join(30)
        assert len(replaced) == 4
        with self.opened(url, keys) as again:
            assert again.directory.patient("p-1") == PATIENT

    def test_a_rotation_cut_off_at_any_step_leaves_everything_readable(
        self, sealed_store: Relational, url: str, keys: KeyPlace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for step in ("_unwrapped", "_database"):
            with self.opened(url, keys) as cut_off, monkeypatch.context() as patched:
                patched.setattr(cut_off.sealer, step, None)
                with pytest.raises((TypeError, AttributeError)):
                    cut_off.sealer.rotate()
            with self.opened(url, keys) as again:
                assert again.directory.patient("p-1") == PATIENT
        sealed_store.sealer.rotate()
        assert len(keys.file.read_text().splitlines()) == 3

    def test_an_erased_owners_key_seals_and_opens_nothing_more(self, sealed_store: Relational) -> None:
        with sealed_store.database.read() as connection:
            stolen = connection.scalar(select(tables.patient.c.display_name))
        sealed_store.forgetting.forget("p-1")
        place = SEALED[0].place_in({"id": "p-1"})
        with pytest.raises(SealError, match="the key of a sealed value is gone"):
            sealed_store.sealer.opened(str(stolen), place)
        with sealed_store.database.write() as connection:
            connection.execute(insert(tables.patient), {"id": "p-1", "display_name": stolen})
        assert sealed_store.directory.patient("p-1") == replace(PATIENT, display_name=UNREADABLE)

    def test_a_key_that_another_process_destroyed_is_dropped_from_memory_and_the_others_stay(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        place = SEALED[0].place_in({"id": "p-1"})
        with sealed_store.database.read() as connection:
            stolen = str(connection.scalar(select(tables.patient.c.display_name)))
        assert sealed_store.sealer.opened(stolen, place) == PATIENT.display_name
        with self.opened(url, keys) as another:
            another.forgetting.forget("p-1")
        assert sealed_store.sealer.opened(stolen, place) == PATIENT.display_name
        assert sealed_store.sealer.drop_destroyed() == 1
        with pytest.raises(SealError, match="the key of a sealed value is gone"):
            sealed_store.sealer.opened(stolen, place)
        assert sealed_store.sealer.drop_destroyed() == 0
        assert sealed_store.directory.person("u-1") == PERSON

    def test_many_that_seal_for_somebody_new_at_once_give_them_one_key(
        self, sealed_store: Relational, url: str, keys: KeyPlace
    ) -> None:
        place = Place(owner="patient/new", table="patient", column="display_name", row=("new",))
        sealed: list[str] = []

        def seal() -> None:
            with self.opened(url, keys) as mine:
                sealed.append(mine.sealer.seal("a name", place))

        threads = [threading.Thread(target=seal) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert [sealed_store.sealer.opened(one, place) for one in sealed] == ["a name"] * 4
        assert all(map(is_sealed, sealed))
        assert len({one.split(":")[1] for one in sealed}) == 1

    def test_a_key_made_in_a_transaction_that_failed_seals_nothing(self, sealed_store: Relational) -> None:
        place = Place(owner="patient/new", table="patient", column="display_name", row=("new",))

        def fail() -> None:
            with sealed_store.database.write() as connection:
                sealed_store.sealer.seal("a name", place, within=connection)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        sealed = sealed_store.sealer.seal("a name", place)
        assert sealed_store.sealer.opened(sealed, place) == "a name"

    def test_keys_are_dated(self, sealed_store: Relational) -> None:
        with sealed_store.database.read() as connection:
            made = connection.scalars(select(tables.data_key.c.made_ms)).all()
        assert all(0 <= ScaledClock().wall_ms() - one < 3_600_000 for one in made)
