"""How people come to see patients: grants, care teams, proxies, broken glass; and what is asked of whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from cloud.ports.people import Person, Scope

__all__ = [
    "EVERYTHING",
    "Basis",
    "GlassBreak",
    "Grant",
    "GrantBook",
    "Guardianship",
    "Membership",
    "Permissions",
    "Proxy",
    "Related",
    "RelationReader",
    "Team",
]

EVERYTHING: Final = frozenset(Scope)


class Basis(StrEnum):
    """Why somebody may see a patient at all."""

    SELF = "self"
    PROXY = "proxy"
    GRANT = "grant"
    TEAM = "team"
    GLASS = "glass"


class Guardianship(StrEnum):
    """Why somebody acts in a patient's place."""

    PARENT = "parent"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a patient opened to one person or one care team, from <= t < until; None: until taken back.

    `given_by` is who gave it: the patient, a proxy, or `OPERATOR`. One taken back is kept, and opens nothing.
    """

    id: str
    patient_id: str
    scopes: frozenset[Scope]
    from_ms: int
    given_by: str
    given_ms: int
    person_id: str | None = None
    team_id: str | None = None
    until_ms: int | None = None
    revoked_ms: int | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who look after patients together. Patients grant to it; administrators say who is in it."""

    id: str
    name: str
    made_by: str
    made_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody in a care team from <= t < until; None: still."""

    id: str
    team_id: str
    person_id: str
    from_ms: int
    added_by: str
    until_ms: int | None = None
    removed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Somebody who acts in a patient's place from <= t < until, such as a child's 18th birthday."""

    id: str
    patient_id: str
    person_id: str
    kind: Guardianship
    from_ms: int
    made_by: str
    until_ms: int | None = None
    revoked_ms: int | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBreak:
    """A clinician who looked without a grant, with a reason, from <= t < until; and who has reviewed it."""

    id: str
    patient_id: str
    person_id: str
    reason: str
    from_ms: int
    until_ms: int
    reviewed_ms: int | None = None
    reviewed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Everything that opens something to anybody, as it was at `epoch` or later."""

    epoch: int
    people: Sequence[Person] = ()
    grants: Sequence[Grant] = ()
    memberships: Sequence[Membership] = ()
    proxies: Sequence[Proxy] = ()
    broken: Sequence[GlassBreak] = ()


class RelationReader(Protocol):
    """Where relations are kept. Every change of any of them, or of a person, raises the epoch."""

    def epoch(self) -> int: ...
    def related(self, now_ms: int) -> Related:
        """Return what is in force now or will be, without what was taken back or is over."""
        ...


class GrantBook(Protocol):
    """Where what patients opened is written down, and stays."""

    def give(self, grant: Grant) -> None:
        """Write a grant down.

        Raises
        ------
        StorageError
            If there is no such patient, person or team.
        """
        ...

    def revoke(self, grant: Grant, at_ms: int, by: str) -> bool:
        """Take a grant back; False: it was taken back before."""
        ...

    def grants_of(self, patient_id: str) -> Sequence[Grant]:
        """Return every grant that opens or opened something of a patient, newest first."""
        ...


class Permissions(Protocol):
    """The one place that says who may see what.

    Raises
    ------
    StorageError
        From each, if who may see what cannot be known: then nobody may.
    """

    def may_see(self, person: Person, patient_id: str, scope: Scope, now_ms: int) -> bool: ...
    def people_who_may_see(self, patient_id: str, scope: Scope, now_ms: int) -> Sequence[Person]:
        """Return everyone for whom `may_see` holds now, by id, without those who broke the glass."""
        ...

    def people_who_may_see_each(
        self, patient_ids: Collection[str], scope: Scope, now_ms: int
    ) -> Mapping[str, Sequence[Person]]:
        """Return them for each of these patients."""
        ...
