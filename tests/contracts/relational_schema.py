"""What the tables of every relational database keep to. A test module's class gives an empty `url`."""

import io

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, insert

from cloud.ports import EVERYTHING, OPERATOR, Beat, ServiceRole
from cloud.storage.relational.database import Database
from cloud.storage.relational.migrating import migrate_to, migrations
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.rows import count_rows, read_rows, revision_of, write_rows
from cloud.storage.relational.tables import metadata
from tests.contracts.relational.rows import CARER, WEI, alert, asked, commit, handed
from tests.fakes.master_key import opened
from tests.fakes.relations import a_grant
from tests.fakes.session_store import a_session
from vitals.errors import StorageError

REVISIONS = [script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()][::-1]


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def fill(store: Relational) -> None:
    """Put something of every type into it."""
    store.directory.add_patient(WEI)
    store.directory.add_person(CARER)
    store.sessions.add_session(a_session(b"\x00\xff" * 16, CARER.id, expires_ms=10**13))
    store.relations.give(a_grant(CARER.id, WEI.id))
    commit(store, WEI.id, b"\x00state\xff", [alert(explanation={"summary": "ünï", "x": None})], ["m"])
    store.alerts.handed_off([handed(), handed(error="no route")])
    store.commands.add(asked())


def rows_of(store: Relational) -> bytes:
    written = io.BytesIO()
    with store.database.snapshot() as connection:
        write_rows(connection, written)
    return written.getvalue()


class SchemaContract:
    """Migrations lead from every version to the declared tables, and rows outlive them and travel."""

    def test_the_migrations_lead_to_exactly_the_declared_tables(self, url: str) -> None:
        store = opened(url)
        with store.database.write() as connection:
            assert differences(connection) == []
        store.close()

    def test_what_each_version_was_given_is_there_in_the_newest(self, url: str) -> None:
        database = Database(url)
        for revision in REVISIONS:
            with database.write() as connection:
                migrate_to(connection, revision)
                assert revision_of(connection) == revision
                then = MetaData()
                then.reflect(connection, only=["patient"])
                given = {"id": f"of-{revision}", "display_name": f"Wei Zhang {revision}"}
                connection.execute(insert(then.tables["patient"]), given)
        database.close()
        store = opened(url)
        for revision in REVISIONS:
            patient = store.directory.patient(f"of-{revision}")
            assert patient is not None
            assert patient.display_name == f"Wei Zhang {revision}"
        with store.database.write() as connection:
            assert differences(connection) == []
        store.close()

    def test_what_was_granted_before_grants_had_scopes_stays_open_with_all_of_them(self, url: str) -> None:
        database = Database(url)
        with database.write() as connection:
            migrate_to(connection, "0010")
            then = MetaData()
            then.reflect(connection, only=["patient", "person", "access_grant"])
            connection.execute(insert(then.tables["patient"]), {"id": "wei", "display_name": "Wei"})
            sam = {"id": "carer", "display_name": "Sam", "role": "caregiver"}
            connection.execute(insert(then.tables["person"]), sam)
            granted = {"person_id": "carer", "patient_id": "wei", "from_ms": 100, "until_ms": 200}
            connection.execute(insert(then.tables["access_grant"]), granted)
        database.close()
        store = opened(url)
        (grant,) = store.relations.grants_of("wei")
        assert (grant.person_id, grant.from_ms, grant.until_ms) == ("carer", 100, 200)
        assert (grant.scopes, grant.given_by) == (EVERYTHING, OPERATOR)
        store.close()

    def test_rows_are_read_back_as_they_were_written_and_life_goes_on(self, url: str) -> None:
        store = opened(url)
        fill(store)
        written = rows_of(store)
        with store.database.write() as connection:
            counts = count_rows(connection)
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        assert read_rows(store.database, io.BytesIO(written)) == counts
        assert rows_of(store) == written
        store.alerts.handed_off([handed(channel="next")])
        assert [one.channel for one in store.alerts.hand_offs_of("a1")] == ["mail", "mail", "next"]
        store.close()

    def test_rows_of_an_earlier_version_are_brought_up_to_date_as_they_are_read(self, url: str) -> None:
        head = b'{"revision":"%s"}\n' % REVISIONS[0].encode()
        table = b'{"is":"table","table":"patient","columns":["id","display_name"]}\n["wei","Wei Zhang"]\n'
        database = Database(url)
        read_rows(database, io.BytesIO(head + table + b'{"is":"end","rows":{"patient":1}}\n'))
        with database.write() as connection:
            assert differences(connection) == []
        database.close()
        store = opened(url)
        assert store.directory.patient("wei") == WEI
        store.close()

    def test_a_database_that_holds_anything_takes_no_rows(self, url: str) -> None:
        store = opened(url)
        fill(store)
        written = rows_of(store)
        with pytest.raises(StorageError, match=r"not empty.*name an empty database"):
            read_rows(store.database, io.BytesIO(written))
        assert rows_of(store) == written
        store.close()

    def test_what_running_processes_tell_each_other_does_not_travel(self, url: str) -> None:
        store = opened(url)
        fill(store)
        written = rows_of(store)
        beat = Beat(process_id="p", roles=frozenset({ServiceRole.API}), count=1, troubles=())
        store.processes.beat(beat)
        assert rows_of(store) == written
        with store.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        store.processes.beat(beat)
        read_rows(store.database, io.BytesIO(written))
        assert rows_of(store) == written
        store.close()

    def test_rows_that_end_too_early_are_not_read_at_all(self, url: str) -> None:
        store = opened(url)
        fill(store)
        lines = rows_of(store).splitlines(keepends=True)
        with store.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        for torn in (lines[:-1], lines[:-3], lines[:5] + lines[6:], [*lines[:-1], lines[-1][:9]]):
            with pytest.raises(StorageError, match="use another backup"):
                read_rows(store.database, io.BytesIO(b"".join(torn)))
            with store.database.read() as connection:
                assert not any(count_rows(connection).values())
        store.close()
