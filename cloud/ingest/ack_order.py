"""Messages are released at the broker in the order they came, whatever order they are dealt with in.

MQTT 5 demands it of PUBACKs (MQTT-4.6.0-2), and rumqttd closes the connection of a client that does
otherwise. A message number is good for one connection only: on the next it names another message.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(slots=True, eq=False, kw_only=True)
class Place:
    """Where a message stands in the line of its connection."""

    mid: int
    qos: int
    connection: int
    is_done: bool = False


class AckOrder:
    """The line of one client's messages that are not released yet. Not safe for threads by itself."""

    def __init__(self) -> None:
        self._line: deque[Place] = deque()
        self._connection = 0

    def begin_anew(self) -> None:
        """Forget the line: its connection has ended, and the broker brings the messages again."""
        self._connection += 1
        self._line.clear()

    def came(self, mid: int, qos: int) -> Place:
        """Put a message at the end of the line."""
        place = Place(mid=mid, qos=qos, connection=self._connection)
        self._line.append(place)
        return place

    def is_stale(self, place: Place) -> bool:
        """Tell whether a place belongs to a connection that has ended."""
        return place.connection != self._connection

    def done(self, place: Place) -> list[Place]:
        """Note that a message is dealt with; return those that may now be released, oldest first."""
        place.is_done = True
        released: list[Place] = []
        while self._line and self._line[0].is_done:
            released.append(self._line.popleft())
        return released
