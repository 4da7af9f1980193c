"""Who else lives, and what nobody does.

A process lives while its beat changes, judged by how long ago that was on the clock of who looks: no
two clocks are ever compared, and one that is set does no harm.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cloud.ports import Beat, ServiceRole

__all__ = ["BEAT_S", "FORGOTTEN_S", "LEASE_S", "STARTING_S", "Peers"]

BEAT_S: Final = 1.0
LEASE_S: Final = 5.0
"""How long a beat holds: after this much silence others take over what a process did."""
STARTING_S: Final = 15.0
"""How long others may take to start before a role that nobody has is missed."""
FORGOTTEN_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sighting:
    beat: Beat
    at_s: float


@dataclass(slots=True, kw_only=True)
class Peers:
    """The other processes of the service. `note` is called by one thread, the rest by any."""

    process_id: str
    roles: frozenset[ServiceRole]
    monotonic_s: Callable[[], float]
    _since_s: float = field(init=False)
    _seen: dict[str, _Sighting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._since_s = self.monotonic_s()

    def note(self, beats: Iterable[Beat]) -> None:
        """Take in the last beat of every process."""
        now_s, before = self.monotonic_s(), self._seen
        self._seen = {
            beat.process_id: before[beat.process_id]
            if beat.process_id in before and before[beat.process_id].beat.count == beat.count
            else _Sighting(beat=beat, at_s=now_s)
            for beat in beats
            if beat.process_id != self.process_id
        }

    def living(self) -> list[Beat]:
        """Return the last beat of those who live; one just seen for the first time may."""
        now_s = self.monotonic_s()
        return [one.beat for one in self._seen.values() if now_s - one.at_s < LEASE_S]

    def doing(self, role: ServiceRole) -> frozenset[str]:
        """Return who else lives and has a role."""
        return frozenset(beat.process_id for beat in self.living() if role in beat.roles)

    def is_well(self, role: ServiceRole) -> bool:
        """Tell whether somebody else has a role and says of nothing in it that it is not well."""
        doing = [beat for beat in self.living() if role in beat.roles]
        said = (trouble for beat in doing for trouble in beat.troubles)
        return bool(doing) and not any(trouble.startswith(f"{role}:") for trouble in said)

    def gone(self) -> frozenset[str]:
        """Return who was silent for so long that they may be forgotten."""
        now_s = self.monotonic_s()
        return frozenset(name for name, one in self._seen.items() if now_s - one.at_s > FORGOTTEN_S)

    def troubles(self) -> tuple[str, ...]:
        """Return what the others say is not well, and each role that nobody has."""
        living = self.living()
        said = (trouble for beat in living for trouble in beat.troubles)
        return (*dict.fromkeys(said), *self._missing(living))

    def _missing(self, living: Iterable[Beat]) -> Iterable[str]:
        if self.monotonic_s() - self._since_s < STARTING_S:
            return ()
        done = self.roles.union(*(beat.roles for beat in living))
        return tuple(
            f"{role}: no process does it; start `carewire cloud run --role {role}`"
            for role in ServiceRole
            if role not in done
        )
