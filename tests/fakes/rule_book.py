"""A `cloud.ports.RuleBook` in memory, and changes short to write down."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import OvertakenError, RuleChange


@dataclass(slots=True)
class FakeRuleBook:
    """`meanwhile` is what others add, one just before each change; `asked` is who was read about."""

    changes: list[RuleChange] = field(default_factory=list)
    meanwhile: list[RuleChange] = field(default_factory=list)
    asked: list[frozenset[str]] = field(default_factory=list)

    def add(self, change: RuleChange, *, after: int | None = None) -> RuleChange:
        if self.meanwhile:
            self.changes.append(replace(self.meanwhile.pop(0), number=len(self.changes) + 1))
        if after not in (None, len(self.changes)):
            raise OvertakenError("rules were changed meanwhile: read them again")
        made = replace(change, number=len(self.changes) + 1)
        self.changes.append(made)
        return made

    def of(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[RuleChange]]:
        self.asked.append(frozenset(patient_ids))
        found: dict[str, list[RuleChange]] = {}
        for one in self.changes:
            if one.patient_id in patient_ids:
                found.setdefault(one.patient_id, []).append(one)
        return found

    def revision(self) -> int:
        return len(self.changes)


def change_of(
    rule: str, number: int = 1, *, from_ms: int = 0, until_ms: int | None = None, **changes: object
) -> RuleChange:
    return RuleChange(
        patient_id="p-wei",
        rule=rule,
        changes=changes,
        from_ms=from_ms,
        until_ms=until_ms,
        author_id="u-doctor",
        reason="as agreed",
        made_ms=from_ms,
        number=number,
    )
