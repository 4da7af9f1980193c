"""The ledger's book in memory: enters the notes of a FakeLedger, with pseudonyms that tests can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cloud.ledger.desk import LedgerDesk
from cloud.ledger.entries import UNNAMED, Entry, about_hash, about_text, encode_entry
from cloud.ledger.signing import Signer
from cloud.ports import Recorded, WitnessWord
from tests.fakes.ledger import FakeHeadBook, FakeLedger
from tests.fakes.signed_ledger import KEY
from vitals.ledger.heads import TreeHead
from vitals.ledger.merkle import leaf_hash

__all__ = ["FakeLedgerBook", "desk_over"]


@dataclass(slots=True)
class FakeLedgerBook(FakeHeadBook):
    """Entries of whatever was noted."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    recorded_: list[Recorded] = field(default_factory=list)
    of: dict[str, list[int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    said: dict[str, WitnessWord] = field(default_factory=dict)

    def enter(self) -> int:
        fresh = self.ledger.notes[len(self.recorded_) :]
        for note in fresh:
            number, text, salt = len(self.recorded_), about_text(note.about), b"s" * 16
            line = encode_entry(
                Entry(
                    number=number,
                    t_ms=note.t_ms,
                    deed=note.deed.value,
                    actor=note.actor if note.actor in UNNAMED else self._name(note.actor),
                    patient=None if note.patient_id is None else self._name(f"of {note.patient_id}"),
                    about=about_hash(salt, text),
                )
            )
            self.tiles.add([leaf_hash(line)])
            self.recorded_.append(
                Recorded(number=number, line=line, leaf=leaf_hash(line), salt=salt, about=text)
            )
            if note.patient_id is not None:
                self.of.setdefault(note.patient_id, []).append(number)
        return len(fresh)

    def waiting(self) -> int:
        return len(self.ledger.notes) - len(self.recorded_)

    def recorded(self, number: int) -> Recorded | None:
        return self.recorded_[number] if 0 <= number < len(self.recorded_) else None

    def entries(self, first: int, limit: int) -> Sequence[Recorded]:
        return self.recorded_[first : first + limit]

    def of_patient(self, patient_id: str, before: int | None, limit: int) -> Sequence[Recorded]:
        numbers = [each for each in self.of.get(patient_id, []) if before is None or each < before]
        return [self.recorded_[number] for number in reversed(numbers)][:limit]

    def is_about(self, number: int, patient_id: str) -> bool:
        return number in self.of.get(patient_id, [])

    def people(self, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        return {name: who for name, who in self.names.items() if name in pseudonyms}

    def note_word(self, word: WitnessWord) -> None:
        self.said[word.gateway] = word

    def words(self) -> Sequence[WitnessWord]:
        return list(self.said.values())

    def _name(self, who: str) -> str:
        name = sha256(who.encode()).hexdigest()[:32]
        self.names[name] = who
        return name


@dataclass(slots=True)
class _Memory:
    head: TreeHead | None = None

    def read(self) -> TreeHead | None:
        return self.head

    def write(self, head: TreeHead) -> None:
        self.head = head


def desk_over(book: FakeLedgerBook) -> LedgerDesk:
    """Return a desk whose signer has the tests' key."""
    signer = Signer(
        ledger=book,
        book=book,
        key_file=Path("/nowhere"),
        memory=_Memory(),  # type: ignore[arg-type]
        wall_ms=lambda: 1_700_000_000_000,
        _key=KEY,
    )
    return LedgerDesk(book=book, signer=signer)
