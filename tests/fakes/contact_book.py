"""A `cloud.ports.ContactBook` in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cloud.ports import ContactPoint
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeContactBook:
    contacts: dict[str, ContactPoint] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    failing: bool = False

    def add(self, contact: ContactPoint) -> None:
        self.contacts[contact.id] = contact

    def remove(self, contact_id: str, because: str, now_ms: int) -> None:  # noqa: ARG002 - kept by the real one
        if self.failing:
            raise StorageError("the contacts cannot be written")
        if self.contacts.pop(contact_id, None) is not None:
            self.removed[contact_id] = because

    def of(self, person_ids: Collection[str]) -> Mapping[str, Sequence[ContactPoint]]:
        theirs: dict[str, list[ContactPoint]] = {}
        for one in sorted(self.contacts.values(), key=lambda each: (each.added_ms, each.id)):
            if one.person_id in person_ids:
                theirs.setdefault(one.person_id, []).append(one)
        return theirs
