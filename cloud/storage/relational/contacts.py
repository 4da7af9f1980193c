"""By which ways people can be reached."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog
from sqlalchemy import insert, select, update

from cloud.ports import Channel, ContactPoint, Deed, LedgerNote
from cloud.storage.relational.database import Database
from cloud.storage.relational.due import rouse
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, opened
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import contact_point
from vitals.errors import SealError

__all__ = ["RelationalContacts"]

_log = structlog.get_logger(__name__)

_IDS_AT_ONCE = 500
_KEPT = tuple(contact_point.c[name] for name in ContactPoint.__dataclass_fields__)


class RelationalContacts:
    """The ContactBook port on a relational database. Of a way that was removed, the address is forgotten."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add(self, contact: ContactPoint) -> None:
        """Add a way, or correct it; what is open is looked at again, there may be more to be told by it."""
        row = close(self._sealer, contact_point, asdict(contact))
        with self._database.write() as connection:
            changed = connection.execute(
                update(contact_point)
                .where(contact_point.c.id == contact.id)
                .values(row | {"removed_ms": None, "removed_because": None})
            )
            if not changed.rowcount:
                connection.execute(insert(contact_point).values(row))
            about = {"contact": contact.id, "way": contact.channel.value, "became": "added"}
            note = LedgerNote(
                t_ms=contact.added_ms, deed=Deed.ACCOUNT_CHANGED, actor=contact.person_id, about=about
            )
            write_down(connection, [note])
            rouse(connection)

    def remove(self, contact_id: str, because: str, now_ms: int) -> None:
        """Use it no more; one that is gone is gone."""
        with self._database.write() as connection:
            removed = connection.scalars(
                update(contact_point)
                .where(contact_point.c.id == contact_id, contact_point.c.removed_ms.is_(None))
                .values(address={}, removed_ms=now_ms, removed_because=because)
                .returning(contact_point.c.person_id)
            )
            about = {"contact": contact_id, "became": "removed"}
            notes = [
                LedgerNote(t_ms=now_ms, deed=Deed.ACCOUNT_CHANGED, actor=person_id, about=about)
                for person_id in removed
            ]
            write_down(connection, notes)

    def of(self, person_ids: Collection[str]) -> Mapping[str, Sequence[ContactPoint]]:
        """Return the ways to each of these people in the order they were added; nothing for who has none.

        A way that does not open is told in the log and left out: nobody else is told less of an alert by it.

        Raises
        ------
        SealError
            If none of them opens: then it is the keys that are wrong, and not a way.
        """
        found: dict[str, list[ContactPoint]] = {}
        refused: SealError | None = None
        asked = sorted(person_ids)
        with self._database.read() as connection:
            for first in range(0, len(asked), _IDS_AT_ONCE):
                query = (
                    select(*_KEPT)
                    .where(
                        contact_point.c.person_id.in_(asked[first : first + _IDS_AT_ONCE]),
                        contact_point.c.removed_ms.is_(None),
                    )
                    .order_by(contact_point.c.added_ms, contact_point.c.id)
                )
                for row in connection.execute(query).mappings():
                    try:
                        contact = _contact(opened(self._sealer, contact_point, row))
                    except SealError as error:
                        _log.error("contacts.unreadable", contact=row["id"], error=str(error))
                        refused = error
                    else:
                        found.setdefault(row["person_id"], []).append(contact)
        if refused is not None and not found:
            raise refused
        return found


def _contact(row: Mapping[Any, Any]) -> ContactPoint:
    return ContactPoint(**{**row, "channel": Channel(row["channel"])})
