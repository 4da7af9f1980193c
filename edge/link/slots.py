"""Who gets one of the adapter's few connections: shared fairly, by a policy that can be read here.

1. Whoever is connected keeps the connection for a lease; only then, and only for somebody who is waiting
   within reach, must it give way. A wearable whose values raise health alarms has a lease three times as
   long, and its waiting counts three times.
2. Of those who wait, the one whose waiting counts most goes first.
3. Where streams alone would take every connection, one is kept for those who come to deliver a reading and
   go: a cuff advertises for half a minute and is heard then or not at all.
4. A connection that was made free for somebody is kept for them for a while.

What is not seen of a wearable that gave way is stated as a gap, by the state of its link.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["Claim", "SlotPolicy", "Slots"]

_ALARM_WEIGHT: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPolicy:
    """How many connections there are, and for how long, in seconds."""

    most: int
    lease_s: float
    heard_s: float
    """How long after it was heard a wearable counts as within reach, and a connection is kept for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One wearable that wants to be connected."""

    device: str
    is_visitor: bool = False
    """It comes, delivers and goes."""
    is_alarmed: bool = False
    """Health alarms rest on what it says."""

    @property
    def weight(self) -> float:
        """How much its time counts."""
        return _ALARM_WEIGHT if self.is_alarmed else 1.0


class Slots:
    """Connections and who has them; all times are seconds of one clock that never jumps."""

    def __init__(self, policy: SlotPolicy) -> None:
        self._policy = policy
        self._claims: dict[str, Claim] = {}
        self._since_s: dict[str, float] = {}
        """When each that is connected came to be, or began to wait."""
        self._holders: set[str] = set()
        self._heard_s: dict[str, float] = {}
        self._kept_for: dict[str, float] = {}

    def enter(self, claim: Claim, now_s: float) -> None:
        """Let a wearable wait from now on."""
        self._claims[claim.device] = claim
        self._since_s[claim.device] = now_s

    def hear(self, device: str, now_s: float) -> None:
        """Take note that one who waits is within reach."""
        self._heard_s[device] = now_s

    def take(self, device: str, now_s: float) -> None:
        """Give a connection to a wearable that `may_take` one."""
        self._holders.add(device)
        self._kept_for.pop(device, None)
        self._since_s[device] = now_s

    def leave(self, device: str, now_s: float) -> None:
        """Take it back."""
        self._holders.discard(device)
        self._heard_s.pop(device, None)
        self._since_s[device] = now_s

    def may_take(self, device: str, now_s: float) -> bool:
        """Tell whether there is a connection for a wearable that was just heard."""
        self._forget_promises(now_s)
        if device in self._holders or not self._has_room_for(self._claims[device]):
            return False
        rivals = (other for other in self._waiting(now_s) if self._has_room_for(self._claims[other]))
        return all(self._rank(device, now_s) >= self._rank(other, now_s) for other in rivals)

    def is_waiting(self, device: str, now_s: float) -> bool:
        """Tell whether a wearable is within reach and has no connection."""
        return device in self._waiting(now_s)

    def who_gives_way(self, now_s: float) -> str | None:
        """Return who must be disconnected now, if anybody; the connection is then kept for who waited."""
        self._forget_promises(now_s)
        waiting = [
            device
            for device in self._waiting(now_s)
            if device not in self._kept_for and not self._has_room_for(self._claims[device])
        ]
        if not waiting or self._kept_for:
            return None
        first = max(waiting, key=lambda device: self._rank(device, now_s))
        over = [holder for holder in self._holders if self._could_make_room(holder, first, now_s)]
        if not over:
            return None
        self._kept_for[first] = now_s
        return max(over, key=lambda holder: self._over_s(holder, now_s))

    def _could_make_room(self, holder: str, waiter: str, now_s: float) -> bool:
        """Tell whether a lease is over, and its place of use: a stream needs that of a stream."""
        is_of_use = self._claims[waiter].is_visitor or not self._claims[holder].is_visitor
        return is_of_use and self._over_s(holder, now_s) >= 0

    def _has_room_for(self, claim: Claim) -> bool:
        taken = self._holders | self._kept_for.keys() - {claim.device}
        if len(taken) >= self._policy.most:
            return False
        streams = sum(not self._claims[device].is_visitor for device in taken)
        return claim.is_visitor or streams < self._most_streams()

    def _most_streams(self) -> int:
        visitors = sum(claim.is_visitor for claim in self._claims.values())
        streams = len(self._claims) - visitors
        keeps_one = visitors > 0 and streams >= self._policy.most > 1
        return self._policy.most - keeps_one

    def _waiting(self, now_s: float) -> list[str]:
        return [
            device
            for device, heard_s in self._heard_s.items()
            if device not in self._holders and now_s - heard_s <= self._policy.heard_s
        ]

    def _rank(self, device: str, now_s: float) -> tuple[bool, float]:
        waited_s = (now_s - self._since_s[device]) * self._claims[device].weight
        return device in self._kept_for, waited_s

    def _over_s(self, holder: str, now_s: float) -> float:
        """Return for how long its lease has been over."""
        return now_s - self._since_s[holder] - self._policy.lease_s * self._claims[holder].weight

    def _forget_promises(self, now_s: float) -> None:
        self._kept_for = {
            device: since_s
            for device, since_s in self._kept_for.items()
            if now_s - since_s <= self._policy.heard_s
        }
