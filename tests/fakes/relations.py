"""The ports `cloud.ports.RelationReader` and `GrantBook` in memory."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import (
    EVERYTHING,
    OPERATOR,
    GlassBreak,
    Grant,
    Membership,
    Person,
    Proxy,
    Related,
    Scope,
)

_ids = itertools.count()


def a_grant(
    person_id: str | None,
    patient_id: str,
    from_ms: int = 0,
    until_ms: int | None = None,
    *,
    scopes: frozenset[Scope] = EVERYTHING,
    team_id: str | None = None,
) -> Grant:
    """Return a grant as the operator would give it."""
    return Grant(
        id=f"grant-{next(_ids)}",
        patient_id=patient_id,
        person_id=person_id,
        team_id=team_id,
        scopes=scopes,
        from_ms=from_ms,
        until_ms=until_ms,
        given_by=OPERATOR,
        given_ms=from_ms,
    )


@dataclass(slots=True)
class FakeRelations:
    people: dict[str, Person] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    broken: dict[str, GlassBreak] = field(default_factory=dict)
    _epochs: Iterator[int] = field(default_factory=itertools.count)

    def epoch(self) -> int:
        return next(self._epochs)

    def related(self, now_ms: int) -> Related:
        del now_ms
        return Related(
            epoch=next(self._epochs),
            people=tuple(self.people.values()),
            grants=tuple(self.grants.values()),
            memberships=tuple(self.memberships.values()),
            proxies=tuple(self.proxies.values()),
            broken=tuple(self.broken.values()),
        )

    def give(self, grant: Grant) -> None:
        self.grants[grant.id] = grant

    def revoke(self, grant: Grant, at_ms: int, by: str) -> bool:
        kept = self.grants[grant.id]
        if kept.revoked_ms is not None:
            return False
        self.grants[grant.id] = replace(kept, revoked_ms=at_ms, revoked_by=by)
        return True

    def grants_of(self, patient_id: str) -> Sequence[Grant]:
        return [one for one in self.grants.values() if one.patient_id == patient_id][::-1]
