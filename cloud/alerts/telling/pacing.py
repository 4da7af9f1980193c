"""The stage against storms: a person gets so many messages a minute, and then the rest as one.

High priority is neither held nor put together with anything. Open pages get each by itself: a page shows a
list, and nobody is called by it twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cloud.alerts.telling.batch import Batch, Entry, Held, HoldReason, Letter, Situation
from cloud.alerts.telling.circle import Way
from cloud.alerts.telling.quiet import LOUDNESS
from cloud.ports import Occasion, Priority

__all__ = ["MINUTE_MS", "MOST_A_MINUTE", "pace"]

MINUTE_MS: Final = 60_000
MOST_A_MINUTE: Final = 6
"""Who is called more often than every ten seconds reads none of it."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """What one person is told at once, by however many ways."""

    entries: tuple[Entry, ...]
    ways: tuple[Way, ...]

    @property
    def letters(self) -> list[Letter]:
        return [Letter(way=way, entries=self.entries) for way in self.ways]

    @property
    def place(self) -> tuple[int, int]:
        lead = self.entries[0].alert
        return -LOUDNESS[lead.priority], lead.raised_ms


def pace(batch: Batch, situation: Situation) -> Batch:
    """Keep to what a person can read: put together what is too much, hold it while even that is."""
    going = [one for one in batch.letters if not _is_paced(one)]
    held = list(batch.held)
    for person_id, tellings in _by_person(one for one in batch.letters if _is_paced(one)).items():
        now_ms = situation.now_ms
        sent_ms = [at_ms for at_ms in situation.sent_ms.get(person_id, ()) if 0 <= now_ms - at_ms < MINUTE_MS]
        room = MOST_A_MINUTE - len(sent_ms)
        if room > 0:
            going += [letter for telling in _within(tellings, room) for letter in telling.letters]
        else:
            held += _held(tellings, person_id, min(sent_ms) + MINUTE_MS)
    return replace(batch, letters=tuple(going), held=tuple(held))


def _is_paced(letter: Letter) -> bool:
    lead = letter.entries[0]
    is_loud = lead.alert.priority is Priority.HIGH and lead.occasion is not Occasion.UNTOLD
    return letter.way.contact is not None and not is_loud


def _by_person(letters: Iterable[Letter]) -> dict[str, list[_Telling]]:
    """Group by person, the most urgent telling first."""
    ways: dict[tuple[str, tuple[tuple[str, Occasion, int], ...]], tuple[tuple[Entry, ...], list[Way]]] = {}
    for one in letters:
        name = tuple((entry.alert.id, entry.occasion, entry.step) for entry in one.entries)
        ways.setdefault((one.way.person.id, name), (one.entries, []))[1].append(one.way)
    found: dict[str, list[_Telling]] = {}
    for (person_id, _), (entries, theirs) in ways.items():
        found.setdefault(person_id, []).append(_Telling(entries, tuple(theirs)))
    return {person_id: sorted(tellings, key=lambda one: one.place) for person_id, tellings in found.items()}


def _within(tellings: Sequence[_Telling], room: int) -> Sequence[_Telling]:
    """Return no more tellings than there is room for: the last is of all that are left.

    What administrators are told without its contents is put together with nothing else.
    """
    if len(tellings) <= room:
        return tellings
    alone, rest = tellings[: room - 1], tellings[room - 1 :]
    notices = [one for one in rest if one.entries[0].occasion is Occasion.UNTOLD]
    others = [one for one in rest if one.entries[0].occasion is not Occasion.UNTOLD]
    return (*alone, *(_together(some) for some in (others, notices) if some))


def _together(tellings: Sequence[_Telling]) -> _Telling:
    entries = tuple(entry for one in tellings for entry in one.entries)
    ways = {way.name: way for one in tellings for way in one.ways}
    return _Telling(entries, tuple(ways.values()))


def _held(tellings: Sequence[_Telling], person_id: str, until_ms: int) -> list[Held]:
    because = f"{MOST_A_MINUTE} messages went to this person within a minute: the rest follows as one"
    return [
        Held(
            alert=entry.alert,
            reason=HoldReason.STORM,
            because=because,
            until_ms=until_ms,
            person_id=person_id,
        )
        for one in tellings
        for entry in one.entries
    ]
