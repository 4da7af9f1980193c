"""What was tried at the door, for every process: a number a counter, in bounded room.

A counter is kept as the moment at which all that was paid there is forgotten (the generic cell rate
algorithm); then its row may go.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, delete, func, select, update

from cloud.ports import Toll
from cloud.storage.relational.database import Database, take_turns, upsert
from cloud.storage.relational.tables import door_counter

__all__ = ["MOST_COUNTERS", "RelationalDoorBook"]

MOST_COUNTERS: Final = 50_000
"""About 5 MB. Beyond it minor ones go first, and of those the ones at which least was paid."""
_ROWS = door_counter.c


class RelationalDoorBook:
    """The DoorBook port on a relational database."""

    def __init__(self, database: Database, most_counters: int = MOST_COUNTERS) -> None:
        self._database = database
        self._most_counters = most_counters

    def take(self, tolls: Sequence[Toll], now_ms: int) -> int:
        """Pay every toll and return 0; or pay none and return how many ms until all could be paid."""
        with self._database.write() as connection:
            take_turns(connection, door_counter)
            paid = _paid(connection, [toll.counter for toll in tolls])
            full_again = {
                toll.counter: max(paid.get(toll.counter, now_ms), now_ms) + toll.each_ms for toll in tolls
            }
            wait_ms = max(
                (full_again[toll.counter] - now_ms - toll.at_once * toll.each_ms for toll in tolls), default=0
            )
            if wait_ms > 0:
                return wait_ms
            rows = [
                {
                    "counter": toll.counter,
                    "full_again_ms": full_again[toll.counter],
                    "is_minor": toll.is_minor,
                }
                for toll in tolls
            ]
            upsert(connection, door_counter, rows)
            self._make_room(connection, now_ms)
        return 0

    def give_back(self, tolls: Sequence[Toll]) -> None:
        """Undo what was paid."""
        with self._database.write() as connection:
            take_turns(connection, door_counter)
            for toll in tolls:
                earlier = {"full_again_ms": _ROWS.full_again_ms - toll.each_ms}
                connection.execute(update(door_counter).where(_ROWS.counter == toll.counter).values(earlier))

    def standing(self, counters: Sequence[bytes], now_ms: int) -> Mapping[bytes, bool]:
        """Tell of each counter whether anything was paid there that is not forgotten."""
        with self._database.read() as connection:
            paid = _paid(connection, counters)
        return {counter: paid.get(counter, 0) > now_ms for counter in counters}

    def _make_room(self, connection: Connection, now_ms: int) -> None:
        connection.execute(delete(door_counter).where(_ROWS.full_again_ms <= now_ms))
        count = connection.scalar(select(func.count()).select_from(door_counter)) or 0
        if count > self._most_counters:
            least = (
                select(_ROWS.counter)
                .order_by(_ROWS.is_minor.desc(), _ROWS.full_again_ms)
                .limit(max(1, self._most_counters // 4))
            )
            connection.execute(delete(door_counter).where(_ROWS.counter.in_(least)))


def _paid(connection: Connection, counters: Sequence[bytes]) -> Mapping[bytes, int]:
    query = select(_ROWS.counter, _ROWS.full_again_ms).where(_ROWS.counter.in_(counters))
    return {bytes(counter): full_ms for counter, full_ms in connection.execute(query)}
