"""What people set for one patient: limits of their own, facts that no wearable tells, and notes.

All are written down with who said so, why and for how long, and never changed afterwards: what is said
later stands in front of what was said before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vitals.scores.news2 import Spo2Scale
from vitals.scores.tables import Consciousness, Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A row of the rules, changed for one patient from `from_ms` until `until_ms` (None: for good).

    `changes` are the row's fields by name, JSON-ready, such as `limit`, `hold_s` or `priority`;
    `is_off` stops watching for it; empty is the row as it ships. `number` is given by the book.
    """

    patient_id: str
    rule: str
    changes: Mapping[str, object]
    from_ms: int
    until_ms: int | None
    author_id: str
    reason: str
    made_ms: int
    number: int = 0


class RuleBook(Protocol):
    """Every change of a patient's rules there ever was."""

    def add(self, change: RuleChange, *, after: int | None = None) -> RuleChange:
        """Write a change down; return it with its number. It stands in front of earlier ones of its row.

        Raises
        ------
        OvertakenError
            If anything was added since the book was of revision `after`, where that is said.
        """
        ...

    def of(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[RuleChange]]:
        """Return the changes of each of these patients, oldest first; nothing for who has none."""
        ...

    def revision(self) -> int:
        """Return a number that rises with every change of anybody's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What no wearable tells, as somebody said it last.

    `phone` reaches the patient, `emergency_phone` help where they live. `said_ms` is when that was, of what
    was seen then and changes by itself (consciousness, oxygen); what is not in it holds now. Whoever scores
    looks how old it is: what was seen long ago is no current value.
    """

    age_years: float | None = None
    is_pregnant: bool = False
    spo2_scale: Spo2Scale = Spo2Scale.ONE
    consciousness: Consciousness | None = None
    on_oxygen: bool | None = None
    phone: str | None = None
    emergency_phone: str | None = None
    said_ms: Mapping[str, int] = field(default_factory=dict)

    def told(self, now_ms: int) -> dict[str, Measured]:
        """Return what scores are told of, by the keys of their rows, with how old it is."""
        said = {
            "consciousness": ("consciousness", self.consciousness),
            "supplemental_oxygen": ("on_oxygen", self.on_oxygen),
        }
        return {
            key: Measured(value=float(value), age_ms=max(0, now_ms - self.said_ms.get(name, now_ms)))
            for key, (name, value) in said.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FactNote:
    """One fact as somebody said it, from `from_ms` until `until_ms` (None: further notice).

    `name` is a row of `cloud.care.facts.FACTS`, or that of `cloud.care.symptoms`; `value` is JSON-ready, None
    to take back what was said.
    """

    patient_id: str
    name: str
    value: object
    from_ms: int
    until_ms: int | None
    author_id: str
    made_ms: int
    number: int = 0


class FactBook(Protocol):
    """Every fact that was ever said of a patient."""

    def note(self, note: FactNote) -> FactNote:
        """Write a fact down; return it with its number."""
        ...

    def of(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[FactNote]]:
        """Return the notes of each of these patients, oldest first; nothing for who has none."""
        ...

    def revision(self) -> int:
        """Return a number that rises with every note on anybody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalNote:
    """What somebody who treats a patient wrote down of them; a correction is a further note.

    `id` tells it from all others, `number` is given by the book and rises.
    """

    id: str
    patient_id: str
    text: str
    author_id: str
    made_ms: int
    number: int = 0


class NoteBook(Protocol):
    """Every note there ever was on a patient."""

    def write(self, note: ClinicalNote) -> ClinicalNote:
        """Keep a note; return it with its number."""
        ...

    def of(self, patient_id: str, limit: int) -> Sequence[ClinicalNote]:
        """Return the newest `limit` notes on a patient, newest first."""
        ...
