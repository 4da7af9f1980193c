"""Glass that was broken: who looked without a grant, why, until when, and who has reviewed it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import Select, insert, select, update

from cloud.ports import GlassBreak
from cloud.storage.relational.database import Database
from cloud.storage.relational.relations import note_change
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import glass_break

__all__ = ["RelationalGlass"]

_NEWEST: Final = select(glass_break).order_by(glass_break.c.from_ms.desc(), glass_break.c.id)
_OF_HOUSE: Final = (glass_break.c.reviewed_ms, glass_break.c.reviewed_by)
_OF_OWNER: Final = (glass_break.c.owner_reviewed_ms, glass_break.c.owner_reviewed_by)


class RelationalGlass:
    """The GlassBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add_break(self, broken: GlassBreak) -> None:
        """Write down that somebody broke the glass."""
        row = close(self._sealer, glass_break, asdict(broken))
        with self._database.write() as connection:
            connection.execute(insert(glass_break).values(row))
            note_change(connection, broken.patient_id)

    def end_break(self, broken: GlassBreak, at_ms: int) -> bool:
        """Have it end sooner; False: it is over."""
        going_on = update(glass_break).where(
            glass_break.c.id == broken.id, glass_break.c.until_ms > at_ms, glass_break.c.from_ms < at_ms
        )
        with self._database.write() as connection:
            is_ended = connection.execute(going_on.values(until_ms=at_ms)).rowcount > 0
            note_change(connection, broken.patient_id)
            return is_ended

    def review(self, broken: GlassBreak, at_ms: int, by: str, *, for_owner: bool = False) -> bool:
        """Note that somebody looked into it, for the house or the patient; False: one of theirs has."""
        when, who = _OF_OWNER if for_owner else _OF_HOUSE
        waiting = update(glass_break).where(glass_break.c.id == broken.id, when.is_(None))
        with self._database.write() as connection:
            return connection.execute(waiting.values({when: at_ms, who: by})).rowcount > 0

    def breaks_of(self, patient_id: str) -> Sequence[GlassBreak]:
        """Return every time somebody broke the glass of a patient, the newest first."""
        return self._found(_NEWEST.where(glass_break.c.patient_id == patient_id))

    def breaks_by(self, person_id: str, since_ms: int) -> Sequence[GlassBreak]:
        """Return what somebody broke that was not over by a time, the newest first."""
        return self._found(
            _NEWEST.where(glass_break.c.person_id == person_id, glass_break.c.until_ms > since_ms)
        )

    def breaks(self, limit: int) -> Sequence[GlassBreak]:
        """Return what was broken, those nobody has reviewed first, then the newest first."""
        waiting_first = select(glass_break).order_by(
            glass_break.c.reviewed_ms.is_not(None), glass_break.c.from_ms.desc(), glass_break.c.id
        )
        return self._found(waiting_first.limit(limit))

    def broken(self, break_id: str) -> GlassBreak | None:
        """Return one, or None."""
        found = self._found(_NEWEST.where(glass_break.c.id == break_id))
        return found[0] if found else None

    def _found(self, query: Select[tuple[object, ...]]) -> Sequence[GlassBreak]:
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [GlassBreak(**shown(self._sealer, glass_break, row)) for row in rows]
