"""What gateways run, on a relational database: one row a gateway and line."""

from collections.abc import Sequence

from sqlalchemy import select

from cloud.ports import Ledger, LedgerNote, RunningVersion
from cloud.storage.relational.database import Database, upsert
from cloud.storage.relational.tables import gateway_running

__all__ = ["RelationalRunning"]


class RelationalRunning:
    """The RunningBook port; what it notes in the ledger, it notes in the same transaction."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def running(self) -> Sequence[RunningVersion]:
        """Return every line of every gateway, by gateway and line."""
        query = select(gateway_running).order_by(gateway_running.c.gateway, gateway_running.c.line)
        with self._database.read() as connection:
            return [RunningVersion(**row) for row in connection.execute(query).mappings()]

    def note_running(self, running: RunningVersion, note: LedgerNote) -> None:
        """Keep it in place of what ran before, with the note of it."""
        row = {name: getattr(running, name) for name in RunningVersion.__slots__}
        with self._database.together():
            with self._database.write() as connection:
                upsert(connection, gateway_running, [row])
            self._ledger.append(note)
